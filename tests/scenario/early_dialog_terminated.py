# SPDX-License-Identifier: BSD-2-Clause
"""199 Early Dialog Terminated (RFC 6228): the far side is told that we understand it; when one of its
branches is over, a caller who knows 199 is told so in that branch's dialog, with its Reason and without
a body, and that dialog is gone; others are told nothing; the call goes on in another branch, with audio;
a reliable 199 is acknowledged; a caller who requires reliable responses gets no unreliable one."""
import copy

from tests.support.calls import NUMBER, TONE, Party
from tests.support.capture import Capture
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import assert_no_half_call, options_of, responses

REASON = "Q.850;cause=17"
BRANCHES = "fork-one", "fork-two"


class Forked:
    """A call with two branches: early media in the first, ringing in the second."""

    def __init__(self, a, b, headers):
        self.a, self.b = a, b
        a.dialog = a.agent.invite(NUMBER, a.sdp(), headers)
        self.invite = b.agent.expect("INVITE")
        assert "199" in options_of(self.invite, "supported"), self.invite.all("supported")
        assert "199" not in options_of(self.invite, "require"), self.invite.all("require")
        b.agent.respond(self.invite, 183, "Session Progress", b.sdp(), tag=BRANCHES[0])
        self.progress = self.hears(183)
        b.agent.respond(self.invite, 180, "Ringing", tag=BRANCHES[1])
        self.ringing = self.hears(180)
        assert self.ringing.tag("to") != self.progress.tag("to")

    def hears(self, status):
        """A's next response of that status, acknowledged if it is reliable."""
        a = self.a
        response = a.agent.expect(status, call_id=a.dialog.call_id)
        if response.header("rseq"):
            dialog = copy.copy(a.dialog).take(response)
            a.dialog.cseq += 1  # all of the INVITE's dialogs may count together
            dialog.request("PRACK", None, [f"RAck: {response.header('rseq')} {response.cseq} INVITE"])
            a.agent.expect(lambda m: m.is_response and m.method == "PRACK" and m.status == 200)
        return response

    def end_first(self, *headers):
        """The far side gives up its first branch."""
        self.b.agent.respond(self.invite, 199, "Early Dialog Terminated", tag=BRANCHES[0],
                             headers=[f"Reason: {REASON};text=\"busy there\"", *headers])

    def answer_second(self, media):
        """The second branch answers and talks; the caller hangs up."""
        a, b = self.a, self.b
        b.agent.accept(self.invite, media.sdp(), tag=BRANCHES[1])
        answer = self.hears(200)
        assert answer.tag("to") == self.ringing.tag("to"), str(answer)
        a.dialog.ack(answer)
        b.agent.expect("ACK", call_id=self.invite.call_id)
        a.play_to(answer)
        media.play_to(self.invite)
        assert a.media.hears(TONE["carrier"]) and media.media.hears(TONE["pbx"]), "no audio"
        a.media.play(None)
        media.media.play(None)
        sent = a.dialog.request("BYE")
        bye = b.agent.expect("BYE", call_id=self.invite.call_id)
        assert bye.tag("to") == BRANCHES[1], bye.header("to")
        b.agent.respond(bye, 200, "OK")
        a.agent.expect(lambda m: m.is_response and m.branch() == sent.branch())


def told(a, b, other):
    """The caller knows 199."""
    call = Forked(a, b, ["Supported: 199"])
    a.play_to(call.progress)
    b.play_to(call.invite)
    assert a.media.hears(TONE["carrier"]), "no early media"
    b.media.play(None)
    call.end_first()
    ended = call.hears(199)
    assert ended.tag("to") == call.progress.tag("to"), str(ended)
    assert not ended.body and ended.all("reason") == [REASON], ended.headers
    dead = copy.copy(a.dialog).take(call.progress)
    refused = dead.request("UPDATE")
    a.agent.expect(lambda m: m.branch() == refused.branch() and m.status == 481)
    call.answer_second(other)
    return call


def not_told(a, b, other):
    """The caller does not; the far side sends its 199 reliably."""
    call = Forked(a, b, [])
    call.end_first("Require: 100rel", "RSeq: 41")
    prack = b.agent.expect("PRACK", call_id=call.invite.call_id)
    assert prack.header("rack") == f"41 {call.invite.cseq} INVITE", prack.header("rack")
    assert prack.tag("to") == BRANCHES[0], prack.header("to")
    b.agent.respond(prack, 200, "OK")
    call.answer_second(other)
    return call


def reliable_only(a, b, other):
    call = Forked(a, b, ["Require: 100rel", "Supported: 199"])
    assert call.progress.header("rseq") and call.ringing.header("rseq")
    call.end_first()
    call.answer_second(other)
    return call


def all_gone(a, b):
    """Both branches end, and then the INVITE."""
    call = Forked(a, b, ["Supported: 199"])
    for tag in BRANCHES:
        b.agent.respond(call.invite, 199, "Early Dialog Terminated", tag=tag)
        call.hears(199)
    b.agent.respond(call.invite, 486, "Busy Here", tag=BRANCHES[1])
    call.hears(486)


def run():
    with Lab() as lab:
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        other = Party(lab, "carrier", 43000, agent=b.agent)
        wires = {side: Capture(lab, side, "udp port 5060") for side in SBC}
        calls = [told(a, b, other), not_told(a, b, other), reliable_only(a, b, other)]
        all_gone(a, b)
        lab.wait_calls(0)
        lab.wait_idle()
        messages = wires["pbx"].stop().sip()
        knew = calls[0].progress.call_id
        of_calls = [m.call_id for m in responses(messages, 199)]
        assert of_calls.count(knew) == 1 and len(of_calls) == 3, f"199 to the caller: {of_calls}"
        assert not {calls[1].progress.call_id, calls[2].progress.call_id} & set(of_calls)
        assert assert_no_half_call(messages) == assert_no_half_call(wires["carrier"].sip()) == 3
        broken = [line for wire in wires.values() for line in wire.tshark("_ws.malformed and sip")]
        assert not broken, f"tshark objects: {broken[:3]}"
