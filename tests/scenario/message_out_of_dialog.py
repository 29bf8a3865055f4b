# SPDX-License-Identifier: BSD-2-Clause
"""Requests outside of calls by policy: MESSAGE, OPTIONS to a number, PUBLISH and an unknown method pass
from trunk to trunk with topology hidden where the trunk may send them; otherwise MESSAGE is 405 with
Allow (or 403) and an unknown method 501, and nothing crosses."""
from tests.support.lab import ADDRESS, Lab
from tests.support.peer_pair import NUMBER, PeerPair, changed

TIMEOUT = 400

BODY = "Grüße from pbx.example"


def passed():
    with Lab(changed(pbx={"pass_out_of_dialog": ["message", "publish", "unknown"]})) as lab:
        pair = PeerPair(lab)
        sending = pair.pbx.new_call()
        sending.request_of("MESSAGE", pair.pbx.uri(NUMBER), body=BODY, headers=["Subject: hello"])
        received = pair.carrier.incoming("MESSAGE").request
        assert received.text == BODY and received.header("content-type") == "text/plain"
        assert NUMBER in received.uri and not received.all("contact"), "RFC 3428 5: no Contact"
        assert sending.expect_final("MESSAGE").status == 200

        publishing = pair.pbx.new_call()
        publishing.request_of("PUBLISH", pair.pbx.uri(NUMBER), event="presence", expires=60,
                              body="<presence/>", content_type="application/pidf+xml")
        received = pair.carrier.incoming("PUBLISH").request
        assert received.header("event") == "presence" and received.text == "<presence/>"
        assert publishing.expect_final("PUBLISH").status == 200

        # The far side's refusal comes back as it was.
        refusing = pair.pbx.new_call()
        refusing.request_of("MESSAGE", pair.pbx.uri(NUMBER), body="x", headers=["Priority: urgent"])
        assert pair.carrier.incoming("MESSAGE").request.text == "x"
        for message in pair.wire("carrier"):
            if message.source[0] != ADDRESS["carrier"]:
                text = message.raw.decode("utf-8", "replace")
                assert ADDRESS["pbx"] not in text, f"topology in {message}"
        lab.wait_idle(80)


def refused():
    with Lab() as lab:
        pair = PeerPair(lab)
        for method, statuses in (("MESSAGE", (403, 405)), ("SUBSCRIBE", (403, 405)),
                                 ("PUBLISH", (403, 405)), ("FETCH", (501,))):
            asking = pair.pbx.new_call()
            asking.request_of(method, pair.pbx.uri(NUMBER), event="presence", body="x")
            answer = asking.expect_final(method)
            assert answer.status in statuses, f"{method} answered {answer}"
            if answer.status == 405:
                # What it lists is what the appliance knows; MESSAGE may still be one for calls.
                assert "INVITE" in answer.header("allow")
        options = pair.pbx.new_call()
        options.request_of("OPTIONS", pair.pbx.uri(NUMBER))
        assert options.expect_final("OPTIONS").status in (200, 405)
        pair.carrier.expect_no_call(0.3, "MESSAGE")
        assert not pair.wire("carrier"), "something crossed"


def run():
    passed()
    refused()
