# SPDX-License-Identifier: BSD-2-Clause
"""Draws a call as GET /calls/{id} and the call records describe it."""
import datetime

WIDTH = 40


def _arrow(text, to_right):
    body = f" {text[:WIDTH - 6]} ".center(WIDTH - 2, "-")
    return "-" + body + ">" if to_right else "<" + body + "-"


def _seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def lines(messages, record):
    """The two-leg message ladder: A side, appliance, B side, with seconds since the first message."""
    if not messages:
        return ["  (no messages)"]
    blank = " " * WIDTH
    start = _seconds(messages[0]["at"])
    out = [f"{'':9}{'A: ' + record['a_trunk']:<{WIDTH}} {'Portcullis':^12} "
           f"{'B: ' + record['b_trunk']:>{WIDTH}}"]
    for message in messages:
        incoming = message["direction"] == "in"
        text = message["start_line"].replace(" SIP/2.0", "").replace("SIP/2.0 ", "")
        if message["leg"] == "a":
            cells = _arrow(text, incoming), blank
        else:
            cells = blank, _arrow(text, not incoming)
        out.append(f"{_seconds(message['at']) - start:8.3f} {cells[0]}|{'':12}|{cells[1]}".rstrip())
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
