# SPDX-License-Identifier: BSD-2-Clause
"""3xx (RFC 3261 8.1.3.4) from the trunk, by policy: followed in order of q to trunks we know, at most so
far and never twice to one place; passed to the caller rewritten; or taken as a refusal. Contacts that
lead to the appliance, to loopback or to a stranger are not followed."""
from tests.support import kamailio
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests, responses
from tests.support.peer_pair import NUMBER, PeerPair, changed, session
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.wait import Timeout

TIMEOUT = 400

OTHER = "+4930777"


def followed():
    with Lab(changed(carrier={"redirect": "follow"})) as lab:
        pair = PeerPair(lab)
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
        pair.carrier.incoming().redirect(f"<sip:+4930666@{ADDRESS['carrier']}>;q=0.2",
                                         f"<sip:{OTHER}@{ADDRESS['carrier']}>;q=0.9")
        second = pair.carrier.incoming()
        assert OTHER in second.request.uri, f"not the best q first: {second.request.uri}"
        second.respond(503)  # a busy target (486) would end the search
        third = pair.carrier.incoming()
        assert "+4930666" in third.request.uri, third.request.uri
        third.accept(pair.sdp("carrier"))
        near.expect(200)
        pair.end(near, third)
        inner = pair.wire("pbx")
        assert not any(m.is_response and 300 <= m.status < 400 for m in inner)
        assert "+4930666" not in pair.captures["pbx"].raw().decode("utf-8", "replace")
        calls = requests(pair.wire("carrier"), "INVITE")
        assert len({m.call_id for m in calls}) == len(calls) == 3, "each attempt is a call of its own"
        pair.check_wires()
        lab.wait_idle(80)


def by_kamailio():
    """A real redirect server in front of the far end."""
    def second_gateway(document):
        trunk = next(t for t in document["trunks"] if t["name"] == "carrier")
        trunk["gateways"].append({"name": "behind", "priority": 9,
                                  "uri": f"sip:{ADDRESS['carrier']}:5070;transport=udp"})
        session(document, "carrier", redirect="follow")
    with Lab(second_gateway) as lab:
        pbx = SofiaPeer(lab, "pbx")
        behind = SofiaPeer(lab, "carrier", port=5070)
        kamailio.redirect(lab, "carrier", [f"sip:{OTHER}@{ADDRESS['carrier']}:5070"])
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        far = behind.incoming()
        assert OTHER in far.request.uri
        far.accept(talk_sdp(behind, 41000))
        near.expect(200)
        near.bye()
        far.expect("BYE")
        lab.wait_calls(0)


def never_followed():
    """Contacts that no trunk is: the caller gets one final answer, and nobody is called."""
    with Lab(changed(carrier={"redirect": "follow"})) as lab:
        pair = PeerPair(lab)
        for contact in ("<sip:1@127.0.0.1>", "<sip:1@203.0.113.9>", "<mailto:x@example.com>",
                        "<sip:1@[::1]:5060>"):
            near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
            pair.carrier.incoming().redirect(contact)
            assert near.expect_final("INVITE").status >= 400, contact
            pair.carrier.expect_no_call(0.3)
        hosts = {m.target[0] for m in pair.wire("carrier") if not m.is_response}
        assert hosts <= {ADDRESS["carrier"], SBC["carrier"]}, hosts
        lab.wait_idle(80)


def circles():
    """A far side that redirects for ever, to one number, to two in turn, or to the appliance itself."""
    with Lab(changed(carrier={"redirect": "follow"})) as lab:
        pair = PeerPair(lab)
        places = ([f"<sip:{NUMBER}@{SBC['carrier']}>"],
                  [f"<sip:{OTHER}@{ADDRESS['carrier']}>", f"<sip:{NUMBER}@{ADDRESS['carrier']}>"],
                  [f"<sip:+49302{n:03}@{ADDRESS['carrier']}>" for n in range(40)])
        for contacts in places:
            near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
            for tries in range(40):
                try:
                    call = pair.carrier.incoming(seconds=1)
                except Timeout:
                    break
                call.redirect(contacts[tries % len(contacts)])
            assert near.expect_final("INVITE").status >= 400
            assert tries <= 16, f"{tries} calls were made of one"
        lab.wait_idle(80)


def passed_on():
    with Lab(changed(carrier={"redirect": "pass"})) as lab:
        pair = PeerPair(lab)
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
        pair.carrier.incoming().redirect(f"<sip:{OTHER}@{ADDRESS['carrier']}>;q=0.5")
        near.expect(302)
        contact = responses(pair.wire("pbx"), 302)[0].header("contact")
        assert OTHER in contact and SBC["pbx"] in contact and ADDRESS["carrier"] not in contact
    with Lab(changed(carrier={"redirect": "reject"})) as lab:
        pair = PeerPair(lab)
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
        pair.carrier.incoming().redirect(f"<sip:{OTHER}@{ADDRESS['carrier']}>")
        assert near.expect_final("INVITE").status >= 400
        pair.carrier.expect_no_call(0.3)


def run():
    followed()
    by_kamailio()
    never_followed()
    circles()
    passed_on()
