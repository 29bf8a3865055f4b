# SPDX-License-Identifier: BSD-2-Clause
"""UPDATE in an answered call (RFC 3311): with an offer from either side, without one, refused, and
towards a side that does not allow the method. Audio flows where the session says so."""
from tests.support.calls import TONE
from tests.support.lab import Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_checks import assert_one_dialog, requests
from tests.support.peer_pair import PORT, PeerPair, final_of

TIMEOUT = 300


def both_sides():
    with Lab() as lab:
        pair = PeerPair(lab)
        media = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        near, far = pair.call()
        ends = {"pbx": near, "carrier": far}
        media["pbx"].play(near.answer.media()[:2])
        media["carrier"].play(far.request.media()[:2])
        version = 1
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            for offered, answered in (("sendonly", "recvonly"), (None, None)):
                version += 1
                ends[side].update(pair.sdp(side, offered, version))
                request = ends[other].expect("UPDATE")
                assert request.media()[2] == (offered or "sendrecv"), request.text
                ends[other].respond(200, pair.sdp(other, answered, version), method="UPDATE")
                answer = final_of(ends[side], "UPDATE", 200)
                assert answer.media()[2] == (answered or "sendrecv"), answer.text
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            assert media[side].hears(TONE[other]), f"{side} does not hear {other}"

        # Without a body it only refreshes the target: a final answer and no SDP of ours.
        near.update()
        assert not final_of(near, "UPDATE", 200).body

        # Refused by the far side: 488 comes back, and the session is as before.
        far.update(pair.sdp("carrier", "inactive", 9))
        near.expect("UPDATE")
        near.respond(488, method="UPDATE")
        final_of(far, "UPDATE", 488)
        assert media["pbx"].hears(TONE["carrier"]), "a refused UPDATE stopped the audio"
        pair.end(near, far)
        for side in PORT:
            assert_one_dialog(pair.wire(side))
        pair.check_wires()


def far_side_without_update():
    """The change reaches a side without UPDATE in Allow by re-INVITE, or is refused; never by UPDATE."""
    with Lab() as lab:
        pair = PeerPair(lab, carrier={"allow": "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK"})
        near, far = pair.call()
        near.update(pair.sdp("pbx", "sendonly", 2))
        far.expect("INVITE")
        far.accept(pair.sdp("carrier", "recvonly", 2))
        assert final_of(near, "UPDATE", 200).media()[2] == "recvonly"
        pair.end(near, far)
        assert not requests(pair.wire("carrier"), "UPDATE")


def run():
    both_sides()
    far_side_without_update()
