# SPDX-License-Identifier: BSD-2-Clause
"""SIP over TCP, judged on both wires: calls one after the other share one connection on each side (RFC
3261 18, RFC 5923), in both directions; pings are answered, and sent as configured (RFC 5626); a bad
message in an intact frame costs the connection nothing, broken framing, half a message and pings that
nobody answers end it; no source gets more than its share of connections, and other calls go on. An end
whose connection was reset within a call is called again for the next request."""
import socket
import struct
import time

from tests.support import netns
from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import assert_no_half_call, final_answer, requests
from tests.support.sipmsg import finish, token
from tests.support.tcp_ua import TcpAgent
from tests.support.wait import wait_for

SHARDS = (1,)  # each shard has connections of its own
DEAF = 5070
PORT = {"pbx": 31000, "carrier": 41000}
CALLS = 3
PER_SOURCE = 256  # connections of one address
PATIENCE = 10  # s, for a message to become complete, and for a ping to be answered


def over_tcp(document):
    """The carrier by TCP, and a second gateway of its own at the same host that answers no pings."""
    def gateway(port):
        return f"sip:{ADDRESS['carrier']}:{port};transport=tcp"
    document["trunks"][1]["gateways"][0]["uri"] = gateway(5060)
    document["trunks"].append({"name": "deaf", "realm": "peer", "match": {"sources": ["198.18.1.77"]},
                               "gateways": [{"name": "deaf", "uri": gateway(DEAF)}]})
    document["routes"].insert(0, {"name": "to-deaf", "priority": 0, "trunks": ["deaf"],
                                  "match": {"trunk": "pbx", "called_prefix": "+4977"}})
    for interface in document["sip_interfaces"]:
        if interface["name"] == "peer-v4":
            interface["keepalive_s"] = 1


def call(a, b, number, end_by):
    """One answered call, hung up by that agent."""
    dialog = a.invite(number, sdp(a.address, PORT[a.side]))
    invite = b.expect("INVITE", 10)
    far = b.accept(invite, sdp(b.address, PORT[b.side]))
    dialog.ack(a.expect(200, 10, dialog.call_id))
    b.expect("ACK", 10, far.call_id)
    ending, other = (dialog, b) if end_by is a else (far, a)
    ending.request("BYE")
    other.respond(other.expect("BYE", 10), 200, "OK")
    end_by.expect(lambda m: m.is_response and m.method == "BYE", 10, ending.call_id)


def options(agent, change=None):
    """An OPTIONS to the appliance itself; `change` replaces text in it."""
    text = finish([f"OPTIONS sip:{SBC['pbx']} SIP/2.0",
                   f"Via: SIP/2.0/TCP {agent.host}:{agent.port};branch=z9hG4bK{token()}",
                   "Max-Forwards: 70", f"From: <sip:a@{agent.host}>;tag={token()}",
                   f"To: <sip:{SBC['pbx']}>", f"Call-ID: {token()}", "CSeq: 1 OPTIONS"], None)
    return text.replace(*change) if change else text


def is_final(message):
    return message.is_response and message.method == "OPTIONS"


def asks(agent, status, change=None):
    agent.send_raw(options(agent, change))
    answer = agent.expect(lambda m: m.is_response and m.status >= 200, 10)
    assert answer.status == status, f"{change}: {answer}"


def pings(agent, other):
    """RFC 5626 3.5.1: a double CRLF is answered by a single one; a single one by nothing."""
    stream = agent.streams[0]
    agent.send_raw(b"\r\n\r\n")
    wait_for(lambda: stream.pongs == 1, 10, "no pong")
    agent.send_raw(b"\r\n\r\n" + options(agent) + b"\r\n")  # a ping, a message, a pong of ours
    assert agent.expect(is_final, 10).status == 200
    asks(agent, 200)
    assert stream.pongs == 2 and stream.pings == 0, (stream.pongs, stream.pings)
    # Those that we connected to are pinged if their interface says so (4.4.1).
    wait_for(lambda: other.streams[0].pings, 10, "no ping on the connection to the carrier")


