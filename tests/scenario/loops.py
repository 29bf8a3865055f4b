# SPDX-License-Identifier: BSD-2-Clause
"""What ends circles of calls, and what is refused for what it asks, judged on both wires: Max-Forwards
is counted down and 0 is 483; our own INVITE that comes back is 482, with another number it is a
spiral and carried; a circle through another B2BUA is cut by the loop guard, a chain of numbers is not;
Join, unknown methods and unknown extensions get their own answers, before anything is sent on."""
import re

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import options_of, requests, responses
from tests.support.sipmsg import SipMessage, finish, token
from tests.support.ua import UserAgent

PORT = {"pbx": 31000, "carrier": 41000}
RINGS = 5  # predecessors of a call until it counts as a loop (RFC 5393 has no number; ours is this)
SPIRAL = RINGS + 3


def carrier_to_itself(document):
    document["routes"].insert(0, {"name": "back-to-carrier", "priority": 0,
                                  "match": {"trunk": "carrier", "called_prefix": "+4966"},
                                  "trunks": ["carrier"]})


class Ends:
    """The two ends, and what went over each wire."""

    def __init__(self, lab):
        self.lab = lab
        self.pbx, self.carrier = (UserAgent(lab, side) for side in PORT)
        self.captures = {side: Capture(lab, side) for side in PORT}

    def invite(self, number, headers=(), hops=70):
        """An INVITE from the PBX, with that Max-Forwards; answers its Call-ID."""
        call_id, branch = token(), "z9hG4bK" + token()
        start = f"INVITE sip:{number}@{SBC['pbx']} SIP/2.0"
        common = [f"Via: SIP/2.0/UDP {ADDRESS['pbx']}:5060;branch={branch};rport",
                  f"Max-Forwards: {hops}", f"From: <sip:+4940555@{ADDRESS['pbx']}>;tag={token()}",
                  f"Call-ID: {call_id}"]
        to = f"To: <sip:{number}@{SBC['pbx']}>"
        self.pbx.on_failure_send(branch, lambda answer: finish(
            [start.replace("INVITE", "ACK"), *common, f"To: {answer.header('to')}", "CSeq: 1 ACK"], None))
        data = finish([start, *common, to, "CSeq: 1 INVITE", f"Contact: <{self.pbx.contact}>", *headers],
                      sdp(ADDRESS["pbx"], PORT["pbx"]))
        self.pbx.send_request(data, SipMessage(data))
        return call_id

    def final(self, call_id, seconds=10):
        return self.pbx.expect(lambda m: m.is_response and m.status >= 200, seconds, call_id)

    def refuse(self, invite, status=486):
        self.carrier.respond(invite, status, "Enough")


def hops(ends):
    """RFC 3261 16.3 item 3, 8.1.1.6: one less on the other side, none left is 483."""
    for given, left in ((70, "69"), (2, "1"), (1, "0")):
        call_id = ends.invite(f"+49{given:04}", hops=given)
        invite = ends.carrier.expect("INVITE", 10)
        assert invite.header("max-forwards") == left, f"{given}: {invite.header('max-forwards')}"
        ends.refuse(invite)
        assert ends.final(call_id).status == 486
    call_id = ends.invite("+490000", hops=0)
    assert ends.final(call_id).status == 483


def proxied(ends, invite, number):
    """The INVITE as a proxy at the carrier sends it back to us (RFC 3261 16.6): all its own but one Via
    more, one hop less, and perhaps another Request-URI."""
    branch = "z9hG4bK" + token()
    via = f"Via: SIP/2.0/UDP {ADDRESS['carrier']}:5060;branch={branch}"
    text = invite.raw.decode()
    text = text.replace("\r\n", f"\r\n{via}\r\n", 1)
    text = re.sub(r"Max-Forwards: (\d+)", lambda m: f"Max-Forwards: {int(m.group(1)) - 1}", text)
    text = re.sub(r"^INVITE \S+", f"INVITE sip:{number}@{SBC['carrier']}", text)
    message = SipMessage(text.encode())
    ack = [line for line in text.split("\r\n\r\n")[0].split("\r\n")[1:]
           if line.split(":")[0] in ("From", "Call-ID")]
    ends.carrier.on_failure_send(branch, lambda answer: finish(
        [f"ACK sip:{number}@{SBC['carrier']} SIP/2.0", via, "Max-Forwards: 70", *ack,
         f"To: {answer.header('to')}", f"CSeq: {invite.cseq} ACK"], None))
    ends.carrier.send_request(text.encode(), message)
    return branch


def answer_to(branch):
    def final_answer(message):
        return message.is_response and message.status >= 200 and message.branch() == branch
    return final_answer


def unchanged(ends):
    """RFC 3261 16.3 item 4: the same request once more is a loop."""
    call_id = ends.invite("+4911")
    invite = ends.carrier.expect("INVITE", 10)
    answer = ends.carrier.expect(answer_to(proxied(ends, invite, "+4911")), 10)
    assert answer.status == 482, f"our own INVITE came back and was answered {answer}"
    ends.refuse(invite)
    assert ends.final(call_id).status == 486


def spiral(ends):
    """The same, but with another number, is carried."""
    call_id = ends.invite("+4912")
    invite = ends.carrier.expect("INVITE", 10)
    branch = proxied(ends, invite, "+4913")
    arrived = ends.pbx.expect("INVITE", 10)
    assert "+4913@" in arrived.uri and arrived.header("max-forwards") == "67", arrived
    assert arrived.call_id not in (call_id, invite.call_id)
    ends.pbx.respond(arrived, 480, "Nobody home")
    assert ends.carrier.expect(answer_to(branch), 10).status == 480
    ends.refuse(invite)
    assert ends.final(call_id).status == 486


