# SPDX-License-Identifier: BSD-2-Clause
"""The trunk is a Kamailio that record-routes: ACK, re-INVITE and BYE of the appliance carry its Route
and the far end's Contact as Request-URI, and go to Kamailio; requests from behind it find the call
(RFC 3261 12.2.1.1, 16.12.1.1)."""
import re

from tests.support import kamailio
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests
from tests.support.sofia_peer import SofiaPeer, talk_sdp

NUMBER = "+4930123456"
BEHIND = 5070


def assert_routed(messages):
    """Each in-dialog request of the appliance, on the carrier's wire."""
    sent = [m for method in ("ACK", "INVITE", "BYE") for m in requests(messages, method, SBC["carrier"])
            if m.tag("to")]
    assert sent, "the appliance sent nothing inside the dialog"
    for message in sent:
        routes = message.all("route")
        assert len(routes) == 1 and ADDRESS["carrier"] in routes[0] and ";lr" in routes[0], \
            f"{message}: Route {routes}"
        assert re.search(rf"@?{re.escape(ADDRESS['carrier'])}:{BEHIND}", message.uri), str(message)
        assert message.target == (ADDRESS["carrier"], 5060), f"{message} went to {message.target}"
    return {m.method for m in sent}


def run():
    with Lab() as lab:
        pbx = SofiaPeer(lab, "pbx")
        far_end = SofiaPeer(lab, "carrier", port=BEHIND, target=f"{ADDRESS['carrier']}:5060")
        kamailio.proxy(lab, "carrier", f"{ADDRESS['carrier']}:{BEHIND}", f"{SBC['carrier']}:5060")
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}

        # Outwards: the route set comes from the answer.
        caller = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        callee = far_end.incoming()
        callee.ring()
        caller.expect(180)
        callee.accept(talk_sdp(far_end, 41000))
        caller.expect(200)
        caller.invite(None, talk_sdp(pbx, 31000, "sendonly", 2))
        assert callee.expect("INVITE").media()[2] == "sendonly"
        callee.accept(talk_sdp(far_end, 41000, "recvonly", 2))
        caller.expect(200)
        callee.invite(None, talk_sdp(far_end, 41000, None, 3))
        caller.expect("INVITE")
        caller.accept(talk_sdp(pbx, 31000, None, 3))
        callee.expect(200)
        caller.bye()
        callee.expect("BYE")
        lab.wait_calls(0)

        # Inwards: it comes from the INVITE, and the BYE of the appliance must use it.
        caller = far_end.invite("+4940555", talk_sdp(far_end, 41000))
        callee = pbx.incoming()
        callee.accept(talk_sdp(pbx, 31000))
        caller.expect(200)
        callee.bye()
        caller.expect("BYE")
        lab.wait_calls(0)

        assert assert_routed(captures["carrier"].stop().sip()) == {"ACK", "INVITE", "BYE"}
        inner = captures["pbx"].stop()
        for message in inner.sip():
            assert not message.all("record-route"), f"the carrier's route leaked: {message}"
        assert b"kamailio" not in inner.raw().lower()
