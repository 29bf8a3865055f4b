# SPDX-License-Identifier: BSD-2-Clause
"""Identity and diversion headers by policy, judged on the wire: what a stranger asserts is removed,
what the PBX asserts crosses rewritten to a carrier that is trusted by contract, privacy towards an
untrusted one is applied, Diversion becomes History-Info, critical privacy that cannot be given is
refused before anything of the call is sent on. Identity (RFC 8224) crosses while it says what is sent,
Reason (RFC 3326) with CANCEL, with a refusal and with BYE."""
import base64
import json

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.ua import UserAgent

PORT = {"pbx": 31000, "carrier": 41000}
IDENTITY = ("p-asserted-identity", "p-preferred-identity", "remote-party-id", "diversion",
            "history-info", "referred-by", "privacy", "identity", "date", "geolocation",
            "geolocation-routing", "resource-priority")
DATE = "Sun, 22 Nov 2026 10:00:00 GMT"
FLASH = ["q735.2", "wps.3"]
PLACE = "<https://lis.example/place/7>"

SPOKEN = 'Reason: Q.850;cause={};text="odd"'


def passport(caller, called):
    """An Identity header's value (RFC 8225, RFC 8588); nobody here checks the signature."""
    def coded(value):
        text = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        return base64.urlsafe_b64encode(text).decode().rstrip("=")
    head = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://cert.example/c.pem"}
    claims = {"attest": "A", "dest": {"tn": [called]}, "iat": 1795341600, "orig": {"tn": caller},
              "origid": "123e4567-e89b-12d3-a456-426655440000"}
    return (f"{coded(head)}.{coded(claims)}.c2lnbmF0dXJl;info=<https://cert.example/c.pem>;alg=ES256"
            ";ppt=shaken")


def vouched(called, caller="4940555"):
    """What a caller's own network says of the call."""
    return [f"Identity: {passport(caller, called)}", f"Date: {DATE}",
            "P-Asserted-Identity: <sip:+4940777@pbx.example>", f"Geolocation: {PLACE}",
            "Geolocation-Routing: yes", *(f"Resource-Priority: {value}" for value in FLASH)]


class Wire:
    """The two ends, and what the appliance sent to each."""

    def __init__(self, lab):
        self.lab = lab
        self.agents = {side: UserAgent(lab, side) for side in ("pbx", "carrier")}
        self.captures = {side: Capture(lab, side) for side in self.agents}

    def call(self, caller, callee, number, headers, answer_headers=(), bye_headers=(), **options):
        """One answered call; answers the INVITE as the callee got it."""
        a, b = self.agents[caller], self.agents[callee]
        dialog = a.invite(number, sdp(ADDRESS[caller], PORT[caller]), headers, **options)
        invite = b.expect("INVITE")
        b.accept(invite, sdp(ADDRESS[callee], PORT[callee]), answer_headers)
        dialog.ack(a.expect(200, call_id=dialog.call_id))
        b.expect("ACK")
        dialog.request("BYE", None, bye_headers)
        b.respond(b.expect("BYE"), 200, "OK")
        a.expect(lambda m: m.is_response and m.method == "BYE")
        self.lab.wait_calls(0)
        return invite

    def sent(self, side, method, number):
        """The one request of that method for `number` on that side's wire, sent by the appliance."""
        found = [m for m in self.captures[side].sip()
                 if not m.is_response and m.method == method and m.source[0] == SBC[side] and
                 number in (m.header("to") or "")]
        assert len(found) == 1, f"{len(found)} {method} for {number} towards {side}"
        return found[0]


def put(lab, **identity):
    """Sets the carrier trunk's identity object."""
    lab.document["trunks"][1]["identity"] = identity
    answer = lab.put_config(lab.document)
    assert answer.status == 200, answer.body


