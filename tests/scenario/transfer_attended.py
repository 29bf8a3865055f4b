# SPDX-License-Identifier: BSD-2-Clause
"""Attended transfer (RFC 5589 7, RFC 3891): the PBX's end has two calls and REFERs one to the other
with Replaces. Both calls are the appliance's own, so it joins their far ends itself: the two talk, the
PBX's ends are released, and no dialog of the PBX's network is named on the carrier's side."""
from tests.support.lab import Lab
from tests.support.peer_checks import requests
from tests.support.peer_pair import NUMBER, PeerPair, changed
from tests.support.sofia_peer import talk_sdp
from tests.support.transfer_checks import THIRD_PORT, Voices, newest_place, progress

TIMEOUT = 400


def run():
    with Lab(changed(pbx={"refer": "local"})) as lab:
        pair, voices = PeerPair(lab), Voices(lab)
        first_near, first_far = pair.call()
        voices.first.play(first_far.request.media()[:2])
        second_near = pair.pbx.invite("+4930777", talk_sdp(pair.pbx, 31002))
        second_far = pair.carrier.incoming()
        second_far.accept(talk_sdp(pair.carrier, THIRD_PORT))
        second_near.expect(200, method="INVITE")
        voices.second.play(second_far.request.media()[:2])

        first_far.agree(pair.sdp("carrier", None, 2))
        second_far.agree(talk_sdp(pair.carrier, THIRD_PORT, None, 2))
        first_near.refer(pair.pbx.uri("+4930777"), replaces=second_near)
        first_near.expect(202, method="REFER")
        assert progress(first_near)[-1] == 200
        for call in (first_near, second_near):
            call.expect("BYE", 10)
        # Each far end may have been given a new place for its media.
        voices.first.play(newest_place(first_far))
        voices.second.play(newest_place(second_far))
        voices.assert_first_and_second_talk()
        first_far.bye()
        second_far.expect("BYE")
        lab.wait_calls(0)
        outer = pair.wire("carrier")
        assert not requests(outer, "REFER") and not any(m.header("replaces") for m in outer)
        ids = {first_near.answer.call_id, second_near.answer.call_id}
        raw = pair.captures["carrier"].raw().decode("utf-8", "replace")
        assert not any(i in raw for i in ids), "a Call-ID of the PBX's side crossed"
        pair.check_wires()
        lab.wait_idle(80)

    # Replaces that names no dialog: 481 in the end (RFC 3891 3), and the first call lives.
    with Lab(changed(pbx={"refer": "local"})) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.refer(pair.pbx.uri(NUMBER) + "?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2")
        answer = near.expect_final("REFER")
        if answer.status == 202:
            assert progress(near)[-1] == 481
        else:
            assert answer.status == 481, str(answer)
        near.request_of("OPTIONS")
        assert near.expect_final("OPTIONS").status == 200
        pair.end(near, far)
        lab.wait_idle(80)
