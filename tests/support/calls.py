# SPDX-License-Identifier: BSD-2-Clause
"""The call most scenarios begin with: PBX and carrier as scripted endpoints, talking to each other
through the appliance."""
from tests.support.dialog import sdp
from tests.support.media import MediaEndpoint
from tests.support.ua import UserAgent

NUMBER = "+4930123456"
TONE = {"pbx": 425, "carrier": 1004}  # Hz


class Party:
    """A user agent with its media endpoint, and its dialog once there is one."""

    def __init__(self, lab, side, media_port, ipv6=False, agent=None):
        self.side = side
        self.agent = agent or UserAgent(lab, side, ipv6=ipv6)
        self.media = MediaEndpoint(lab, side, media_port, TONE[side], ipv6)
        self.dialog = None
        self.version = 0

    def sdp(self, direction=None, **options):
        """This party's description; every call is a new version of it."""
        self.version += 1
        return sdp(self.media.address, self.media.port, direction, self.version, user=self.side,
                   **options)

    def play_to(self, message):
        """Sends audio to where the message's body says; answers (address, port, direction)."""
        where = message.media()
        self.media.play(where[:2])
        return where


class Call:
    """An answered call: `a` called `b`; both dialogs confirmed, both sides playing."""

    def __init__(self, lab, caller="pbx", callee="carrier", parties=None, ipv6=(), number=NUMBER,
                 port_offset=0):
        if parties is None:
            parties = (Party(lab, caller, 31000 + port_offset, caller in ipv6),
                       Party(lab, callee, 41000 + port_offset, callee in ipv6))
        self.a, self.b = parties
        self.a.dialog = self.a.agent.invite(number, self.a.sdp())
        self.request = self.b.agent.expect("INVITE")
        self.b.agent.respond(self.request, 180, "Ringing")
        self.a.agent.expect(180, call_id=self.a.dialog.call_id)
        self.b.dialog = self.b.agent.accept(self.request, self.b.sdp())
        self.answer = self.a.agent.expect(200, call_id=self.a.dialog.call_id)
        self.a.dialog.ack(self.answer)
        self.b.agent.expect("ACK", call_id=self.b.dialog.call_id)
        self.a.play_to(self.answer)
        self.b.play_to(self.request)

    def assert_audio(self, packets=25):
        """Each side hears the other side's tone."""
        for near, far in ((self.a, self.b), (self.b, self.a)):
            assert near.media.hears(TONE[far.side], packets), \
                f"{near.side} does not hear {far.side}'s tone"

    def reinvite(self, near, far, offer, answer, seconds=5.0):
        """A re-INVITE from `near`; answers (what `far` received, what `near` received)."""
        sent = near.dialog.request("INVITE", offer)
        received = far.agent.expect("INVITE", seconds, far.dialog.call_id)
        far.agent.respond(received, 200, "OK", answer)
        final = near.agent.expect(
            lambda m: m.is_response and m.status >= 200 and m.branch() == sent.branch(), seconds)
        assert final.status == 200, f"re-INVITE answered {final}"
        near.dialog.ack(final)
        far.agent.expect("ACK", seconds, far.dialog.call_id)
        return received, final

    def hang_up(self, near=None, seconds=5.0):
        """BYE from `near` (the caller where not given), answered by the other side."""
        near = near or self.a
        far = self.b if near is self.a else self.a
        near.media.play(None)
        far.media.play(None)
        sent = near.dialog.request("BYE")
        bye = far.agent.expect("BYE", seconds, far.dialog.call_id)
        far.agent.respond(bye, 200, "OK")
        final = near.agent.expect(
            lambda m: m.is_response and m.method == "BYE" and m.branch() == sent.branch(), seconds)
        assert final.status == 200, f"BYE answered {final}"
        return bye
