# SPDX-License-Identifier: BSD-2-Clause
"""User-to-User (RFC 7433) by policy, judged on the wire: in INVITE, 18x, 200, refusal, re-INVITE and BYE
it crosses towards a side that wants it, in both directions, several of them and with their parameters; it
is dropped towards a side that does not, where it is longer than that side takes, and where it is no
User-to-User; one side's policy is not the other's."""
from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.ua import UserAgent

PORT = {"pbx": 31000, "carrier": 41000}
LIMIT = 16  # octets that the carrier takes
PLAIN = "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui;content=isdn-uui"
TOKEN = "c2Vzc2lvbi00Nw;encoding=base64;purpose=callcenter"
LONG = "04" + "ab" * LIMIT  # one octet more than that
NAME = "user-to-user"


def header(value):
    return f"User-to-User: {value}"


class Wire:
    """Two scripted ends, and what the appliance said to each."""

    def __init__(self, lab):
        self.lab = lab
        self.agents = {side: UserAgent(lab, side) for side in PORT}
        self.captures = {side: Capture(lab, side, "udp port 5060") for side in PORT}

    def call(self, caller, number, tagged, bye_by_caller=True):
        """A call with 180, 200, a re-INVITE of the caller's and BYE; `tagged(what)`: the User-to-User
        lines of each of these messages."""
        callee = "carrier" if caller == "pbx" else "pbx"
        a, b = self.agents[caller], self.agents[callee]
        near = a.invite(number, sdp(a.address, PORT[caller]), tagged("INVITE"))
        invite = b.expect("INVITE")
        ringing = b.respond(invite, 180, "Ringing", headers=tagged("180"))
        a.expect(180, call_id=near.call_id)
        far = b.accept(invite, sdp(b.address, PORT[callee]), tagged("200"), tag=ringing.tag("to"))
        near.ack(a.expect(200, call_id=near.call_id))
        b.expect("ACK", call_id=far.call_id)
        sent = near.request("INVITE", sdp(a.address, PORT[caller], version=2), tagged("re-INVITE"))
        b.respond(b.expect("INVITE", call_id=far.call_id), 200, "OK",
                  sdp(b.address, PORT[callee], version=2))
        near.ack(a.expect(lambda m: m.is_response and m.status == 200 and
                          m.branch() == sent.branch()))
        b.expect("ACK", call_id=far.call_id)
        ending, other = (near, b) if bye_by_caller else (far, a)
        ending.request("BYE", None, tagged("BYE"))
        other.respond(other.expect("BYE"), 200, "OK")
        ending.agent.expect(lambda m: m.is_response and m.method == "BYE", call_id=ending.call_id)
        self.lab.wait_calls(0)

    def refused(self, number, headers):
        """A call of the PBX's that the carrier refuses."""
        pbx, carrier = self.agents["pbx"], self.agents["carrier"]
        near = pbx.invite(number, sdp(pbx.address, PORT["pbx"]))
        carrier.respond(carrier.expect("INVITE"), 486, "Busy Here", headers=headers)
        pbx.expect(486, call_id=near.call_id)
        self.lab.wait_calls(0)

    def said(self, side, number):
        """What the appliance said to that side in the call of `number`: what -> User-to-User values.
        The second INVITE of a call is its re-INVITE."""
        messages = [m for m in self.captures[side].sip() if m.source[0] == SBC[side]]
        ids = {m.call_id for m in self.captures[side].sip() if number in m.header("to")}
        found, branches = {}, set()
        for message in (m for m in messages if m.call_id in ids):
            if message.is_response:
                if message.method != "INVITE" or message.status == 100:
                    continue
                what = str(message.status)
            elif message.method == "INVITE":
                branches.add(message.branch())
                what = "INVITE" if len(branches) == 1 else "re-INVITE"
            else:
                what = message.method
            found.setdefault(what, message.all(NAME))
        return found


def put(lab, side, **identity):
    trunk = next(t for t in lab.document["trunks"] if t["name"] == side)
    trunk["identity"] = identity
    answer = lab.put_config(lab.document)
    assert answer.status == 200, answer.body


def calls(lab, wire):
    def both(what):  # each message with values that no other has
        return [header(f"{what.encode().hex()};encoding=hex"), header(TOKEN)]

    wire.call("pbx", "+49301", both)  # nobody asked for it
    put(lab, "carrier", user_to_user="pass", user_to_user_max=LIMIT)
    wire.call("pbx", "+49302", both)  # only towards the carrier
    put(lab, "pbx", user_to_user="pass")
    wire.call("pbx", "+49303", both, bye_by_caller=False)
    wire.call("carrier", "+49304", lambda what: [header(PLAIN)] if what in ("INVITE", "BYE") else [])
    wire.refused("+49305", [header(PLAIN)])
    bad = [header(LONG), header("56a;encoding=hex"), header("xyz"), header("56a3;purpose=\r\n\t,x")]
    wire.call("pbx", "+49306", lambda what: [header(PLAIN)] + bad if what == "INVITE" else bad)
    put(lab, "carrier", user_to_user="drop")
    wire.call("carrier", "+49307", both)  # only towards the PBX


def crossed(what):
    return [f"{what.encode().hex()};encoding=hex", "c2Vzc2lvbi00Nw;purpose=callcenter;encoding=base64"]


def check(wire, side, number, wanted):
    """`wanted`: what -> values; everything else of the call has none."""
    said = wire.said(side, number)
    assert said, f"nothing of {number} towards {side}"
    for what, values in said.items():
        assert values == wanted.get(what, []), f"{number} {what} towards {side}: {values}"
    assert not wanted.keys() - said.keys(), f"{number}: {wanted.keys() - said.keys()} was not sent"


def judge(wire):
    requests_of_a, answers = ("INVITE", "re-INVITE"), ("180", "200")
    check(wire, "carrier", "+49301", {})
    check(wire, "pbx", "+49301", {})
    check(wire, "carrier", "+49302", {w: crossed(w) for w in (*requests_of_a, "BYE")})
    check(wire, "pbx", "+49302", {})
    check(wire, "carrier", "+49303", {w: crossed(w) for w in requests_of_a})
    check(wire, "pbx", "+49303", {w: crossed(w) for w in (*answers, "BYE")})
    plain = ["56a390f3d2b7310023a2;purpose=isdn-uui;content=isdn-uui;encoding=hex"]
    check(wire, "pbx", "+49304", {"INVITE": plain, "BYE": plain})
    check(wire, "pbx", "+49305", {"486": plain})
    check(wire, "carrier", "+49306", {"INVITE": plain})
    check(wire, "carrier", "+49307", {})
    check(wire, "pbx", "+49307", {w: crossed(w) for w in (*requests_of_a, "BYE")})
    broken = [line for side in PORT for line in wire.captures[side].tshark("_ws.malformed and sip")]
    assert not broken, f"tshark objects: {broken[:3]}"


def run():
    with Lab() as lab:
        wire = Wire(lab)
        calls(lab, wire)
        for capture in wire.captures.values():
            capture.stop()
        judge(wire)
