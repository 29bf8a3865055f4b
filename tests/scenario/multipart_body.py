# SPDX-License-Identifier: BSD-2-Clause
"""Bodies of several parts (RFC 5621, RFC 3204), judged on the wire: a part whose type both trunks list
crosses byte for byte beside a description that is written anew, in INVITE, 200 and BYE; any other
optional part stays behind; a call with a part that must be understood and may not pass is refused
with 415 before anything of it is sent on."""
import re

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests, responses
from tests.support.ua import UserAgent

PORT = {"pbx": 31000, "carrier": 41000}
EVERY_BYTE = bytes(range(256))  # with NUL, a lone CR, a lone LF and dashes: nothing may be touched
ISUP = b"\x01\x00\x49\x00\r\n--not-the-boundary\r\n" + EVERY_BYTE
PIDF = b"<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:stays-behind'/>"
MULTIPART = re.compile(r"multipart/mixed\s*;\s*boundary=\"?([^\";]+)\"?$", re.I)


def isup(content=ISUP, handling="optional"):
    return (b"Content-Type: application/ISUP;version=itu-t92+;base=itu-t92+\r\n"
            b"Content-Disposition: signal;handling=" + handling.encode() + b"\r\n\r\n" + content)


def pidf(handling="optional"):
    disposition = f"Content-Disposition: render;handling={handling}\r\n" if handling else ""
    return (b"Content-Type: application/pidf+xml\r\nContent-ID: <here@pbx>\r\n" +
            disposition.encode() + b"\r\n" + PIDF)


def body(*parts, boundary="unique-boundary-1"):
    """(headers, body) of a multipart/mixed."""
    text = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return [f'Content-Type: multipart/mixed;boundary="{boundary}"'], \
        text + b"--" + boundary.encode() + b"--\r\n"


def description(side):
    return b"Content-Type: application/sdp\r\n\r\n" + sdp(ADDRESS[side], PORT[side]).encode()


def parts_of(message):
    """The parts of a multipart/mixed, each with its header fields, exactly as sent (RFC 2046 5.1.1)."""
    found = MULTIPART.match(message.header("content-type"))
    assert found, f"not a multipart: {message.header('content-type')}"
    pieces = (b"\r\n" + message.body).split(b"\r\n--" + found.group(1).encode())
    assert not pieces[0] and pieces[-1].rstrip(b"\r\n") == b"--", "preamble or no closing delimiter"
    assert all(piece.startswith(b"\r\n") for piece in pieces[1:-1])
    return [piece[2:] for piece in pieces[1:-1]]


class Wire:
    """The two ends, and what went over each wire."""

    def __init__(self, lab):
        self.lab = lab
        self.agents = {side: UserAgent(lab, side) for side in PORT}
        self.captures = {side: Capture(lab, side) for side in PORT}

    def listed(self, pbx=(), carrier=()):
        """Sets which parts each trunk lets pass."""
        for trunk, types in zip(self.lab.document["trunks"], (pbx, carrier)):
            trunk["session"] = {"pass_body_parts": list(types)}
        answer = self.lab.put_config(self.lab.document)
        assert answer.status == 200, answer.body

    def call(self, number, parts, answer=None, bye=None):
        """One answered call from the PBX, whose INVITE has these parts."""
        a, b = self.agents["pbx"], self.agents["carrier"]
        headers, content = body(*parts)
        dialog = a.invite(number, content, headers)
        invite = b.expect("INVITE", 10)
        headers, content = answer or ([], sdp(ADDRESS["carrier"], PORT["carrier"]))
        b.accept(invite, content, headers)
        dialog.ack(a.expect(200, 10, dialog.call_id))
        b.expect("ACK", 10)
        headers, content = bye or ([], None)
        dialog.request("BYE", content, headers)
        b.respond(b.expect("BYE", 10), 200, "OK")
        a.expect(lambda m: m.is_response and m.method == "BYE", 10)
        self.lab.wait_calls(0)

    def refused(self, number, *parts):
        """A call that must be answered 415."""
        a = self.agents["pbx"]
        headers, content = body(*parts)
        dialog = a.invite(number, content, headers)
        answer = a.expect(lambda m: m.is_response and m.status >= 200, 10, dialog.call_id)
        assert answer.status == 415, f"{number}: {answer}"
        assert "application/sdp" in answer.header("accept"), answer.headers  # RFC 3261 21.4.13
        self.lab.wait_calls(0)

    def sent(self, side, method, number):
        """The one request of that method for `number` that the appliance sent to that side."""
        found = [m for m in requests(self.captures[side].sip(), method, SBC[side])
                 if number in m.header("to")]
        assert len(found) == 1, f"{len(found)} {method} for {number} towards {side}"
        return found[0]


def calls(wire):
    """All calls; judged afterwards. One configuration after the other."""
    wire.call("+49301", [description("pbx"), isup()])  # nobody lists anything
    wire.refused("+49302", description("pbx"), isup(handling="required"))
    wire.refused("+49303", description("pbx"), pidf(handling=None))  # RFC 3261 20.11: the default

    both = ["application/isup"]
    wire.listed(both, both)
    wire.call("+49304", [isup(handling="required"), description("pbx"), pidf()],
              answer=body(description("carrier"), isup(b"\x09\x14\x00" + EVERY_BYTE)),
              bye=body(isup(b"\x0c\x02\x00\x02\x80\x90")))
    wire.refused("+49305", description("pbx"), isup(), pidf(handling="required"))

    wire.listed(both, ())
    wire.call("+49306", [description("pbx"), isup()])


def judge(wire):
    for number in ("+49301", "+49306"):
        plain = wire.sent("carrier", "INVITE", number)
        assert plain.header("content-type") == "application/sdp", plain.headers
        rewritten(plain, plain.body, "carrier")

    mixed = wire.sent("carrier", "INVITE", "+49304")
    first, second = parts_of(mixed)  # the PIDF stayed behind; the order stands
    assert first == isup(handling="required"), f"the part was changed: {first!r}"
    rewritten(mixed, second.partition(b"\r\n\r\n")[2], "carrier")

    answer = [m for m in responses(wire.captures["pbx"].sip(), 200, "INVITE", SBC["pbx"])
              if "+49304" in m.header("to")][0]
    first, second = parts_of(answer)
    rewritten(answer, first.partition(b"\r\n\r\n")[2], "pbx")
    assert second == isup(b"\x09\x14\x00" + EVERY_BYTE), f"the part was changed: {second!r}"

    bye = wire.sent("carrier", "BYE", "+49304")
    assert parts_of(bye) == [isup(b"\x0c\x02\x00\x02\x80\x90")], bye.body
    assert bye.header("content-length") == str(len(bye.body))

    raw = wire.captures["carrier"].raw()
    assert b"stays-behind" not in raw, "a part that nobody lists crossed"
    for number in ("+49302", "+49303", "+49305"):
        assert number.encode() not in raw, f"{number}, refused, was sent on"


def rewritten(message, description_text, side):
    """The description names our address only, and the length is right."""
    far = ADDRESS["pbx" if side == "carrier" else "carrier"]
    assert message.header("content-length") == str(len(message.body)), message.headers
    text = description_text.decode()
    assert f"c=IN IP4 {SBC[side]}\r\n" in text, text
    assert far.encode() not in message.raw, f"{far} crossed in {message}"
    assert message.source[0] == SBC[side]


def run():
    with Lab() as lab:
        wire = Wire(lab)
        calls(wire)
        judge(wire)
