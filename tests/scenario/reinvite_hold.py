# SPDX-License-Identifier: BSD-2-Clause
"""re-INVITEs both ways: hold and resume, a change of codec, a change of address. Directions follow
RFC 3264 section 8, o= keeps its session id and counts its version up."""
from tests.support.calls import Call
from tests.support.dialog import origin, sdp
from tests.support.lab import ADDRESS, Lab
from tests.support.media import MediaEndpoint


def versions_rise(messages):
    """Bodies one side received in turn: one o= line whose version never falls (RFC 3264 8)."""
    origins = [origin(m) for m in messages]
    assert len({(o[0], o[1], o[3]) for o in origins}) == 1, origins
    numbers = [o[2] for o in origins]
    for before, after in zip(numbers, numbers[1:]):
        assert after in (before, before + 1), f"o= versions {numbers}"
    assert numbers[-1] > numbers[0], f"o= version never changed: {numbers}"


def run():
    with Lab() as lab:
        call = Call(lab)
        call.assert_audio()
        got = {"pbx": [call.answer], "carrier": [call.request]}
        for near, far in ((call.a, call.b), (call.b, call.a)):
            for offered, answered in (("sendonly", "recvonly"), ("inactive", "inactive"), (None, None)):
                offer, answer = call.reinvite(near, far, near.sdp(offered), far.sdp(answered))
                assert offer.media()[2] == (offered or "sendrecv"), offer.text
                assert answer.media()[2] == (answered or "sendrecv"), answer.text
                got[far.side].append(offer)
                got[near.side].append(answer)
                assert near.play_to(answer)[0] != "0.0.0.0"
                far.play_to(offer)
            call.assert_audio()

        # Codec change: PCMU instead of PCMA.
        offer, answer = call.reinvite(call.a, call.b, call.a.sdp(payload_types=(0,)),
                                      call.b.sdp(payload_types=(0,)))
        assert "RTP/AVP 0" in offer.text and "RTP/AVP 0" in answer.text
        got["carrier"].append(offer)
        got["pbx"].append(answer)

        # Address change: the carrier moves its media to another port.
        call.b.media.stop()
        call.b.media = MediaEndpoint(lab, "carrier", 42000, 1004)
        call.b.version += 1
        moved = sdp(ADDRESS["carrier"], 42000, version=call.b.version, user="carrier")
        offer, answer = call.reinvite(call.b, call.a, moved, call.a.sdp())
        got["pbx"].append(offer)
        got["carrier"].append(answer)
        call.a.play_to(offer)
        call.b.play_to(answer)
        call.assert_audio()

        # An offer without a body is answered with one (RFC 3261 14.1), and the ACK carries the answer.
        sent = call.a.dialog.request("INVITE")
        received = call.b.agent.expect("INVITE", 5, call.b.dialog.call_id)
        assert not received.body
        call.b.agent.respond(received, 200, "OK", call.b.sdp())
        final = call.a.agent.expect(lambda m: m.is_response and m.branch() == sent.branch()
                                    and m.status == 200)
        assert final.media()
        call.a.dialog.ack(final, call.a.sdp())
        ack = call.b.agent.expect("ACK", 5, call.b.dialog.call_id)
        assert ack.media(), "the answer did not cross in the ACK"
        call.assert_audio()
        for messages in got.values():
            versions_rise(messages)
        call.hang_up(call.b)
        lab.wait_calls(0)
