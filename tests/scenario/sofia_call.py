# SPDX-License-Identifier: BSD-2-Clause
"""Sofia-SIP calls Sofia-SIP through the appliance: ringing, answer, re-INVITE from each side with and
without an offer, and BYE from each side. Each side sees one dialog that follows RFC 3261."""
from tests.support.capture import Capture
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import assert_one_dialog
from tests.support.sofia_peer import SofiaPeer, talk_sdp

NUMBER = "+4930123456"


def run():
    with Lab() as lab:
        pbx, carrier = SofiaPeer(lab, "pbx"), SofiaPeer(lab, "carrier")
        for hanging_up in (0, 1):
            captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
            caller = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
            callee = carrier.incoming()
            callee.ring()
            caller.expect(180)
            callee.accept(talk_sdp(carrier, 41000))
            assert caller.expect(200).media()[0] == SBC["pbx"]
            for near, far, ports in ((caller, callee, (31000, 41000)),
                                     (callee, caller, (41000, 31000))):
                near.invite(None, talk_sdp(near.peer, ports[0], "sendonly", 2))
                assert far.expect("INVITE").media()[2] == "sendonly"
                far.accept(talk_sdp(far.peer, ports[1], "recvonly", 2))
                assert near.expect(200).media()[2] == "recvonly"
                near.invite()  # offerless: the other side offers in its 200
                far.expect("INVITE")
                far.respond(200, talk_sdp(far.peer, ports[1], None, 3))
                near.expect(200)
                near.ack(talk_sdp(near.peer, ports[0], None, 3))
                assert far.expect("ACK").media(), "the answer did not cross in the ACK"
            near, far = ((caller, callee), (callee, caller))[hanging_up]
            near.bye()
            far.expect("BYE")
            lab.wait_calls(0)
            for side in ("pbx", "carrier"):
                assert_one_dialog(captures[side].stop().sip())
                bad = captures[side].tshark("sip && _ws.malformed")
                assert not bad, bad
        assert [r["released_by"] for r in lab.wait_records(2)] == ["a", "b"]
