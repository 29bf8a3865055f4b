# SPDX-License-Identifier: BSD-2-Clause
"""Malformed, hostile and stray SIP over UDP and TCP: the right failure or silence, never a crash,
never a call; good calls go on. What is refused says why in a Warning (20.43), in words of ours."""
import socket

from tests.support import netns
from tests.support.calls import Call
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipmsg import SipMessage, token
from tests.support.wait import Timeout

SILENCE = None


def request(method="OPTIONS", change=(), extra=(), body="", uri=f"sip:+4930@{SBC['pbx']}", version="SIP/2.0"):
    """A plain request; `change` maps header names to other lines (None leaves the header out)."""
    lines = {"Via": f"Via: SIP/2.0/UDP {ADDRESS['pbx']}:5060;branch=z9hG4bK{token()}",
             "Max-Forwards": "Max-Forwards: 70", "From": f"From: <sip:a@{ADDRESS['pbx']}>;tag=1",
             "To": f"To: <sip:b@{SBC['pbx']}>", "Call-ID": f"Call-ID: {token()}",
             "CSeq": f"CSeq: 7 {method}", "Contact": f"Contact: <sip:a@{ADDRESS['pbx']}>",
             "Content-Length": f"Content-Length: {len(body)}"}
    lines.update(dict(change))
    return "\r\n".join([f"{method} {uri} {version}", *(v for v in lines.values() if v), *extra, "", body])


OFFER = sdp(ADDRESS["pbx"], 31000)
SDP = ("Content-Type: application/sdp",)
# Name, message, allowed answers (RFC 3261 unless said otherwise).
CASES = (
    ("OPTIONS is answered locally (11.2)", request(), {200}),
    ("no Call-ID (8.1.1)", request(change={"Call-ID": None}), {400, SILENCE}),
    ("no From (8.1.1)", request(change={"From": None}), {400, SILENCE}),
    ("two To (7.3.1)", request(extra=["To: <sip:c@x.example>"]), {400}),
    ("two Call-ID (7.3.1)", request(extra=["Call-ID: other"]), {400}),
    ("CSeq method differs (8.1.1.5)", request(change={"CSeq": "CSeq: 7 INVITE"}), {400}),
    ("CSeq out of range (8.1.1.5)", request(change={"CSeq": "CSeq: 4294967296 OPTIONS"}), {400}),
    ("Max-Forwards 0 (16.3)", request("INVITE", {"Max-Forwards": "Max-Forwards: 0"}, SDP, OFFER), {483}),
    ("Max-Forwards not a number", request(change={"Max-Forwards": "Max-Forwards: many"}), {400}),
    ("version (21.5.6)", request(version="SIP/7.0"), {505}),
    ("unknown method (8.2.1)", request("NEWMETHOD"), {501, 405}),
    ("known, not served (8.2.1)", request("SUBSCRIBE"), {405, 403, 501}),
    ("unknown Require (8.2.2.3)", request("INVITE", (), (*SDP, "Require: nothing-i-know"), OFFER), {420}),
    ("unknown URI scheme (8.2.2.1)", request(uri="nobodyKnows:this"), {416, 400}),
    ("media type (8.2.3)", request("INVITE", (), ["Content-Type: text/x-odd"], "odd"), {415}),
    ("body longer than the datagram (18.3)", request(change={"Content-Length": "Content-Length: 999"}), {400}),
    ("negative length", request(change={"Content-Length": "Content-Length: -1"}), {400}),
    ("header smuggling", request(extra=["X-Odd :a\r\n b", "To : <sip:evil@x>"]), {400}),
    ("broken SDP", request("INVITE", (), SDP, "v=0\r\no=broken\r\nm=audio x"), {400, 488, 606}),
    ("SDP to loopback", request("INVITE", (), SDP, sdp("127.0.0.1", 5000)), {488, 400, 403, 606}),
    ("SDP to multicast", request("INVITE", (), SDP, sdp("224.2.2.2", 5000)), {488, 400, 403, 606}),
    ("900 headers", request(extra=[f"X-{n}: y" for n in range(900)]), {200, 400, 413, 513, SILENCE}),
    ("30 KB header", request(extra=["X-Long: " + "y" * 30000]), {200, 400, 413, 513, SILENCE}),
    ("800 Via", request(extra=["Via: SIP/2.0/UDP h;branch=z9hG4bKx"] * 800), {200, 400, 413, 513, SILENCE}),
    ("NUL and high bytes", request(extra=["X-Odd: \0\x01\x7f\xff\xfe"]), {200, 400, SILENCE}),
    ("stray BYE (15.1.2)", request("BYE", {"To": "To: <sip:b@x>;tag=no"}), {481}),
    ("stray CANCEL (9.2)", request("CANCEL"), {481}),
    ("stray re-INVITE (12.2.2)", request("INVITE", {"To": "To: <sip:b@x>;tag=no"}, SDP, OFFER), {481}),
    ("stray ACK (17.1.1.3)", request("ACK", {"To": "To: <sip:b@x>;tag=no"}), {SILENCE}),
    ("stray answer (18.1.2)", request().replace("OPTIONS sip:+4930@198.18.0.1 SIP/2.0", "SIP/2.0 200 OK"),
     {SILENCE}),
    ("garbage", "\0\xff\x16\x03\x01" * 40, {SILENCE}),
    ("keep-alive (RFC 5626)", "\r\n\r\n", {SILENCE}),
)

