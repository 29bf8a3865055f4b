# SPDX-License-Identifier: BSD-2-Clause
"""Every form of hold (RFC 3264 8.4, RFC 6337 5.3): sendonly, inactive, c=0.0.0.0 (the old form), at
session and at media level, from each side, doubled (both hold) and resumed in either order; music on
hold is heard, an inactive call is silent. The held side is never sent to 0.0.0.0."""
from tests.support.calls import TONE
from tests.support.lab import ADDRESS, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_pair import PORT, PeerPair

TIMEOUT = 300


class Talk:
    """An answered call whose ends both play; `change` is a whole re-INVITE."""

    def __init__(self, lab):
        self.pair = PeerPair(lab)
        self.media = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        near, far = self.pair.call()
        self.ends = {"pbx": near, "carrier": far}
        self.version = 1
        self.media["pbx"].play(near.answer.media()[:2])
        self.media["carrier"].play(far.request.media()[:2])

    def sdp(self, side, direction=None):
        self.version += 1
        return self.pair.sdp(side, direction, self.version)

    def change(self, side, offer, answer_direction):
        """Re-INVITE with that body; what the other side was offered and this side was answered."""
        other = "carrier" if side == "pbx" else "pbx"
        self.ends[side].invite(None, offer)
        offered = self.ends[other].expect("INVITE")
        self.ends[other].accept(self.sdp(other, answer_direction))
        return offered, self.ends[side].expect(200, method="INVITE")

    def assert_talk(self, what):
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            assert self.media[side].hears(TONE[other], 25), f"{what}: {side} does not hear {other}"

    def assert_silence(self, side, what):
        """At most a packet that was on its way arrives within half a second."""
        before = self.media[side].count()
        self.ends[side].expect_nothing("BYE", 0.6)
        arrived = self.media[side].count() - before
        assert arrived <= 2, f"{what}: {side} received {arrived} packets"


def zero_address(body, side):
    return body.replace(f"c=IN IP4 {ADDRESS[side]}", "c=IN IP4 0.0.0.0")


def run():
    with Lab() as lab:
        talk = Talk(lab)
        talk.assert_talk("before")
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            # Music on hold: the holder is still heard, and hears nothing.
            offered, answer = talk.change(side, talk.sdp(side, "sendonly"), "recvonly")
            assert (offered.media()[2], answer.media()[2]) == ("sendonly", "recvonly")
            assert talk.media[other].hears(TONE[side], 25), "no music on hold"
            talk.assert_silence(side, "sendonly")
            # From one form to the next without a resume between.
            offered, answer = talk.change(side, talk.sdp(side, "inactive"), "inactive")
            assert (offered.media()[2], answer.media()[2]) == ("inactive", "inactive")
            for silent in (side, other):
                talk.assert_silence(silent, "inactive")
            talk.change(side, talk.sdp(side), None)
            talk.assert_talk("resumed from inactive")

            # The form of RFC 2543: no address. It must not be taken for a place to send to.
            offered, answer = talk.change(side, zero_address(talk.sdp(side), side), None)
            assert offered.media()[2] in ("sendonly", "inactive") or \
                offered.media()[0] == "0.0.0.0", offered.text
            assert answer.media()[0] != "0.0.0.0"
            talk.assert_silence(side, "c=0.0.0.0")
            talk.change(side, talk.sdp(side), None)
            talk.assert_talk("resumed from c=0.0.0.0")

        # Both hold: resuming one side leaves the other's hold in place (RFC 6337 5.3).
        talk.change("pbx", talk.sdp("pbx", "sendonly"), "recvonly")
        offered, _ = talk.change("carrier", talk.sdp("carrier", "inactive"), "inactive")
        assert offered.media()[2] == "inactive"
        _, answer = talk.change("pbx", talk.sdp("pbx"), "sendonly")
        assert answer.media()[2] == "sendonly", "the carrier still holds"
        talk.change("carrier", talk.sdp("carrier"), None)
        talk.assert_talk("after both held")
        talk.pair.end(talk.ends["pbx"], talk.ends["carrier"])
        for side in PORT:
            for frame in talk.pair.captures[side].stop().frames():
                assert frame.target[0] != "0.0.0.0"
        talk.pair.check_wires()
        lab.wait_idle()
