#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Places one call in a running lab and shows what the appliance says of it: the message ladder, the
media figures, the record. Exits 0 only if each side's tone was recognised at the other side.

usage: demo_call.py PREFIX
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from tests.support import ladder  # noqa: E402
from tests.support.capture import Capture  # noqa: E402
from tests.support.lab import ADDRESS, SBC, Lab  # noqa: E402
from tests.support.sipp import TONE, Sipp  # noqa: E402
from tests.support.wait import wait_for  # noqa: E402

TALK = 5.0  # seconds


def show_rest(lab, path):
    print(f"$ {lab.sh('curl', 'GET', path).strip()}")


def follow(lab, caller):
    """Watches the live call until it ends; answers its id and the messages of both legs."""
    call_id = wait_for(lambda: (lab.calls() or [{}])[0].get("call_id"), 10, "no live call was listed")
    show_rest(lab, f"/calls/{call_id}")

    def with_media():
        return [m["received"] for m in lab.get(f"/calls/{call_id}").get("media", [])]

    wait_for(lambda: min(with_media(), default=0) > 50, 10, "no media was measured both ways")
    caller.wait()
    # The messages of a call stay available for a while after its end.
    return call_id, wait_for(
        lambda: (m := lab.get(f"/calls/{call_id}")["messages"]) and "BYE" in m[-1]["text"] and m,
        5, "the ladder has no BYE")


def verify(captures):
    """Looks for each side's tone in what the other side received; answers whether both are there."""
    good = True
    for near, far in (("carrier", "pbx"), ("pbx", "carrier")):
        heard = captures[near].rtp(source=SBC[near], target=ADDRESS[near])
        share = heard[0].tone_share(TONE[far]) if heard else 0.0
        packets = len(heard[0].packets) if heard else 0
        good = good and share > 0.9
        print(f"  {far:>7} -> {near:<7} {TONE[far]:5d} Hz: {100 * share:5.1f} % of the power in "
              f"{packets} packets: {'recognised' if share > 0.9 else 'NOT HEARD'}")
    return good


def main(prefix):
    lab = Lab.attach(prefix)
    try:
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        callee = Sipp(lab, "carrier", "uas_media", talk=TALK)
        caller = Sipp(lab, "pbx", "uac_media", talk=TALK)
        call_id, messages = follow(lab, caller)
        callee.wait()
        record = wait_for(lambda: [r for r in lab.records() if r["call_id"] == call_id], 10,
                          "no call record was written")[0]
        print("\nMessages (both legs)\n")
        print("\n".join(ladder.lines(messages, record)))
        print("\nMedia, as the relay measured it\n")
        print("\n".join(ladder.media_table(record)))
        print("\nCall record\n")
        show_rest(lab, f"/cdrs?call_id={call_id}")
        print(json.dumps(record, indent=2, ensure_ascii=False))
        print("\nAudio, as captured at the far ends\n")
        good = verify(captures)
        print("\nThe call was carried and heard both ways." if good else "\nThe audio FAILED.")
        return 0 if good else 1
    finally:
        lab.detach()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else __doc__)