def calls(lab, wire):
    """Makes all the calls; what was said is judged afterwards, from the captures."""
    wire.call("carrier", "pbx", "+49301", [
        "P-Asserted-Identity: <sip:+1900@spoof.example>",
        "Remote-Party-ID: <sip:+1900@spoof.example>;party=calling;screen=yes",
        "Diversion: <sip:+1901@spoof.example>;reason=unconditional",
        "History-Info: <sip:+1902@spoof.example>;index=1",
        "Referred-By: <sip:+1903@spoof.example>", "X-Trusted: spoof.example",
        "P-Preferred-Identity: <sip:+1904@spoof.example>", "Resource-Priority: wps.0",
        f"Identity: {passport('4940555', '49301')}", f"Date: {DATE}",
        "Geolocation: <https://lis.spoof.example/1>", "Geolocation-Routing: yes"])
    wire.call("pbx", "carrier", "+49302", [
        "P-Asserted-Identity: \"Al\" <sip:+4940777@pbx.example;x=pbx>", "Privacy: id"],
        answer_headers=["P-Asserted-Identity: <sip:+49302@carrier.example>"])
    put(lab, trust="trusted", redirection="history-info", remote_party_id="pass",
        pass_headers=[{"from": "core", "names": ["X-Account"]}])
    wire.call("pbx", "carrier", "+49303", [
        "P-Asserted-Identity: \"Al\" <sip:+4940777@pbx.example;x=pbx>", "X-Account: 4711",
        "X-Other: pbx.example",
        "Diversion: <sip:+4940888@pbx.example>;reason=no-answer;privacy=full",
        "Diversion: <sip:+4940999@pbx.example>;reason=user-busy"],
        bye_headers=["Reason: Q.850;cause=16;text=\"pbx.example\""])
    put(lab, redirection="diversion")
    wire.call("pbx", "carrier", "+49304", [
        "History-Info: <sip:+4940888@pbx.example>;index=1, "
        "<sip:+49304@pbx.example;cause=302>;index=1.1;mp=1"])


def vouching(wire):
    """The same said to a stranger, to a trusted carrier, to one that wants none of it, and to one that
    sees us as a user agent; and a signature of other numbers than those that are sent."""
    for number, policy in (("49311", {}), ("49312", {"trust": "trusted"}),
                           ("49313", {"trust": "trusted", "signature": "drop", "geolocation": "drop",
                                      "resource_priority": "drop", "asserted_identity": "drop"}),
                           ("49314", {"preferred_identity": "pass", "signature": "pass",
                                      "geolocation": "pass", "resource_priority": "pass"})):
        put(wire.lab, **policy)
        wire.call("pbx", "carrier", f"+{number}", vouched(number))
    put(wire.lab, trust="trusted")
    wire.call("pbx", "carrier", "+49315", vouched("49316"))
    wire.call("pbx", "carrier", "+49316", vouched("49316", "4940556"))


def reasons(wire):
    """Q.850 causes with what ends a call before its answer, both ways, with and without words."""
    for number, form, words in (("+49321", "cause", ""), ("+49322", "text", ';text="odd"'),
                                ("+49323", "drop", None)):
        for row in wire.lab.document["trunks"]:
            row["identity"] = {"reason": form}
        assert wire.lab.put_config(wire.lab.document).status == 200
        for caller, callee in (("pbx", "carrier"), ("carrier", "pbx")):
            a, b = wire.agents[caller], wire.agents[callee]
            # Cancelled.
            dialog = a.invite(number, sdp(ADDRESS[caller], PORT[caller]))
            invite = b.expect("INVITE")
            b.respond(invite, 180, "Ringing")
            a.expect(180, call_id=dialog.call_id)
            dialog.cancel([SPOKEN.format(16), "Reason: X-Own;cause=9"])
            cancel = b.expect("CANCEL", call_id=invite.call_id)
            b.respond(cancel, 200, "OK")
            b.respond(invite, 487)
            a.expect(487, call_id=dialog.call_id)
            # Refused.
            dialog = a.invite(number, sdp(ADDRESS[caller], PORT[caller]))
            b.respond(b.expect("INVITE"), 486, "Busy Here", headers=[SPOKEN.format(17)])
            refusal = a.expect(486, call_id=dialog.call_id)
            # Ended by the callee.
            dialog = a.invite(number, sdp(ADDRESS[caller], PORT[caller]))
            far = b.accept(b.expect("INVITE"), sdp(ADDRESS[callee], PORT[callee]))
            dialog.ack(a.expect(200, call_id=dialog.call_id))
            b.expect("ACK")
            far.request("BYE", None, [SPOKEN.format(31)])
            bye = a.expect("BYE")
            a.respond(bye, 200, "OK")
            b.expect(lambda m: m.is_response and m.method == "BYE")
            wire.lab.wait_calls(0)
            for message, cause in ((cancel, 16), (refusal, 17), (bye, 31)):
                wanted = [] if words is None else [f"Q.850;cause={cause}{words}"]
                assert message.all("reason") == wanted, (form, str(message), message.all("reason"))


