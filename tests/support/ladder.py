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
    """One row per leg and direction: packets, loss, jitter, MOS."""
    out = [f"  {'leg':<5}{'direction':<11}{'codec':<8}{'packets':>8}{'lost':>6}{'jitter ms':>11}"
           f"{'MOS':>6}"]
    for row in record.get("media", []):
        mos = row.get("mos_avg")
        out.append(f"  {row['leg']:<5}{row['direction']:<11}{row.get('codec', ''):<8}"
                   f"{row['packets']:>8}{row.get('lost', 0):>6}{row.get('jitter_ms', 0):>11.2f}"
                   f"{mos if mos is not None else '-':>6}")
    return out