# What the refusals of some of these say.
WARNINGS = {
    "two To (7.3.1)": '399 portcullis "header given more than once"',
    "CSeq method differs (8.1.1.5)": '399 portcullis "CSeq method differs from request method"',
    "CSeq out of range (8.1.1.5)": '399 portcullis "malformed CSeq"',
    "Max-Forwards 0 (16.3)": '399 portcullis "Max-Forwards is used up"',
    "Max-Forwards not a number": '399 portcullis "malformed Max-Forwards"',
    "version (21.5.6)": '399 portcullis "unsupported SIP version"',
    "unknown method (8.2.1)": '399 portcullis "method is not served here"',
    "known, not served (8.2.1)": '399 portcullis "method is not served here"',
    "unknown Require (8.2.2.3)": '399 portcullis "an extension is required that is not supported"',
    "unknown URI scheme (8.2.2.1)": '399 portcullis "unsupported URI scheme"',
    "media type (8.2.3)": '399 portcullis "body is no session description that can be read"',
    "body longer than the datagram (18.3)": '399 portcullis "body shorter than Content-Length"',
    "negative length": '399 portcullis "malformed Content-Length"',
    "broken SDP": '307 portcullis "session description is malformed"',
    "SDP to loopback": '399 portcullis "media address cannot be sent to"',
    "SDP to multicast": '399 portcullis "media address cannot be sent to"',
    "stray BYE (15.1.2)": '399 portcullis "no such call"',
    "stray CANCEL (9.2)": '399 portcullis "no such call"',
    "stray re-INVITE (12.2.2)": '399 portcullis "no such call"',
}


def over_udp(agent):
    wrong = []
    assert set(WARNINGS) <= {name for name, _, _ in CASES}
    for name, text, allowed in CASES:
        agent.send_raw(text.encode("latin-1"))
        wait = 0.4 if SILENCE in allowed else 3
        try:
            answer = agent.expect(lambda m: m.is_response and m.status >= 200, wait)
            got, warning = answer.status, answer.header("warning")
        except Timeout:
            got, warning = SILENCE, ""
        if got not in allowed:
            wrong.append(f"{name}: {got}, allowed {allowed}")
        if name in WARNINGS and warning != WARNINGS[name]:
            wrong.append(f"{name}: Warning is {warning!r}, not {WARNINGS[name]!r}")
    return wrong


def over_tcp(lab):
    """Framing (18.3): split anywhere, several at once, impossible lengths end the connection."""
    tcp = netns.make_socket(lab.namespace("pbx"), ADDRESS["pbx"], 0, socket.SOCK_STREAM)
    tcp.settimeout(3)
    tcp.connect((SBC["pbx"], 5060))
    one = request(change={"Via": f"Via: SIP/2.0/TCP {ADDRESS['pbx']};branch=z9hG4bK{token()}"}).encode()
    for at in range(1, 40, 7):
        tcp.sendall(one[:at])
        tcp.sendall(one[at:].replace(b"CSeq: 7", b"CSeq: %d" % (at + 10)))
        assert SipMessage(tcp.recv(65536)).status == 200, f"split at {at}"
    tcp.sendall(request(change={"Content-Length": "Content-Length: 4294967328"}).encode())
    while tcp.recv(65536):
        pass
    tcp.close()


def run():
    with Lab() as lab:
        call = Call(lab)
        pids = {name: lab.pid(name) for name in ("signaling", "mediarelay", "mgmt")}
        wrong = over_udp(call.a.agent)
        assert not wrong, "\n" + "\n".join(wrong)
        over_tcp(lab)
        call.b.agent.expect_nothing("INVITE", 0.2)
        call.assert_audio()
        call.hang_up()
        lab.wait_calls(0)
        assert pids == {name: lab.pid(name) for name in pids}, "a daemon was restarted"
