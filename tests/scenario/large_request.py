# SPDX-License-Identifier: BSD-2-Clause
"""A request of more than 1300 bytes to a gateway over UDP goes by TCP, and says so in its Via; where TCP
is refused, or nobody answers it, it goes by UDP after all, the same transaction, once (RFC 3261 18.1.1).
Its responses come back the way it went, however large they are (18.2.2). Small ones stay with UDP."""
import subprocess

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests, responses
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.ua import UserAgent

LIMIT = 1300
REFUSING, SILENT = "198.18.1.52", "198.18.1.54"  # carriers without TCP
TCP_PATIENCE_S = 2


def telephone_events(count=20):
    """Attributes that the appliance carries across: `count` payload types that are all different."""
    return [line for n in range(96, 96 + count)
            for line in (f"a=rtpmap:{n} telephone-event/{8000 + n}", f"a=fmtp:{n} 0-15,32-49,64-88")]


def large(description):
    """The same description, with far more to say."""
    types = " ".join(str(n) for n in range(96, 116))
    return description.replace("RTP/AVP 8\r\n", f"RTP/AVP 8 {types}\r\n") + \
        "".join(f"{line}\r\n" for line in telephone_events())


def change(document):
    for prefix, address in (("+491", REFUSING), ("+492", SILENT)):
        name = f"to{prefix[1:]}"
        document["trunks"].append({
            "name": name, "realm": "peer",
            "gateways": [{"name": name, "uri": f"sip:{address}:5060;transport=udp"}]})
        document["routes"].append({"name": name, "match": {"trunk": "pbx", "called_prefix": prefix},
                                   "trunks": [name]})


def carried(capture, call_id):
    """The transports that carried anything of that dialog."""
    return {f.protocol for f in capture.frames() if call_id.encode() in f.payload}


def via(message):
    return message.header("via").split()[0].split("/")[2]


def call(near, far, number, body):
    """A call whose offer is `body(description)` and whose answer likewise; answers (the caller's INVITE
    as the callee got it, the 200 as the caller got it)."""
    caller = near.invite(number, body(talk_sdp(near, 31000)))
    callee = far.incoming(seconds=10)
    callee.ring()
    callee.accept(body(talk_sdp(far, 41000)))
    answer = caller.expect(200, 10)
    caller.bye(10)
    callee.expect("BYE", 10)
    return callee.request, answer


def by_tcp(lab, near, far, number):
    """To a far end with UDP and TCP: a large one, then a small one though the connection is open."""
    wire = Capture(lab, far.side)
    before = lab.metric("portcullis_sip_requests_moved_to_tcp_total")
    invite, answer = call(near, far, number, large)
    small, _ = call(near, far, number, str)
    assert lab.metric("portcullis_sip_requests_moved_to_tcp_total") == before + 1
    messages = wire.stop().sip()
    assert len(invite.raw) > LIMIT and len(answer.raw) > LIMIT, (len(invite.raw), len(answer.raw))
    sent = {m.call_id: m for m in requests(messages, "INVITE", SBC[far.side])}
    one = sent[invite.call_id]
    assert via(one) == "TCP" and f"/TCP {SBC[far.side]}:5060;" in one.header("via"), one.header("via")
    for frame in wire.frames():  # neither the INVITE nor what answers it
        if frame.protocol == "udp" and invite.call_id.encode() in frame.payload:
            assert b" INVITE\r\n" not in frame.payload, frame.payload[:60]
    final = responses([m for m in messages if m.call_id == invite.call_id], 200, "INVITE")
    assert len(final) == 1 and len(final[0].raw) > LIMIT, final
    assert (final[0].source, final[0].target) == (one.target, one.source), "not on its connection"
    assert len(small.raw) <= LIMIT and via(sent[small.call_id]) == "UDP"
    assert carried(wire, small.call_id) == {"udp"}, carried(wire, small.call_id)


