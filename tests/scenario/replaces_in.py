# SPDX-License-Identifier: BSD-2-Clause
"""INVITE with Replaces from the PBX's side (RFC 3891): a second phone takes over the first one's call.
The first is released by BYE, the carrier's end talks to the second. Replaces of an unknown dialog is
481, one with early-only on an answered call 486; Join (RFC 3911) is refused."""
from tests.support.calls import TONE
from tests.support.lab import Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_pair import NUMBER, PORT, PeerPair
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.transfer_checks import newest_place

TIMEOUT = 400

SECOND = 35000
SECOND_TONE = 697


def replaces_of(call, extra=""):
    """The header another phone of that side would send: tags as its owner sees them."""
    answer = call.answer
    return f"Replaces: {answer.call_id};to-tag={answer.tag('to')};from-tag={answer.tag('from')}{extra}"


def taken_over():
    with Lab() as lab:
        pair = PeerPair(lab)
        second = SofiaPeer(lab, "pbx", port=5070)
        carrier = MediaEndpoint(lab, "carrier", PORT["carrier"], TONE["carrier"])
        voice = MediaEndpoint(lab, "pbx", SECOND, SECOND_TONE)
        near, far = pair.call()
        carrier.play(far.request.media()[:2])
        far.agree(pair.sdp("carrier", None, 2))
        taking = second.invite(NUMBER, talk_sdp(second, SECOND), headers=[replaces_of(near)])
        voice.play(taking.expect(200).media()[:2])
        near.expect("BYE")
        carrier.play(newest_place(far))
        assert voice.hears(TONE["carrier"]), "the second phone does not hear the carrier"
        assert carrier.hears(SECOND_TONE), "the carrier does not hear the second phone"
        pair.carrier.expect_no_call(0.2)  # it was not called again
        taking.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        assert not any(m.header("replaces") for m in pair.wire("carrier"))
        pair.check_wires()
        lab.wait_idle(80)


def refused():
    with Lab() as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        for header, status in (("Replaces: nobody;to-tag=1;from-tag=2", (481,)),
                               (replaces_of(near, ";early-only"), (486,)),
                               (replaces_of(near).replace("Replaces", "Join"), (403, 481, 488, 501)),
                               ("Require: join", (420,))):
            asking = pair.pbx.invite(NUMBER, pair.sdp("pbx"), headers=[header])
            answer = asking.expect_final("INVITE")
            assert answer.status in status, f"{header} answered {answer}"
        near.request_of("OPTIONS")
        assert near.expect_final("OPTIONS").status == 200, "the call was disturbed"
        pair.end(near, far)
        lab.wait_idle(80)


def run():
    taken_over()
    refused()