def again(ends, invite, number):
    """A B2BUA at the carrier: a call of its own, in which only the hops tell of the one before."""
    branch, start = "z9hG4bK" + token(), f"INVITE sip:{number}@{SBC['carrier']} SIP/2.0"
    common = [f"Via: SIP/2.0/UDP {ADDRESS['carrier']}:5060;branch={branch}",
              f"Max-Forwards: {int(invite.header('max-forwards')) - 1}",
              f"From: <sip:+4940555@{ADDRESS['carrier']}>;tag={token()}", f"Call-ID: {token()}"]
    ends.carrier.on_failure_send(branch, lambda answer: finish(
        [start.replace("INVITE", "ACK"), *common, f"To: {answer.header('to')}", "CSeq: 1 ACK"], None))
    data = finish([start, *common, f"To: <sip:{number}@{SBC['carrier']}>", "CSeq: 1 INVITE",
                   f"Contact: <{ends.carrier.contact}>"], sdp(ADDRESS["carrier"], PORT["carrier"]))
    ends.carrier.send_request(data, SipMessage(data))
    return branch


def through_a_b2bua(ends):
    """The call comes back as its own successor, again and again; not so if the number changes."""
    call_id = ends.invite("+4966100")
    chain = [(ends.carrier.expect("INVITE", 10), None)]
    branch = again(ends, chain[0][0], "+4966100")
    for _ in range(RINGS + 2):
        got = ends.carrier.expect(lambda m, b=branch: answer_to(b)(m) or m.method == "INVITE"
                                  and not m.is_response, 10)
        if got.is_response:
            break
        chain.append((got, branch))
        branch = again(ends, got, "+4966100")
    assert got.is_response and got.status == 482, f"{got} after {len(chain)} rounds"
    assert len(chain) == RINGS + 1, f"cut after {len(chain)} rounds"
    unwind(ends, chain, call_id)

    call_id = ends.invite("+4966200")
    chain = [(ends.carrier.expect("INVITE", 10), None)]
    for n in range(1, SPIRAL):
        branch = again(ends, chain[-1][0], f"+496620{n}")
        chain.append((ends.carrier.expect("INVITE", 10), branch))
        assert f"+496620{n}@" in chain[-1][0].uri, chain[-1][0]
    unwind(ends, chain, call_id)


def unwind(ends, chain, call_id):
    """Refuses the last call first; each refusal reaches whoever made that call."""
    for invite, branch in reversed(chain):
        ends.refuse(invite)
        if branch:
            assert ends.carrier.expect(answer_to(branch), 10).status == 486
    assert ends.final(call_id).status == 486
    ends.lab.wait_calls(0)


def refused(ends):
    """What we do not do is said, whoever asks."""
    call_id = ends.invite("+4977", ["Join: 4711@nowhere;from-tag=1;to-tag=2"])  # RFC 3911
    answer = ends.final(call_id)
    assert answer.status == 488 and "Join" in answer.header("warning"), answer.headers
    call_id = ends.invite("+4977", ["Require: 100rel, moon-phase", "Require: tides"])
    answer = ends.final(call_id)  # RFC 3261 8.2.2.3: those it does not know, and only those
    assert answer.status == 420, answer
    assert options_of(answer, "unsupported") == {"moon-phase", "tides"}, answer.headers
    for method, statuses in (("TELEPORT", {501}), ("PUBLISH", {405})):
        call_id, branch = token(), "z9hG4bK" + token()
        data = finish([f"{method} sip:+4977@{SBC['pbx']} SIP/2.0",
                       f"Via: SIP/2.0/UDP {ADDRESS['pbx']}:5060;branch={branch};rport",
                       "Max-Forwards: 70", f"From: <sip:+4940555@{ADDRESS['pbx']}>;tag={token()}",
                       f"To: <sip:+4977@{SBC['pbx']}>", f"Call-ID: {call_id}", f"CSeq: 1 {method}"], None)
        ends.pbx.send_request(data, SipMessage(data))
        answer = ends.final(call_id)
        assert answer.status in statuses, answer
        assert {"invite", "ack", "cancel", "bye", "options"} <= options_of(answer, "allow"), answer.headers
        assert method.lower() not in options_of(answer, "allow")


def judge(ends):
    outside, inside = (ends.captures[side].sip() for side in ("carrier", "pbx"))
    sent = requests(outside, "INVITE", SBC["carrier"])
    for number in ("+490000", "+4977"):
        assert not [m for m in sent if number in m.header("to")], f"{number} was sent on"
    rounds = [m for m in sent if "+4966100@" in m.uri]
    assert [int(m.header("max-forwards")) for m in rounds] == [69 - 2 * n for n in range(RINGS + 1)]
    assert len({m.call_id for m in rounds}) == len(rounds), "rounds of one Call-ID"
    assert len([m for m in sent if "+49662" in m.uri]) == SPIRAL
    assert len(responses(outside, 482, "INVITE", SBC["carrier"])) == 2
    assert not responses(inside, 482, source=SBC["pbx"]), "a loop further on is not the caller's"
    for messages in (outside, inside):
        for message in requests(messages, "INVITE"):
            acked = [m for m in messages if m.method == "ACK" and m.branch() == message.branch()]
            assert acked, f"no ACK for the refusal of {message}"


def run():
    with Lab(carrier_to_itself) as lab:
        ends = Ends(lab)
        hops(ends)
        unchanged(ends)
        spiral(ends)
        through_a_b2bua(ends)
        refused(ends)
        judge(ends)
        lab.wait_idle()
