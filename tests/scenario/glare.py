# SPDX-License-Identifier: BSD-2-Clause
"""Both sides change the session at the same moment (RFC 3261 14.1, RFC 6141): each crossing re-INVITE is
refused with 491, the session stays as it was, and a later change from either side goes through. The
appliance's own back-off follows whose Call-ID it is. A side that does not wait for its own change to be
answered gets 500 with Retry-After (14.2), and the first change goes through."""
from tests.support.calls import TONE, Call
from tests.support.lab import SBC, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_checks import requests
from tests.support.peer_pair import PORT, PeerPair, frozen

TIMEOUT = 300


def cross(near, far, pair, version):
    """Both have sent before the appliance reads either; the final status of each."""
    with frozen(pair.lab.pid("signaling")):
        near.invite(None, pair.sdp("pbx", "sendonly", version))
        far.invite(None, pair.sdp("carrier", "sendonly", version))
        for end in (near, far):
            end.expect_state("calling")
    return near.expect_final("INVITE", 10), far.expect_final("INVITE", 10)


def overlapping():
    """Two re-INVITEs of one side, one after the other, from either side."""
    with Lab() as lab:
        call = Call(lab)
        for near, far in ((call.a, call.b), (call.b, call.a)):
            first = near.dialog.request("INVITE", near.sdp("sendonly"))
            received = far.agent.expect("INVITE", call_id=far.dialog.call_id)
            second = near.dialog.request("INVITE", near.sdp("inactive"))
            refusal = near.agent.expect(lambda m, s=second: m.branch() == s.branch() and
                                        m.status != 100)
            assert refusal.status == 500 and 0 <= int(refusal.header("retry-after")) <= 10, refusal
            far.agent.respond(received, 200, "OK", far.sdp("recvonly"))
            answer = near.agent.expect(200, call_id=near.dialog.call_id)
            assert answer.branch() == first.branch() and answer.media()[2] == "recvonly", answer.text
            near.dialog.ack(answer)
            far.agent.expect("ACK", call_id=far.dialog.call_id)
            call.reinvite(near, far, near.sdp(), far.sdp())
            far.agent.expect_nothing("INVITE", 0.1)
        call.assert_audio()
        call.hang_up()
        lab.wait_calls(0)


def run():
    overlapping()
    with Lab() as lab:
        pair = PeerPair(lab)
        media = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        near, far = pair.call()
        near.expect_state("calling")  # that of the first INVITE
        media["pbx"].play(near.answer.media()[:2])
        media["carrier"].play(far.request.media()[:2])
        version = 2
        for _ in range(3):
            answers = cross(near, far, pair, version)
            assert all(a is not None for a in answers), "a re-INVITE was never answered"
            statuses = [a.status for a in answers]
            assert set(statuses) <= {491, 500}, f"crossing re-INVITEs were answered {statuses}"
            # The session is what it was: audio goes on both ways.
            for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
                assert media[side].hears(TONE[other], 25), f"{side} does not hear {other}"
            version += 1
        for one, other, sides in ((near, far, ("pbx", "carrier")), (far, near, ("carrier", "pbx"))):
            for offered, answered in (("sendonly", "recvonly"), (None, None)):
                version += 1
                one.invite(None, pair.sdp(sides[0], offered, version))
                # The appliance may itself wait out the glare before it sends (at most 4 s).
                assert other.expect("INVITE", 6).media()[2] == (offered or "sendrecv")
                other.accept(pair.sdp(sides[1], answered, version))
                assert one.expect(200, 6, method="INVITE").media()[2] == (answered or "sendrecv")
        pair.end(near, far)
        for side in PORT:
            for invite in requests(pair.wire(side), "INVITE", SBC[side]):
                assert invite.media(), f"{side} was sent a re-INVITE without an offer"
        pair.check_wires()
        lab.wait_idle()
