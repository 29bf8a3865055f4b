# SPDX-License-Identifier: BSD-2-Clause
"""UPDATE with an offer between a reliable 183 and the 200 (RFC 3311 5): each side may change the
session before the answer; both stay in one dialog and the o= version of each side rises by one."""
from tests.support.dialog import origin
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import assert_one_dialog, requests
from tests.support.peer_pair import NUMBER, PeerPair, assert_racks, final_of

TIMEOUT = 300


def early(pair):
    """A call up to its acknowledged 183 with SDP on both sides."""
    near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
    far = pair.carrier.incoming()
    far.ring(pair.sdp("carrier"), status=183, reliable=True)
    progress = near.expect(183)
    far.expect("PRACK")
    near.expect(200, method="PRACK")
    return near, far, progress


def update(near, far, offer, answer):
    """An UPDATE that is accepted; what the far side and the near side were told."""
    near.update(offer)
    request = far.expect("UPDATE")
    far.respond(200, answer, method="UPDATE")
    return request, final_of(near, "UPDATE", 200)


def run():
    with Lab() as lab:
        pair = PeerPair(lab)
        near, far, progress = early(pair)
        request, answer = update(near, far, pair.sdp("pbx", "sendonly", 2),
                                 pair.sdp("carrier", "recvonly", 2))
        assert request.media()[2] == "sendonly" and answer.media()[2] == "recvonly"
        assert request.media()[0] == SBC["carrier"] and answer.media()[0] == SBC["pbx"]
        assert origin(answer)[2] == origin(progress)[2] + 1, "o= version towards the caller"
        assert origin(request)[2] == origin(far.request)[2] + 1, "o= version towards the callee"

        request, answer = update(far, near, pair.sdp("carrier", None, 3), pair.sdp("pbx", None, 3))
        assert request.media()[2] == "sendrecv" and answer.media()[2] == "sendrecv"

        # An offer while the same side's offer is open is refused (RFC 3311 5.2), not lost.
        far.accept()
        near.expect(200, method="INVITE")
        pair.end(near, far)
        for side in ("pbx", "carrier"):
            messages = pair.wire(side)
            assert_one_dialog(messages)
            assert_racks(messages)
            assert len(requests(messages, "UPDATE")) == 2, side
        pair.check_wires()

    # A far side that refuses the change leaves the session as it was (RFC 3311 5.1, RFC 3264 8).
    with Lab() as lab:
        pair = PeerPair(lab)
        near, far, _ = early(pair)
        near.update(pair.sdp("pbx", "inactive", 2))
        far.expect("UPDATE")
        far.respond(488, method="UPDATE")
        final_of(near, "UPDATE", 488)
        far.accept()
        near.expect(200, method="INVITE")
        pair.end(near, far)
