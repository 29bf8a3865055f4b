# SPDX-License-Identifier: BSD-2-Clause
"""A 2xx that nobody waits for any more: it crosses the CANCEL, comes long after it, after the INVITE
timed out here, or its own caller never acknowledges it. Each is ACKed as often as it is sent and ended
by one BYE; the caller gets one final response (RFC 3261 9.1, 13.2.2.4, 13.3.1.4). Nothing is left."""
import time

from tests.support.calls import NUMBER, Party
from tests.support.capture import Capture
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import assert_no_half_call, requests
from tests.support.peer_pair import frozen
from tests.support.wait import Timeout

TIMEOUT = 180
SHARDS = (1, 2)
T1 = 0.1  # 64*T1, the end of all waiting, is 6.4 s
RING, SILENCE = 5, 3


def change(document):
    document["timers"] = {"t1_ms": int(T1 * 1000), "ring_timeout_s": RING,
                          "attempt_timeout_s": SILENCE}


def response(method, least, most=699):
    def is_it(message):
        return message.is_response and message.method == method and least <= message.status <= most
    return is_it


def begin(near, far, tag=None):
    """A call that is on its way, and rings if `tag` is given; the caller's dialog, the far INVITE."""
    dialog = near.agent.invite(NUMBER, near.sdp())
    invite = far.agent.expect("INVITE")
    if tag:
        far.agent.respond(invite, 180, "Ringing", tag=tag)
        near.agent.expect(180, call_id=dialog.call_id)
    return dialog, invite


def final(near, dialog, status):
    """The one final response that the caller gets."""
    answer = near.agent.expect(response("INVITE", 200), 12, dialog.call_id)
    assert answer.status == status, f"the caller got {answer}, not {status}"


def ended(far, invite, tag):
    """The far end is acknowledged and told to hang up, in the dialog of its own answer."""
    for method in ("ACK", "BYE"):
        request = far.agent.expect(method, 12, invite.call_id)
        assert request.tag("to") == tag, f"{method} to {request.tag('to')}, not {tag}"
    far.agent.respond(request, 200, "OK")


def cancel_arrived(near, far, code):
    """The CANCEL has reached the far end, which answers 200 to the INVITE all the same."""
    dialog, invite = begin(near, far, "arrived")
    dialog.cancel()
    cancel = far.agent.expect("CANCEL", 5, invite.call_id)
    far.agent.accept(invite, far.sdp(), tag="arrived")
    far.agent.respond(cancel, code, tag="arrived")
    ended(far, invite, "arrived")
    final(near, dialog, 487)


def crossing(lab, near, far):
    """CANCEL and 200 are on the wire at the same moment; either may win, or the CANCEL comes while the
    answer is still put onto the relay, but nobody is left with half a call. Answers what the caller
    got, and whether the far end was cancelled."""
    dialog, invite = begin(near, far, "crossing")
    with frozen(lab.pid("signaling")):
        dialog.cancel()
        far.agent.accept(invite, far.sdp(), tag="crossing")
    answer = near.agent.expect(response("INVITE", 200), 5, dialog.call_id)
    if answer.status == 200:
        dialog.ack(answer)
        dialog.bye()
    assert answer.status in (200, 487), str(answer)
    ended(far, invite, "crossing")
    try:
        cancel = far.agent.expect("CANCEL", 0.1, invite.call_id)
        far.agent.respond(cancel, 481, tag="crossing")
    except Timeout:
        return answer.status, False
    return answer.status, True


def long_after(near, far):
    """The caller has long had its 487 when the far end answers, again and again."""
    dialog, invite = begin(near, far, "after")
    dialog.cancel()
    final(near, dialog, 487)
    far.agent.respond(far.agent.expect("CANCEL", 5, invite.call_id), 200, tag="after")
    time.sleep(50 * T1)
    for _ in range(3):
        far.agent.accept(invite, far.sdp(), tag="after")
        time.sleep(2 * T1)
    ended(far, invite, "after")


def never_heard(near, far):
    """No response at all until the INVITE's transaction has timed out (64*T1)."""
    dialog, invite = begin(near, far)
    begun = time.monotonic()
    final(near, dialog, 408)
    time.sleep(75 * T1 - (time.monotonic() - begun))
    far.agent.accept(invite, far.sdp(), tag="silent")
    ended(far, invite, "silent")


def rings_on(near, far):
    """It rings longer than we wait, and the answer crosses our own CANCEL."""
    dialog, invite = begin(near, far, "ringing")
    cancel = far.agent.expect("CANCEL", RING + 2, invite.call_id)
    far.agent.accept(invite, far.sdp(), tag="ringing")
    far.agent.respond(cancel, 200, tag="ringing")
    ended(far, invite, "ringing")
    final(near, dialog, 408)


def unacknowledged(near, far):
    """The caller never sends its ACK: its 200 is repeated for 64*T1, then both sides are hung up
    (13.3.1.4)."""
    dialog, invite = begin(near, far)
    far.agent.accept(invite, far.sdp(), tag="ackless")
    near.agent.expect(200, call_id=dialog.call_id)
    begun = time.monotonic()
    near.agent.respond(near.agent.expect("BYE", 80 * T1, dialog.call_id), 200, "OK")
    waited = time.monotonic() - begun
    assert 60 * T1 < waited < 75 * T1, f"given up after {waited:.1f} s"
    ended(far, invite, "ackless")
    return dialog.call_id


def run():
    with Lab(change=change) as lab:
        timers = lab.metric("portcullis_timers")
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        captures = {side: Capture(lab, side) for side in SBC}
        cancel_arrived(a, b, 200)
        cancel_arrived(a, b, 481)
        crossings = [crossing(lab, *ends) for ends in ((a, b), (b, a))]
        long_after(a, b)
        never_heard(a, b)
        rings_on(a, b)
        ackless = unacknowledged(a, b)
        lab.wait_calls(0)
        codes = [r["sip_code"] for r in lab.wait_records(8)]
        won = [status == 200 for status, _ in crossings]
        assert codes == [487, 487, *(status for status, _ in crossings), 487, 408, 408, 200], codes

        inner, outer = captures["pbx"].stop().sip(), captures["carrier"].stop().sip()
        assert assert_no_half_call(inner, [ackless]) == 2 + won[0]
        assert assert_no_half_call(outer) == 7 + won[1]
        late = 5 + sum(cancelled for _, cancelled in crossings)
        assert lab.metric("portcullis_late_answers_refused_total") == late
        byes = requests(outer, "BYE", SBC["carrier"])
        assert len(byes) == len({m.call_id for m in byes}), "a dialog was ended twice"
        answers = [m for m in inner if response("INVITE", 200, 299)(m) and m.call_id == ackless]
        assert len(answers) >= 6, f"the unacknowledged 200 was sent {len(answers)} times"
        lab.wait_empty(timers)
