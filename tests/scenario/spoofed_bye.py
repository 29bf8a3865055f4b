# SPDX-License-Identifier: BSD-2-Clause
"""Somebody else would end the call (RFC 3261 12.2.2, 9.2): a BYE with a wrong tag or Call-ID, a CANCEL with
a branch of no INVITE or of one that is answered, and a BYE whose tags are right but which comes from
another address. Nothing of it crosses, and the audio goes on; the peer's own BYE from another port ends
the call."""
import subprocess

from tests.support.calls import Call
from tests.support.capture import Capture
from tests.support.dialog import Dialog
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import requests
from tests.support.sipmsg import finish, token
from tests.support.ua import UserAgent

FOREIGN = {"pbx": "198.18.0.77", "carrier": "198.18.1.77"}


def copy_of(dialog, agent, **changes):
    """The same dialog as that agent would speak for it, but for what is changed."""
    copied = Dialog(agent, dialog.call_id, "x", "", dialog.remote, dialog.target)
    copied.local, copied.routes, copied.cseq = dialog.local, dialog.routes, dialog.cseq + 10
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied


def other_tag(party):
    return party.split(";tag=")[0] + ";tag=" + token()


def bye(copied):
    """The final answer to that BYE."""
    sent = copied.request("BYE")
    return copied.agent.expect(lambda m: m.is_response and m.branch() == sent.branch(), 5)


def wrong_names(near):
    """From the peer's very address: all of it is of no dialog."""
    dialog = near.dialog
    for changes in ({"remote": other_tag(dialog.remote)}, {"local": other_tag(dialog.local)},
                    {"call_id": token()}):
        answer = bye(copy_of(dialog, near.agent, **changes))
        assert answer.status == 481, f"{changes}: {answer}"


def foreign_address(lab, side, near):
    """RFC 3261 says nothing of it; the tags are known to whoever sees the wire, and prove nothing."""
    subprocess.run(lab.command(side, "ip", "addr", "add", f"{FOREIGN[side]}/24", "dev", "sbc0"),
                   check=True)
    stranger = UserAgent(lab, side, address=FOREIGN[side])
    answer = bye(copy_of(near.dialog, stranger))
    assert answer.status == 403 and answer.source[0] == SBC[side], answer
    stranger.close()


def cancel_of_nothing(near):
    """It matches no INVITE's branch, or one that has its final response."""
    dialog, invite = near.dialog, near.dialog.invite
    for branch in ("z9hG4bK" + token(), invite.branch()):
        via = invite.header("via").replace(invite.branch(), branch)
        data = finish([f"CANCEL {invite.uri} SIP/2.0", f"Via: {via}", "Max-Forwards: 70",
                       f"From: {invite.header('from')}", f"To: {invite.header('to')}",
                       f"Call-ID: {dialog.call_id}", f"CSeq: {invite.cseq} CANCEL"], None)
        near.agent.send_raw(data)
        answer = near.agent.expect(lambda m: m.is_response and m.method == "CANCEL")
        assert answer.status in (200, 481) and (answer.status == 481 or branch == invite.branch())


def run():
    with Lab() as lab:
        captures = {side: Capture(lab, side) for side in SBC}
        call = Call(lab)
        for near in (call.a, call.b):
            wrong_names(near)
            foreign_address(lab, near.side, near)
        cancel_of_nothing(call.a)
        call.assert_audio()
        assert len(lab.calls()) == 1, "the call ended"
        # The peer itself, from another port of its own.
        moved = UserAgent(lab, "carrier", port=5090)
        sent = copy_of(call.b.dialog, moved).request("BYE")
        call.a.agent.respond(call.a.agent.expect("BYE"), 200, "OK")
        assert moved.expect(lambda m: m.is_response and m.branch() == sent.branch()).status == 200
        lab.wait_calls(0)
        for side, capture in captures.items():
            ours = requests(capture.sip(), "BYE", SBC[side])
            assert len(ours) == (side == "pbx"), f"{len(ours)} BYE towards {side}"
            assert not requests(capture.sip(), "CANCEL", SBC[side])
