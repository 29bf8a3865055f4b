# SPDX-License-Identifier: BSD-2-Clause
"""Calls over WebSocket. An endpoint with plain RTP calls the carrier over WS and over WSS: audio both
ways, a re-INVITE and the BYE of the carrier reach it over its own connection, and nothing of it shows.
Then the appliance is the client: it calls a Kamailio with a WSS server and a callee behind that, whose
BYE comes back over the appliance's connection; a server with another name is refused."""
from tests.support import kamailio
from tests.support.calls import NUMBER, Call, Party
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.tls_lab import WS_PORT, WSS_PORT, TlsLab
from tests.support.tls_ua import client_context
from tests.support.ua import UserAgent
from tests.support.ws_ua import WsAgent

TIMEOUT = 120
PROXY, BEHIND = 5080, 5070  # UDP ports of Kamailio and of the callee behind it


def from_websocket(lab, agent, carrier, port_offset):
    capture = Capture(lab, "carrier")
    call = Call(lab, parties=(Party(lab, "pbx", 31000 + port_offset, agent=agent),
                              Party(lab, "carrier", 41000 + port_offset, agent=carrier)))
    assert "transport=ws" in call.answer.header("contact"), call.answer.header("contact")
    call.assert_audio()
    offer, _ = call.reinvite(call.b, call.a, call.b.sdp("sendonly"), call.a.sdp("recvonly"))
    assert "a=sendonly" in offer.text, offer.text
    call.hang_up(call.b)
    lab.wait_calls(0)
    for message in capture.stop().sip():
        text = message.raw.decode("utf-8", "replace")
        assert ".invalid" not in text and ADDRESS["pbx"] not in text, text


def carrier_over_wss(document):
    document["sip_interfaces"].append({
        "name": "peer-wss", "realm": "peer", "address": SBC["carrier"], "port": WSS_PORT,
        "transports": ["wss"], "tls_profile": "lab"})
    carrier = next(t for t in document["trunks"] if t["name"] == "carrier")
    carrier["gateways"][0]["uri"] = f"sip:{ADDRESS['carrier']}:{WSS_PORT};transport=wss"


def to_websocket(lab, tls, caller):
    kamailio.websocket(lab, "carrier", f"{ADDRESS['carrier']}:{BEHIND}", port=PROXY,
                       tls={"folder": tls.carrier, "ca": tls.authority.ca}, wss_port=WSS_PORT)
    carrier_over_wss(lab.document)
    answer = lab.put_config(lab.document)
    assert answer.status == 200, answer.body
    callee = UserAgent(lab, "carrier", BEHIND)
    callee.sbc = (ADDRESS["carrier"], PROXY)  # all it says goes to its proxy
    capture = Capture(lab, "carrier", f"tcp port {WSS_PORT}")
    for hanging_up in (0, 1):
        call = Call(lab, parties=(Party(lab, "pbx", 31200 + hanging_up * 10, agent=caller),
                                  Party(lab, "carrier", 41200 + hanging_up * 10, agent=callee)))
        assert any("/WSS " in via for via in call.request.all("via")), call.request.text
        call.assert_audio()
        call.hang_up((call.a, call.b)[hanging_up])
        lab.wait_calls(0)
    seen = capture.stop()
    assert b"SIP/2.0" not in seen.raw(), "SIP is readable on the wire"
    clients = {line for line in seen.tshark("tcp.flags.syn == 1 and tcp.flags.ack == 0")}
    assert len(clients) == 1, f"one connection carries both calls: {clients}"


def wrong_name(lab, caller):
    carrier = next(t for t in lab.document["trunks"] if t["name"] == "carrier")
    carrier["tls"] = {"names": ["somebody.else.example"]}
    answer = lab.put_config(lab.document)
    assert answer.status == 200, answer.body
    dialog = caller.invite(NUMBER, Party(lab, "pbx", 31300, agent=caller).sdp())
    refused = caller.expect(lambda m: m.is_response and m.status >= 300, 20, dialog.call_id)
    assert refused.status in (500, 502, 503), str(refused)
    assert lab.metric("portcullis_tls_handshake_failures_total", reason="wrong_name") >= 1


def run():
    tls = TlsLab()
    with Lab(tls.change(trunk=False, websocket=True)) as lab:
        carrier = UserAgent(lab, "carrier")
        from_websocket(lab, WsAgent(lab, "pbx", WS_PORT), carrier, 0)
        secure = WsAgent(lab, "pbx", WSS_PORT, client_context(tls.authority.ca))
        from_websocket(lab, secure, carrier, 100)
        caller = UserAgent(lab, "pbx")
        to_websocket(lab, tls, caller)
        wrong_name(lab, caller)
        lab.wait_calls(0)