def refused(wire):
    """RFC 3323 5: privacy that is critical and unknown."""
    pbx = wire.agents["pbx"]
    dialog = pbx.invite("+49305", sdp(ADDRESS["pbx"], PORT["pbx"]), ["Privacy: moon;critical"])
    answer = pbx.expect(lambda m: m.is_response and m.status >= 300, call_id=dialog.call_id)
    assert answer.status == 500, answer


def judge(wire):
    spoofed = wire.sent("pbx", "INVITE", "+49301")
    for name in IDENTITY + ("x-trusted",):
        assert not spoofed.all(name), f"{name} of a stranger crossed: {spoofed.header(name)}"
    assert b"spoof.example" not in wire.captures["pbx"].raw(), "a stranger's host crossed"

    private = wire.sent("carrier", "INVITE", "+49302")
    assert "<sip:anonymous@anonymous.invalid>" in private.header("from"), private.header("from")
    for name in IDENTITY:
        assert not private.all(name), f"{name} in a private call: {private.header(name)}"
    assert b"+4940" not in private.raw, "the number of a private caller crossed"

    told = wire.sent("carrier", "INVITE", "+49303")
    sbc = SBC["carrier"]
    assert told.all("p-asserted-identity") == [f'"Al" <sip:+4940777@{sbc}>'], told.headers
    assert told.all("remote-party-id") == [
        f'"Al" <sip:+4940777@{sbc}>;party=calling;screen=yes;privacy=off'], told.headers
    assert not told.all("diversion"), told.all("diversion")
    assert told.all("history-info") == [
        f"<sip:+4940999@{sbc}>;index=1",
        f"<sip:+4940888@{sbc};cause=486?Privacy=history>;index=1.1;mp=1",
        f"<sip:+49303@{sbc};cause=408>;index=1.1.1;mp=1.1"], told.all("history-info")
    assert told.all("x-account") == ["4711"] and not told.all("x-other"), told.headers
    bye = wire.sent("carrier", "BYE", "+49303")
    assert bye.all("reason") == ["Q.850;cause=16"], bye.all("reason")

    diverted = wire.sent("carrier", "INVITE", "+49304")
    assert diverted.all("diversion") == [
        f"<sip:+4940888@{sbc}>;reason=unconditional;counter=1"], diverted.all("diversion")
    assert not diverted.all("history-info"), diverted.headers

    judge_vouching(wire, sbc)
    raw = wire.captures["carrier"].raw()
    assert b"pbx.example" not in raw, "the PBX's host crossed"
    assert b"+49305" not in raw, "a call that had to be refused was sent on"
    broken = [line for side in wire.captures
              for line in wire.captures[side].tshark("_ws.malformed and sip")]
    assert not broken, f"tshark objects: {broken[:3]}"


def judge_vouching(wire, sbc):
    stranger, trusted, deaf, provider, other, another = (
        wire.sent("carrier", "INVITE", f"+4931{n}") for n in (1, 2, 3, 4, 5, 6))
    for name in IDENTITY:
        assert not stranger.all(name), f"{name} told to a stranger: {stranger.header(name)}"
        assert not deaf.all(name), f"{name} passed against the policy: {deaf.header(name)}"
    for told, number in ((trusted, "49312"), (provider, "49314")):
        assert told.all("identity") == [passport("4940555", number)], told.all("identity")
        assert told.all("date") == [DATE] and told.all("geolocation") == [PLACE], told.headers
        assert told.all("geolocation-routing") == ["yes"], told.headers
        assert ", ".join(told.all("resource-priority")) == ", ".join(FLASH), told.headers
    named = [f"<sip:+4940777@{sbc}>"]
    assert trusted.all("p-asserted-identity") == named and not trusted.all("p-preferred-identity")
    assert provider.all("p-preferred-identity") == named and not provider.all("p-asserted-identity")
    for told in (other, another):
        assert not told.all("identity") and not told.all("date"), "a signature of another call"
        assert told.all("geolocation") == [PLACE], told.headers


def run():
    with Lab() as lab:
        wire = Wire(lab)
        calls(lab, wire)
        refused(wire)
        vouching(wire)
        reasons(wire)
        judge(wire)
