# SPDX-License-Identifier: BSD-2-Clause
"""A browser speaks SIP to the appliance over WebSocket and secure WebSocket (RFC 7118): its MESSAGE
reaches the carrier over UDP with nothing of the browser's network, and its call is answered, with SDP or
by a clear refusal of media that cannot be relayed. A certificate it does not know is refused by it."""
from tests.support.browser import Browser
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_pair import NUMBER, session
from tests.support.sofia_peer import SofiaPeer
from tests.support.tls_lab import WS_PORT, WSS_PORT, TlsLab

TIMEOUT = 240


def change_of(tls):
    change = tls.change(trunk=False, websocket=True)

    def changed(document):
        change(document)
        session(document, "pbx", pass_out_of_dialog=["message"])
    return changed


def run():
    tls = TlsLab()
    with Lab(change_of(tls)) as lab:
        carrier = SofiaPeer(lab, "carrier")
        capture = Capture(lab, "carrier")
        browser = Browser(lab, "pbx", f"{tls.sbc}/cert.pem")
        for url in (f"wss://{SBC['pbx']}:{WSS_PORT}", f"ws://{SBC['pbx']}:{WS_PORT}"):
            browser.connect(url, f"sip:+4940555@{SBC['pbx']}")
            browser.send("message", to=f"sip:{NUMBER}@{SBC['pbx']}", body="hello from a browser")
            assert carrier.incoming("MESSAGE").request.text == "hello from a browser"
            browser.expect("message_sent")
            browser.call(f"sip:{NUMBER}@{SBC['pbx']}")
            refused = browser.expect("failed")
            assert refused["status"] in (488, 415), refused
            browser.send("stop")
            browser.expect("disconnected")
        browser.stop()
        for message in capture.stop().sip():
            text = message.raw.decode("utf-8", "replace")
            assert ADDRESS["pbx"] not in text and ".invalid" not in text, text
        stranger = Browser(lab, "pbx")
        stranger.send("start", url=f"wss://{SBC['pbx']}:{WSS_PORT}", uri="sip:x@pbx.example")
        assert stranger.expect("disconnected")["error"]
        lab.wait_calls(0)