def bad_messages(lab, agent):
    """RFC 3261 18.3: where the frame is intact, the next message is found behind a bad one."""
    asks(agent, 400, (b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE"))
    asks(agent, 400, (b"Max-Forwards: 70", b"Max-Forwards: many"))
    asks(agent, 505, (b" SIP/2.0\r\n", b" SIP/7.0\r\n"))
    agent.send_raw(options(agent, (b"From:", b"Form:")) + options(agent))
    assert agent.expect(lambda m: is_final(m) and m.status == 200, 10)
    assert agent.streams[0].is_open
    for name, data in (("negative length", options(agent, (b"Length: 0", b"Length: -1"))),
                       ("two lengths", options(agent, (b"Length: 0", b"Length: 0\r\nContent-Length: 5"))),
                       ("impossible length", options(agent, (b"Length: 0", b"Length: 4294967328"))),
                       ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")):
        broken = TcpAgent(lab, "pbx")
        asks(broken, 200)
        broken.send_raw(data + options(broken, (b"sip:a@", b"sip:unread@")))
        broken.wait_closed(10, name)
    assert lab.metric("portcullis_sip_drops_total", reason="broken_framing") == 4


def limit_per_source(lab, known, others):
    """Over the limit a connection is taken and closed at once; those before it stand, and a place that
    is left is given again. `known` connections of that address and `others` are there already."""
    lab.wait_metric("portcullis_sip_connections", known + others)
    made = []
    for _ in range(PER_SOURCE - known + 2):
        one = netns.make_socket(lab.namespace("pbx"), ADDRESS["pbx"], 0, socket.SOCK_STREAM)
        one.settimeout(10)
        one.connect((SBC["pbx"], 5060))
        made.append(one)
    lab.wait_metric("portcullis_sip_drops_total", 2, reason="connection_cap")
    assert made[-1].recv(1) == made[-2].recv(1) == b"", "a connection over the limit stands"
    lab.wait_metric("portcullis_sip_connections", PER_SOURCE + others)
    for one in made:
        one.close()
    lab.wait_metric("portcullis_sip_connections", known + others)
    asks(TcpAgent(lab, "pbx"), 200)


def silence(lab, carrier, deaf):
    """A message that is never completed, and an end that answers no ping (RFC 5626 4.4.1), at once."""
    half, began = TcpAgent(lab, "pbx"), time.monotonic()
    half.send_raw(options(half)[:100])
    closed = half.wait_closed(PATIENCE + 10, "half a message")
    assert closed - began > PATIENCE - 1, f"given up after {closed - began:.1f} s"
    assert lab.metric("portcullis_sip_drops_total", reason="header_timeout") == 1
    deaf.wait_closed(PATIENCE + 10, "a connection that answers no ping")
    assert deaf.streams[0].pings == 1, "pinged again while an answer was missing"
    assert carrier.streams[0].is_open, "a connection that answers pings was closed"


def connections(messages, calls):
    """The pairs of ends that these calls used, all of each."""
    return {frozenset((m.source, m.target)) for m in messages if m.call_id in calls}


def judge(captures):
    """One connection for all of the PBX's calls, one for all of the carrier's; two to the deaf gateway,
    the second when the first was given up."""
    inside, outside = (captures[side].sip() for side in ("pbx", "carrier"))
    invites = requests(outside, "INVITE", SBC["carrier"])
    of_deaf = [m for m in invites if m.target[1] == DEAF]
    assert (len(invites), len(of_deaf)) == (CALLS + 3, 2), invites
    used = connections(outside, {m.call_id for m in invites} - {m.call_id for m in of_deaf})
    assert len(used) == 1, f"connections to the carrier: {used}"
    first, second = (connections(outside, {m.call_id}) for m in of_deaf)
    assert len(first) == len(second) == 1 and first != second, f"to the deaf: {first}, {second}"
    used = connections(inside, {m.call_id for m in requests(inside, "INVITE")})
    assert len(used) == 1, f"connections of the PBX: {used}"
    for messages in (inside, outside):
        assert assert_no_half_call(messages) == CALLS + 3
        for message in messages:
            if not message.is_response and message.method in ("INVITE", "BYE"):
                assert final_answer(messages, message), f"nobody answered {message}"
                assert message.header("via").startswith("SIP/2.0/TCP "), message.header("via")
    assert all(f.protocol == "tcp" for f in captures["carrier"].frames() if f.payload), "UDP was used"
    answers = [m for m in inside if m.is_response and m.method == "OPTIONS"]
    assert answers and not [m for m in answers if "unread" in m.header("from")], "read behind a break"


def reset(lab, stream):
    """That end is gone without a word (RST), and the appliance has seen it."""
    before = lab.metric("portcullis_sip_connections")
    stream.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.is_open = False
    stream.connection.close()
    lab.wait_metric("portcullis_sip_connections", before - 1)


def vanished(lab, carrier):
    """RFC 3261 18.1.1: the connection is not the call. Each end's is reset, and a request for it comes
    over a new one, to the address of its Contact."""
    caller, phone = TcpAgent(lab, "pbx"), TcpAgent(lab, "pbx", 5060, listen=True)
    caller.contact = phone.contact
    dialog = caller.invite("+4938", sdp(caller.address, PORT["pbx"]))
    far = carrier.accept(carrier.expect("INVITE", 10), sdp(carrier.address, PORT["carrier"]))
    dialog.ack(caller.expect(200, 10, dialog.call_id))
    carrier.expect("ACK", 10, far.call_id)

    made = len(carrier.streams)
    reset(lab, next(s for s in carrier.streams if s.is_open))
    dialog.request("INVITE", sdp(caller.address, PORT["pbx"], "sendonly", 2))
    again = carrier.expect("INVITE", 10, far.call_id)
    assert len(carrier.streams) == made + 1, "no connection was made"
    carrier.respond(again, 200, "OK", sdp(carrier.address, PORT["carrier"], "recvonly", 2))
    dialog.ack(caller.expect(200, 10, dialog.call_id))
    carrier.expect("ACK", 10, far.call_id)

    reset(lab, caller.streams[0])
    far.request("BYE")
    phone.respond(phone.expect("BYE", 10, dialog.call_id), 200, "OK")
    carrier.expect(lambda m: m.is_response and m.method == "BYE" and m.status == 200, 10)
    assert len(phone.streams) == 1, "no connection was made to the PBX"
    lab.wait_calls(0)


def run():
    with Lab(over_tcp) as lab:
        captures = {side: Capture(lab, side, "port 5060 or port 5070") for side in PORT}
        pbx = TcpAgent(lab, "pbx")
        carrier = TcpAgent(lab, "carrier", 5060, listen=True)
        deaf = TcpAgent(lab, "carrier", DEAF, listen=True, pong=False)
        call(pbx, deaf, "+49771", pbx)
        for n in range(CALLS):
            call(pbx, carrier, f"+4930{n}", pbx if n % 2 else carrier)
        pings(pbx, carrier)
        bad_messages(lab, pbx)
        limit_per_source(lab, 1, 2)
        silence(lab, carrier, deaf)
        call(pbx, deaf, "+49772", deaf)
        call(pbx, carrier, "+4939", carrier)
        lab.wait_calls(0)
        assert len(deaf.streams) == 2 and len(carrier.streams) == 1 and pbx.streams[0].is_open
        judge(captures)
        vanished(lab, carrier)
