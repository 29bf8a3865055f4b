# SPDX-License-Identifier: BSD-2-Clause
"""A callee whose Contact is the name of another machine (RFC 3263 4): DNS is asked for it, the BYE goes
there, and so does the ACK when the 200 is repeated; a name that is not there leaves all where it was."""
import json
import subprocess

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, Lab
from tests.support.name_server import NameServer, questions
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

SERVER, NODE = "198.18.1.53", "198.18.1.54"
NUMBER = "+4930123456"


def change(document):
    document["dns"] = {"servers": [SERVER], "tries": 1}


def story(lab):
    """What the one live call has to say of itself."""
    (live,) = lab.calls()
    return json.dumps(lab.get(f"/calls/{live['call_id']}")["events"])


def call(lab, pbx, gateway, node, contact, heir, port):
    """A call that `gateway` answers with that Contact; `heir` is whom its later requests reach."""
    gateway.contact = f"sip:callee@{contact};transport=udp"
    dialog = pbx.invite(NUMBER, sdp(pbx.address, port))
    invite = gateway.expect("INVITE")
    answer = gateway.respond(invite, 200, "OK", sdp(gateway.address, port + 10000), tag="callee")
    dialog.ack(pbx.expect(200, call_id=dialog.call_id))
    # The ACK does not wait for DNS; where it came too early, it follows the repeated 200.
    wait_for(lambda: f"next hop {contact.split(':')[0]}" in story(lab), 10,
             f"nothing was found out about {contact}")
    gateway.send_raw(answer.raw)
    heir.expect("ACK", call_id=invite.call_id)
    sent = dialog.request("BYE")
    bye = heir.expect("BYE", call_id=invite.call_id)
    assert bye.uri == gateway.contact, bye.uri
    heir.respond(bye, 200)
    pbx.expect(lambda m: m.is_response and m.branch() == sent.branch() and m.status == 200)
    other = gateway if heir is node else node
    other.expect_nothing("BYE", 0.1)
    lab.wait_calls(0)


def run():
    with Lab(change) as lab:
        subprocess.run(["ip", "-n", lab.namespace("carrier"), "addr", "add", f"{NODE}/24", "dev",
                        "sbc0"], check=True)
        NameServer(lab, "carrier", SERVER, "example.test", [f"host-record=node7.example.test,{NODE}"])
        pbx, gateway = UserAgent(lab, "pbx"), UserAgent(lab, "carrier")
        node = UserAgent(lab, "carrier", address=NODE)
        wire = Capture(lab, "carrier")
        call(lab, pbx, gateway, node, "node7.example.test:5060", node, 31000)
        call(lab, pbx, gateway, node, "nobody.example.test:5060", gateway, 31010)
        wire.stop()
        asked = {q[1] for q in questions(wire.frames(), SERVER)}
        assert {"node7.example.test", "nobody.example.test"} <= asked, asked
        assert all(m.target[0] in (ADDRESS["carrier"], NODE) for m in wire.sip()
                   if m.source[0] == "198.18.1.1"), "a request went elsewhere"