def ended_early(lab, near, far, number):
    """The CANCEL of a large INVITE, and the ACK of what refuses one, go its way with its branch
    (9.1, 17.1.1.3)."""
    wire = Capture(lab, far.side)
    for cancelled in (False, True):
        caller = near.invite(number, large(talk_sdp(near, 31000)))
        callee = far.incoming(seconds=10)
        callee.ring()
        caller.expect(180, 10)
        if cancelled:
            caller.cancel()
        else:
            callee.respond(486)
        final = caller.expect_final("INVITE", 10)
        assert final.status == (487 if cancelled else 486), str(final)
        lab.wait_calls(0)
        far.expect(lambda e, c=callee: e.call == c.name and e.state == "terminated", 10,
                   "the end of the call")
    messages = wire.stop().sip()
    sent = requests(messages, "INVITE", SBC[far.side])
    assert len(sent) == 2, sent
    for invite, methods in zip(sent, (("ACK",), ("CANCEL", "ACK"))):
        for method in methods:
            like = [m for m in requests(messages, method, SBC[far.side])
                    if m.call_id == invite.call_id]
            assert len(like) == 1 and like[0].header("via") == invite.header("via"), method
            assert like[0].source == invite.source, f"{method} is not on the connection"
        assert carried(wire, invite.call_id) == {"tcp"}


def by_udp(lab, number, address, port):
    """To a far end that has only UDP, from one that has only UDP."""
    caller, far = UserAgent(lab, "pbx", port), UserAgent(lab, "carrier", address=address)
    wires = {side: Capture(lab, side) for side in ("pbx", "carrier")}
    before = lab.metric("portcullis_sip_requests_back_to_udp_total")
    dialog = caller.invite(number, large(sdp(caller.address, 31000)))
    invite = far.expect("INVITE", 10 + TCP_PATIENCE_S)
    theirs = far.accept(invite, large(sdp(address, 41000)))
    answer = caller.expect(200, 10)
    dialog.ack(answer)
    far.expect("ACK", 10)
    # The callee's turn: its re-INVITE is as large, and goes the other way.
    sent = theirs.request("INVITE", large(sdp(address, 41000, "sendonly", 2)))
    again = caller.expect("INVITE", 10 + TCP_PATIENCE_S)
    caller.respond(again, 200, "OK", large(sdp(caller.address, 31000, "recvonly", 2)))
    final = far.expect(lambda m: m.is_response and m.branch() == sent.branch() and m.status >= 200, 10)
    assert final.status == 200 and len(final.raw) > LIMIT, str(final)
    theirs.ack(final)
    caller.expect("ACK", 10)
    dialog.request("BYE")
    far.respond(far.expect("BYE", 10), 200, "OK")
    caller.expect(lambda m: m.is_response and m.method == "BYE", 10)
    lab.wait_calls(0)
    assert lab.metric("portcullis_sip_requests_back_to_udp_total") == before + 2
    for side, there, request, reply in (("carrier", address, invite, None),
                                        ("pbx", ADDRESS["pbx"], again, answer)):
        wire = wires[side].stop()
        assert len(request.raw) > LIMIT and via(request) == "UDP", request.header("via")
        assert reply is None or len(reply.raw) > LIMIT, len(reply.raw)
        tried = [f for f in wire.frames() if f.protocol == "tcp" and f.target[0] == there]
        assert tried and not any(f.payload for f in tried), "TCP was not tried, or it was not refused"
        assert carried(wire, request.call_id) == {"udp"}
        copies = [m for m in wire.sip() if not m.is_response and m.method == "INVITE"
                  and m.branch() == request.branch()]
        assert len(copies) == 1 and copies[0].time > tried[0].time, f"sent {len(copies)} times"
    return wires["carrier"]


def run():
    with Lab(change) as lab:
        for address in (REFUSING, SILENT):
            subprocess.run(["ip", "-n", lab.namespace("carrier"), "addr", "add", f"{address}/24",
                            "dev", "sbc0"], check=True)
        drop = f"add table ip t; add chain ip t in {{ type filter hook input priority 0; }}; " \
               f"add rule ip t in ip daddr {SILENT} tcp dport 5060 drop"
        subprocess.run(lab.command("carrier", "nft", drop), check=True)

        by_udp(lab, "+491555", REFUSING, 5091)
        silent = by_udp(lab, "+492555", SILENT, 5092)
        first = next(f for f in silent.frames() if f.protocol == "tcp" and f.target[0] == SILENT)
        invite = requests(silent.sip(), "INVITE", SBC["carrier"])[0]
        assert TCP_PATIENCE_S - 0.1 < invite.time - first.time, "TCP had no time"

        pbx, carrier = SofiaPeer(lab, "pbx"), SofiaPeer(lab, "carrier")
        by_tcp(lab, pbx, carrier, "+4930123456")
        by_tcp(lab, carrier, pbx, "+4940555")
        ended_early(lab, pbx, carrier, "+4930123456")
        lab.wait_calls(0)
