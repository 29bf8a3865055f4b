# SPDX-License-Identifier: BSD-2-Clause
"""More far ends answer 200 than the caller can talk to: two gateways called at once, two forks behind
one gateway, a gateway that was given up for the next. One has the call; every other is ACKed as often
as it answers and ended by one BYE, while the call goes on (RFC 3261 13.2.2.4)."""
import time

from tests.support.calls import NUMBER, Party
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import assert_no_half_call, requests, responses
from tests.support.peer_pair import frozen
from tests.support.ua import UserAgent
from tests.support.wait import Timeout

TIMEOUT = 180
SHARDS = (1, 2)
PORTS = (5060, 5070)
T1 = 0.1  # 64*T1 is 6.4 s


def change(parallel):
    def changed(document):
        document["timers"] = {"t1_ms": int(T1 * 1000), "attempt_timeout_s": 1}
        carrier = next(t for t in document["trunks"] if t["name"] == "carrier")
        carrier["gateways"] = [{"name": f"gw{n}", "priority": n,
                                "uri": f"sip:{ADDRESS['carrier']}:{port}"}
                               for n, port in enumerate(PORTS, 1)]
        for route in document["routes"]:
            route["parallel"] = parallel and route["name"] == "pbx-to-carrier"
    return changed


def begin(a, far):
    """A call that has reached these far ends and rings at each."""
    a.dialog = a.agent.invite(NUMBER, a.sdp())
    invites = [party.agent.expect("INVITE") for party in far]
    for invite, party in zip(invites, far):
        party.agent.respond(invite, 180, "Ringing", tag=f"tag{party.agent.port}")
        a.agent.expect(180, call_id=a.dialog.call_id)
    return invites


def accept(party, invite, tag=None):
    return party.agent.accept(invite, party.sdp(), tag=tag or f"tag{party.agent.port}")


def answered(a):
    answer = a.agent.expect(200, call_id=a.dialog.call_id)
    a.dialog.ack(answer)
    return answer


def ended(party, invite, tag, times=1):
    """That dialog of the far end is ACKed so often, and told to hang up."""
    def sent(method):
        return lambda m: not m.is_response and m.method == method and m.tag("to") == tag
    for _ in range(times):
        party.agent.expect(sent("ACK"), 5, invite.call_id)
    party.agent.respond(party.agent.expect(sent("BYE"), 5, invite.call_id), 200, "OK")


def hang_up(near, far, far_dialog):
    """`near` hangs up; the far end of that dialog is told."""
    near_dialog = near.dialog
    sent = near_dialog.request("BYE")
    far.agent.respond(far.agent.expect("BYE", 5, far_dialog.call_id), 200, "OK")
    near.agent.expect(lambda m: m.is_response and m.branch() == sent.branch())


def both_at_once(lab, a, far):
    """Both answers wait in the socket before the first is read."""
    invites = begin(a, far)
    with frozen(lab.pid("signaling")):
        dialogs = [accept(*pair) for pair in zip(far, invites)]
    answered(a)
    loser = None
    while loser is None:
        for number, (party, invite) in enumerate(zip(far, invites)):
            try:
                cancel = party.agent.expect("CANCEL", 0.1, invite.call_id)
            except Timeout:
                continue
            party.agent.respond(cancel, 481)
            loser = number
    ended(far[loser], invites[loser], f"tag{far[loser].agent.port}")
    winner = 1 - loser
    far[winner].agent.expect("ACK", 5, invites[winner].call_id)
    hang_up(a, far[winner], dialogs[winner])


def loser_answers_late(a, far):
    """The loser agrees to its CANCEL, and answers all the same, three times, while the call goes on;
    the winner hangs up."""
    (first, second), invites = far, begin(a, far)
    first.dialog = accept(first, invites[0])
    answered(a)
    first.agent.expect("ACK", 5, invites[0].call_id)
    second.agent.respond(second.agent.expect("CANCEL", 5, invites[1].call_id), 200)
    time.sleep(20 * T1)
    for _ in range(3):
        accept(second, invites[1])
        second.agent.expect("ACK", 5, invites[1].call_id)
    ended(second, invites[1], "tag5070", 0)
    a.agent.expect_nothing("BYE", 0.3)
    first.dialog.request("BYE")
    a.agent.respond(a.agent.expect("BYE", 5, a.dialog.call_id), 200, "OK")
    first.agent.expect(lambda m: m.is_response and m.method == "BYE")


def forked_behind_one(a, far):
    """Three forks behind the first gateway answer one INVITE: one at once, one during the call, one
    when the call is over."""
    (first, second), (forked, other) = far, begin(a, far)
    winner = accept(first, forked, "fork-a")
    answered(a)
    first.agent.expect("ACK", 5, forked.call_id)
    second.agent.respond(second.agent.expect("CANCEL", 5, other.call_id), 200)
    second.agent.respond(other, 487, tag="tag5070")
    accept(first, forked, "fork-b")
    ended(first, forked, "fork-b")
    a.agent.expect_nothing("BYE", 0.3)
    hang_up(a, first, winner)
    accept(first, forked, "fork-c")
    ended(first, forked, "fork-c")


def given_up(a, far):
    """The first gateway is silent, so the second is called; it answers, and then the first does."""
    first, second = far
    a.dialog = a.agent.invite(NUMBER, a.sdp())
    silent = first.agent.expect("INVITE")
    invite = second.agent.expect("INVITE")
    winner = accept(second, invite)
    answered(a)
    second.agent.expect("ACK", 5, invite.call_id)
    accept(first, silent)
    ended(first, silent, "tag5060")
    a.agent.expect_nothing("BYE", 0.3)
    hang_up(a, second, winner)


def run():
    with Lab(change=change(parallel=True)) as lab:
        timers = lab.metric("portcullis_timers")
        a = Party(lab, "pbx", 31000)
        far = [Party(lab, "carrier", 41000 + port, agent=UserAgent(lab, "carrier", port))
               for port in PORTS]
        captures = {side: Capture(lab, side) for side in SBC}
        both_at_once(lab, a, far)
        loser_answers_late(a, far)
        forked_behind_one(a, far)
        document = lab.get("/config")
        change(parallel=False)(document)
        assert lab.put_config(document).status == 200
        given_up(a, far)
        lab.wait_calls(0)

        inner, outer = captures["pbx"].stop().sip(), captures["carrier"].stop().sip()
        assert assert_no_half_call(inner) == 4, "the caller has one dialog for each call"
        assert len({(m.call_id, m.tag("to")) for m in responses(inner, 200, "INVITE")}) == 4
        assert assert_no_half_call(outer) == 9, "the far ends' dialogs"
        byes = requests(outer, "BYE")
        assert len(byes) == 9 and len({(m.call_id, m.tag("from"), m.tag("to")) for m in byes}) == 9
        assert len(requests(outer, "BYE", ADDRESS["carrier"])) == 1, "the winner's own"
        assert lab.metric("portcullis_late_answers_refused_total") == 5
        records = lab.wait_records(4)
        assert [r["sip_code"] for r in records] == [200] * 4
        tried = [sorted(t["code"] for t in r["attempts"]) for r in records]
        assert tried == [[200, 487]] * 3 + [[200, 408]], tried
        lab.wait_empty(timers)
