# SPDX-License-Identifier: BSD-2-Clause
"""A trunk that registers all its numbers at once (RFC 6140): a Contact without user, with bnc, and an
extension that nobody on the way may overlook; a registrar that does not know it is no registration; one
that does gets renewals, sends calls for any number of the trunk to the one contact, and is told when it
is over. Another system's binding of the same address of record is not taken for ours."""
from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import options_of, requests
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

AOR = "sip:company@carrier.example"
CONTACT = f"<sip:{SBC['carrier']}:5060;bnc>"
OTHER = "<sip:198.18.1.99:5060;bnc>;expires=3600"  # the company's other system
ASKED_S, GRANTED_S = 600, 10
NUMBERS = "+12145550102", "+12145550105", "+12145550199"


def registering(document):
    trunk = next(t for t in document["trunks"] if t["name"] == "carrier")
    trunk["registration"] = {"enabled": True, "gin": True, "aor": AOR, "expires_s": ASKED_S,
                             "registrar": "sip:carrier.example", "retry_min_s": 1, "retry_max_s": 1,
                             "outbound_proxy": f"sip:{ADDRESS['carrier']}:5060"}


def registration(lab):
    return lab.get("/trunks/carrier/status")["registration"]


def check_register(request, expires):
    """RFC 6140 5.2."""
    assert request.uri == "sip:carrier.example", request
    assert request.all("contact") == [f"{CONTACT};expires={expires}"], request.all("contact")
    assert request.header("expires") == str(expires), request.header("expires")
    assert options_of(request, "require") == {"gin"}, request.all("require")
    assert options_of(request, "proxy-require") == {"gin"}, request.all("proxy-require")
    assert "path" in options_of(request, "supported"), request.all("supported")
    for name in ("from", "to"):
        assert request.header(name).startswith(f"<{AOR}>"), request.header(name)


def grant(registrar, request):
    registrar.respond(request, 200, "OK", headers=[
        f"Contact: {OTHER}", f"Contact: {CONTACT};expires={GRANTED_S}",
        "Path: <sip:edge.carrier.example;lr>", "Supported: path, gin"])


def unknown_there(lab, registrar):
    """RFC 3261 8.2.2.3: a registrar that does not know the extension must not bind anything."""
    first = registrar.expect("REGISTER", 10)
    check_register(first, ASKED_S)
    registrar.respond(first, 420, "Bad Extension", headers=["Unsupported: gin"])
    wait_for(lambda: "420" in registration(lab).get("reason", ""), 5, lambda: str(registration(lab)),
             0.05)
    assert not registration(lab)["registered"]


def number_called(carrier, pbx, number):
    """RFC 6140 5.4: the number stands in front of what the Contact says, and bnc is gone."""
    dialog = carrier.invite(number, sdp(ADDRESS["carrier"], 41000), from_user="+4940555")
    assert dialog.target == f"sip:{number}@{SBC['carrier']}"
    invite = pbx.expect("INVITE")
    pbx.accept(invite, sdp(ADDRESS["pbx"], 31000))
    dialog.ack(carrier.expect(200, call_id=dialog.call_id))
    pbx.expect("ACK", call_id=invite.call_id)
    sent = dialog.request("BYE")
    pbx.respond(pbx.expect("BYE", call_id=invite.call_id), 200, "OK")
    carrier.expect(lambda m: m.is_response and m.branch() == sent.branch())
    assert invite.uri.startswith(f"sip:{number}@"), invite
    assert f"<sip:{number}@" in invite.header("to"), invite.header("to")


def judge(wire):
    sent = requests(wire.sip(), "REGISTER", SBC["carrier"])
    assert len({m.call_id for m in sent}) == 1, "the Call-ID changed"
    assert [m.cseq for m in sent] == list(range(sent[0].cseq, sent[0].cseq + len(sent))), sent
    for message in sent[:-1]:
        check_register(message, ASKED_S)
    check_register(sent[-1], 0)
    renewed = sent[2].time - sent[1].time
    assert GRANTED_S / 2 - 1 <= renewed <= GRANTED_S / 2 + 1, f"renewed after {renewed:.1f} s"
    broken = wire.tshark("_ws.malformed and sip")
    assert not broken, f"tshark objects: {broken[:3]}"


def run():
    with Lab() as lab:
        registrar, pbx = UserAgent(lab, "carrier"), UserAgent(lab, "pbx")
        wire = Capture(lab, "carrier", "udp port 5060")
        registering(lab.document)
        assert lab.put_config(lab.document).status == 200
        unknown_there(lab, registrar)
        grant(registrar, registrar.expect("REGISTER", 10))
        wait_for(lambda: registration(lab)["registered"], 5, "not registered", 0.05)
        state = registration(lab)
        assert state["aor"] == AOR and state["server"] == f"{ADDRESS['carrier']}:5060", state
        for number in NUMBERS:
            number_called(registrar, pbx, number)
        grant(registrar, registrar.expect("REGISTER", GRANTED_S))
        trunk = next(t for t in lab.document["trunks"] if t["name"] == "carrier")
        trunk["registration"]["enabled"] = False
        assert lab.put_config(lab.document).status == 200
        registrar.respond(registrar.expect("REGISTER", 5), 200, "OK", headers=[f"Contact: {OTHER}"])
        lab.wait_calls(0)
        judge(wire)
