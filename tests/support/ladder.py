# SPDX-License-Identifier: BSD-2-Clause
"""Draws a call as GET /calls/{id} and the call records describe it."""

WIDTH = 34


def _arrow(text, to_right):
    body = f" {text[:WIDTH - 6]} ".center(WIDTH - 2, "-")
    return "-" + body + ">" if to_right else "<" + body + "-"


def lines(story):
    """The two-leg message ladder: A side, appliance, B side, with seconds since the first message."""
    messages = story.get("messages", [])
    if not messages:
        return ["  (no messages)"]
    blank = " " * WIDTH
    out = [f"{'':9}{'A: ' + story.get('a_trunk', ''):<{WIDTH}} {'Portcullis':^12} "
           f"{'B: ' + story.get('b_trunk', ''):>{WIDTH}}"]
    for message in messages:
        incoming = message["direction"] == "in"
        text = message["text"].split("\r\n", 1)[0].replace(" SIP/2.0", "").replace("SIP/2.0 ", "")
        if message["leg"] == "a":
            cells = _arrow(text, incoming), blank
        else:
            cells = blank, _arrow(text, not incoming)
        out.append(f"{message['offset_ms'] / 1000:8.3f} {cells[0]}|{'':12}|{cells[1]}")
    return out


def media_table(record):
    """One row per direction: what each side's peer sent, as the relay received it."""
    out = [f"  {'direction':<10}{'codec':<8}{'received':>9}{'sent on':>9}{'lost':>6}{'loss %':>8}"
           f"{'jitter ms':>11}{'MOS':>6}"]
    rows = record.get("media", [])
    for row in rows:
        # What this leg received is what the other leg sends on.
        sent_on = sum(r["sent"] for r in rows if r["leg"] != row["leg"])
        name = "A -> B" if row["leg"] == "a" else "B -> A"
        out.append(f"  {name:<10}{row['codec']:<8}{row['received']:>9}{sent_on:>9}{row['lost']:>6}"
                   f"{row['loss_percent']:>8.2f}{row['jitter_ms']:>11.2f}{row['mos']:>6.2f}")
    return out
