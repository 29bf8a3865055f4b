# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of signaling during three calls: audio does not pause, and within 2 s of the restart
re-INVITE and BYE work from either side."""
import time

from tests.support.calls import Call, Party
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab

SHARDS = (1, 2)
EXCLUSIVE = True


def assert_no_pause(captures):
    """What left one side arrived at the other without loss, and with no gap of its own."""
    for near, far in (("pbx", "carrier"), ("carrier", "pbx")):
        sent = {s.packets[0].ssrc: s for s in captures[near].rtp(ADDRESS[near], SBC[near])}
        for stream in captures[far].rtp(SBC[far], ADDRESS[far]):
            original = sent[stream.packets[0].ssrc]
            assert stream.lost() == 0, f"{stream.lost()} packets lost towards {far}"
            longer = stream.longest_gap() - original.longest_gap()
            assert longer < 0.1, f"audio towards {far} paused for {longer:.3f} s"


def run():
    with Lab() as lab:
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        first = Call(lab)
        second, third = (Call(lab, parties=tuple(
            Party(lab, p.side, p.media.port + offset, agent=p.agent) for p in (first.a, first.b)))
            for offset in (200, 400))
        for call in (first, second, third):
            call.assert_audio()
        lab.wait_restarted("signaling", lab.kill("signaling"))
        restarted = time.monotonic()
        first.reinvite(first.a, first.b, first.a.sdp(), first.b.sdp())
        first.reinvite(first.b, first.a, first.b.sdp(), first.a.sdp())
        second.hang_up(second.b)
        third.hang_up(third.a)
        took = time.monotonic() - restarted
        print(f"two re-INVITEs and two BYEs were done {took:.2f} s after the restart")
        assert took < 2, f"re-INVITE and BYE took {took:.2f} s"
        first.assert_audio()
        first.hang_up()
        assert_no_pause(captures)
        lab.wait_calls(0)
        lab.wait_metric("portcullis_media_sessions", 0, 40)
        records = lab.wait_records(3)
        assert len(records) == 3 and all(r["sip_code"] == 200 for r in records), records
        again = Call(lab, parties=(first.a, first.b))
        again.assert_audio()
        again.hang_up()
