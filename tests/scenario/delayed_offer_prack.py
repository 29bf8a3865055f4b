# SPDX-License-Identifier: BSD-2-Clause
"""An INVITE without SDP (RFC 3261 13.2.1, RFC 3262 5): the offer comes back in a reliable 183 and is
answered in PRACK, or comes in the 200 and is answered in ACK; on both sides of the appliance, with
100rel offered to the far side only where the caller has it."""
from tests.support.calls import TONE
from tests.support.lab import SBC, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_checks import options_of, requests, responses
from tests.support.peer_pair import NUMBER, PORT, PeerPair, assert_racks
from tests.scenario.prack_interwork import PLAIN

TIMEOUT = 300


def assert_audio(media, near_place, far_place):
    media["pbx"].play(near_place[:2])
    media["carrier"].play(far_place[:2])
    for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
        assert media[side].hears(TONE[other]), f"{side} does not hear {other}"


def in_prack():
    with Lab() as lab:
        pair = PeerPair(lab)
        media = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        near = pair.pbx.invite(NUMBER)
        far = pair.carrier.incoming()
        assert not far.request.body, "the appliance made an offer of its own"
        assert "100rel" in options_of(far.request, "supported")
        far.ring(pair.sdp("carrier"), status=183, reliable=True)
        offer = near.expect(183)
        assert offer.media()[0] == SBC["pbx"] and offer.header("rseq")
        near.prack(pair.sdp("pbx"))
        answer = far.expect("PRACK")
        assert answer.media()[0] == SBC["carrier"], "the answer did not cross in PRACK"
        near.expect(200, method="PRACK")
        far.accept()
        assert not near.expect(200, method="INVITE").body
        assert_audio(media, offer.media(), answer.media())
        pair.end(near, far)
        for side in PORT:
            assert assert_racks(pair.wire(side)) == 1
        pair.check_wires()


def in_ack(caller_options):
    with Lab() as lab:
        pair = PeerPair(lab, caller_options)
        media = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        near = pair.pbx.invite(NUMBER)
        far = pair.carrier.incoming()
        if caller_options:
            assert "100rel" not in options_of(far.request, "supported")
        far.ring()
        near.expect(180)
        far.respond(200, pair.sdp("carrier"))
        offer = near.expect(200, method="INVITE")
        near.ack(pair.sdp("pbx"))
        answer = far.expect("ACK")
        assert answer.media()[0] == SBC["carrier"], "the answer did not cross in ACK"
        assert_audio(media, offer.media(), answer.media())
        pair.end(near, far)
        assert not requests(pair.wire("pbx"), "PRACK")


def no_answer_comes():
    """A PRACK without the answer that is due: the call ends, and nothing is left."""
    with Lab() as lab:
        pair = PeerPair(lab)
        near = pair.pbx.invite(NUMBER)
        far = pair.carrier.incoming()
        far.ring(pair.sdp("carrier"), status=183, reliable=True)
        near.expect(183)
        near.cancel()
        near.expect(487)
        far.expect("CANCEL")
        lab.wait_calls(0)
        assert responses(pair.wire("carrier"), 487)


def run():
    in_prack()
    in_ack({})
    in_ack(PLAIN)
    no_answer_comes()
