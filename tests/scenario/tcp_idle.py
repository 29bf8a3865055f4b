# SPDX-License-Identifier: BSD-2-Clause
"""Connections without traffic are closed after their interface's idle time, whoever opened them, also
while calls are up that were set up over them; one that pings stays. The calls stand: what either end
says next in them makes the appliance open another connection to the other end, by its Contact; and new
calls are set up over that."""
import socket
import time

from tests.support import netns
from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import assert_no_half_call
from tests.support.sipmsg import finish, token
from tests.support.tcp_ua import Stream, TcpAgent
from tests.support.wait import wait_for

IDLE_S = 5
PORT = {"pbx": 31000, "carrier": 41000}


def over_tcp(document):
    for trunk in document["trunks"]:
        side = trunk["name"]
        trunk["gateways"][0]["uri"] = f"sip:{ADDRESS[side]}:5060;transport=tcp"
    for interface in document["sip_interfaces"]:
        interface["idle_timeout_s"] = IDLE_S


class Party(TcpAgent):
    """Takes connections on its port, where its Contact points to, and makes one when told to."""

    def __init__(self, lab, side):
        super().__init__(lab, side, 5060, listen=True)

    def dial(self):
        made = netns.make_socket(self.lab.namespace(self.side), self.address, 0, socket.SOCK_STREAM)
        made.settimeout(10)
        made.connect((SBC[self.side], 5060))
        self._current = Stream(made)
        self.streams.append(self._current)

    def open_streams(self):
        return [s for s in self.streams if s.is_open]


def answered(a, b, number):
    """A call from one to the other; both dialogs."""
    near = a.invite(number, sdp(a.address, PORT[a.side]))
    invite = b.expect("INVITE", 10)
    far = b.accept(invite, sdp(b.address, PORT[b.side]))
    near.ack(a.expect(200, 10, near.call_id))
    b.expect("ACK", 10, far.call_id)
    return near, far


def hang_up(dialog, other):
    """One end hangs up over whatever connection it spoke last."""
    sent = dialog.request("BYE")
    other.agent.respond(other.agent.expect("BYE", 10, other.call_id), 200, "OK")
    dialog.agent.expect(lambda m: m.is_response and m.branch() == sent.branch(), 10)


def options(agent):
    agent.send_raw(finish([
        f"OPTIONS sip:{SBC['pbx']} SIP/2.0",
        f"Via: SIP/2.0/TCP {agent.host}:{agent.port};branch=z9hG4bK{token()}", "Max-Forwards: 70",
        f"From: <sip:a@{agent.host}>;tag={token()}", f"To: <sip:{SBC['pbx']}>",
        f"Call-ID: {token()}", "CSeq: 1 OPTIONS"], None))
    assert agent.expect(lambda m: m.is_response and m.method == "OPTIONS").status == 200


def idle(pbx, carrier, steady):
    """Until only the connection that pings is left; it took as long as it should."""
    began = time.monotonic()

    def only_one_left():
        steady.send_raw(b"\r\n\r\n")
        return not pbx.open_streams() and not carrier.open_streams()
    wait_for(only_one_left, IDLE_S + 10, "idle connections are not closed", 0.5)
    took = time.monotonic() - began
    assert took > IDLE_S - 1, f"closed after {took:.1f} s"
    assert steady.streams[0].is_open, "a connection with traffic was closed"


def reinvite(near, far):
    """A re-INVITE of `near`, answered."""
    sent = near.request("INVITE", sdp(near.agent.address, PORT[near.agent.side], version=2))
    received = far.agent.expect("INVITE", 10, far.call_id)
    far.agent.respond(received, 200, "OK", sdp(far.agent.address, PORT[far.agent.side], version=2))
    final = near.agent.expect(lambda m: m.branch() == sent.branch() and m.status >= 200, 10)
    assert final.status == 200, str(final)
    near.ack(final)
    far.agent.expect("ACK", 10, far.call_id)


def opened(wire, side):
    """How many connections the appliance opened there."""
    return len(wire.tshark(f"tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.src == {SBC[side]}"))


def run():
    with Lab(over_tcp) as lab:
        wires = {side: Capture(lab, side, "port 5060") for side in PORT}
        pbx, carrier = Party(lab, "pbx"), Party(lab, "carrier")
        pbx.dial()
        first, second = (answered(pbx, carrier, f"+4930{n}") for n in range(2))
        steady = TcpAgent(lab, "pbx")
        options(steady)
        idle(pbx, carrier, steady)
        assert len(lab.calls()) == 2
        lab.wait_metric("portcullis_sip_connections", 1)

        carrier.dial()
        reinvite(first[1], first[0])  # the appliance connects to the PBX
        hang_up(second[0], second[1])  # and to the carrier
        assert len(pbx.open_streams()) == 1 and pbx.open_streams()[0] is pbx.streams[1]
        third = answered(pbx, carrier, "+49302")
        hang_up(third[1], third[0])
        hang_up(first[1], first[0])
        lab.wait_calls(0)
        for side, count in (("pbx", 1), ("carrier", 2)):
            messages = wires[side].stop().sip()
            assert assert_no_half_call(messages) == 3
            assert opened(wires[side], side) == count, opened(wires[side], side)
            assert all(f.protocol == "tcp" for f in wires[side].frames() if f.payload), "UDP"
        assert not [m for side in wires for m in wires[side].sip() if m.status == 408]
