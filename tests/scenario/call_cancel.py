# SPDX-License-Identifier: BSD-2-Clause
"""CANCEL before any ringing, while ringing, and crossing the answer: the caller gets exactly one
final response, nobody keeps half a call (RFC 3261 section 9)."""
from tests.support.calls import NUMBER, Party
from tests.support.lab import Lab

SHARDS = (1, 2)


def cancelled(a, dialog):
    """The caller sees 200 for its CANCEL and 487 for its INVITE."""
    def answers(method, status):
        return lambda m: m.is_response and (m.method, m.status) == (method, status)
    a.agent.expect(answers("CANCEL", 200), 5, dialog.call_id)
    a.agent.expect(answers("INVITE", 487), 5, dialog.call_id)


def before_ringing(a, b):
    dialog = a.agent.invite(NUMBER, a.sdp())
    invite = b.agent.expect("INVITE")
    a.agent.expect(100, call_id=dialog.call_id)
    dialog.cancel()
    # 9.1: a CANCEL must wait for a provisional response, so the callee hears of it only after one.
    b.agent.expect_nothing("CANCEL", 0.5)
    b.agent.respond(invite, 180, "Ringing", tag="t1")
    finish_callee(b, invite, "t1")
    cancelled(a, dialog)


def while_ringing(a, b):
    dialog = a.agent.invite(NUMBER, a.sdp())
    invite = b.agent.expect("INVITE")
    b.agent.respond(invite, 180, "Ringing", tag="t2")
    a.agent.expect(180, call_id=dialog.call_id)
    dialog.cancel()
    finish_callee(b, invite, "t2")
    cancelled(a, dialog)


def finish_callee(b, invite, tag):
    cancel = b.agent.expect("CANCEL", 5, invite.call_id)
    assert cancel.branch() == invite.branch() and cancel.uri == invite.uri
    b.agent.respond(cancel, 200, "OK", tag=tag)
    b.agent.respond(invite, 487, "Request Terminated", tag=tag)
    b.agent.expect("ACK", 5, invite.call_id)


def crossing_answer(a, b):
    """The callee's 200 is on its way when the CANCEL reaches it: it is ACKed, then ended by BYE."""
    dialog = a.agent.invite(NUMBER, a.sdp())
    invite = b.agent.expect("INVITE")
    b.agent.respond(invite, 180, "Ringing", tag="t3")
    a.agent.expect(180, call_id=dialog.call_id)
    dialog.cancel()
    cancel = b.agent.expect("CANCEL", 5, invite.call_id)
    b.agent.accept(invite, b.sdp(), tag="t3")
    b.agent.respond(cancel, 200, "OK", tag="t3")
    b.agent.expect("ACK", 5, invite.call_id)
    bye = b.agent.expect("BYE", 5, invite.call_id)
    b.agent.respond(bye, 200, "OK")
    cancelled(a, dialog)
    a.agent.expect_nothing(lambda m: m.is_response and m.method == "INVITE" and m.status >= 200, 1)


def run():
    with Lab() as lab:
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        for story in (before_ringing, while_ringing, crossing_answer):
            story(a, b)
            lab.wait_calls(0)
        assert [r["sip_code"] for r in lab.wait_records(3)] == [487, 487, 487]
        lab.wait_metric("portcullis_media_sessions", 0, 40)
