# SPDX-License-Identifier: BSD-2-Clause
"""baresip calls baresip through the lab: audio both ways, hold and resume, hang-up from each side."""
import time

from tests.support.baresip import Baresip
from tests.support.calls import NUMBER, TONE
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.wait import wait_for

TALK = 2.0  # seconds of audio that are judged


def offers(side, captures):
    """The directions of the INVITEs that reached that side so far."""
    return [m.media()[2] for m in captures[side].sip()
            if m.method == "INVITE" and not m.is_response and m.source[0] == SBC[side]]


def talk():
    """Lets the phones talk; answers when it began and ended."""
    begin = time.time()
    time.sleep(TALK)
    return begin, time.time()


def run():
    with Lab() as lab:
        pbx = Baresip(lab, "pbx", TONE["pbx"])
        carrier = Baresip(lab, "carrier", TONE["carrier"])
        for hanging_up, other in ((pbx, carrier), (carrier, pbx)):
            captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
            pbx.dial(NUMBER)
            carrier.expect("CALL_INCOMING")
            carrier.command("accept")
            pbx.expect("CALL_ESTABLISHED")
            carrier.expect("CALL_ESTABLISHED")
            periods = [talk()]
            pbx.command("hold")
            carrier.expect("CALL_REMOTE_SDP")
            talk()
            pbx.command("resume")
            carrier.expect("CALL_REMOTE_SDP")
            periods.append(talk())
            hanging_up.command("hangup")
            other.expect("CALL_CLOSED")
            wait_for(lambda: lab.calls() == [], 5, "the call did not end")
            assert offers("carrier", captures) == ["sendrecv", "sendonly", "sendrecv"]
            for near, far in (("pbx", "carrier"), ("carrier", "pbx")):
                streams = captures[near].rtp(SBC[near], ADDRESS[near])
                for begin, end in periods:
                    share = max(s.tone_share(TONE[far], begin, end) for s in streams)
                    assert share > 0.9, f"{near} does not hear {far} ({share:.2f})"
        assert [r["released_by"] for r in lab.wait_records(2)] == ["a", "b"]
