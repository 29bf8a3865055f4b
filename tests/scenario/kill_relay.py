# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of the relay during a call, twice in a row: each time at most 2 s pass from the last packet
before the kill to the first one after it, in both directions; the call then ends as usual."""
import time

from tests.support.calls import Call
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab

DRIVERS = ("af_xdp", "af_packet")
EXCLUSIVE = True


def run():
    with Lab() as lab:
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        call = Call(lab)
        call.assert_audio()
        kills = []
        for _ in range(2):
            kills.append(time.time())
            lab.wait_restarted("mediarelay", lab.kill("mediarelay"))
            for party in (call.a, call.b):
                party.media.wait_received(25, 10)
        call.assert_audio()
        call.hang_up(call.b)
        for side, capture in captures.items():
            stream = capture.rtp(SBC[side], ADDRESS[side])[0]
            for number, moment in enumerate(kills, 1):
                gap = stream.gap_around(moment)
                print(f"kill {number}: {gap * 1000:.0f} ms without audio towards {side}")
                assert gap <= 2.0, f"{gap:.2f} s without audio towards {side}"
        lab.wait_calls(0)
        lab.wait_metric("portcullis_media_sessions", 0, 40)
        assert lab.wait_records(1)[0]["sip_code"] == 200
