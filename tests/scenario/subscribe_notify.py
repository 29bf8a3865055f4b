# SPDX-License-Identifier: BSD-2-Clause
"""A subscription across the appliance (RFC 6665): SUBSCRIBE outside of calls by policy, NOTIFYs in its
dialog, refresh, and the end by either side. Each side sees its own dialog; bodies cross unchanged."""
from tests.support.lab import ADDRESS, Lab
from tests.support.peer_checks import requests
from tests.support.peer_pair import NUMBER, PeerPair, changed

TIMEOUT = 400

BODY = "Messages-Waiting: yes\r\nVoice-Message: 2/0\r\n"


def notify(far, near, state, body):
    """NOTIFY from the far side until the near side has one with that body."""
    far.request_of("NOTIFY", event="message-summary", substate=state, body=body,
                   content_type="application/simple-message-summary")
    while (got := near.expect("NOTIFY")).text != body:
        pass  # the stack's own first NOTIFY is empty
    assert got.header("event").startswith("message-summary")
    assert got.header("subscription-state").startswith(state), got.header("subscription-state")


def run():
    with Lab(changed(pbx={"pass_out_of_dialog": ["subscribe"]})) as lab:
        pair = PeerPair(lab)
        near = pair.pbx.new_call()
        near.request_of("SUBSCRIBE", pair.pbx.uri(NUMBER), event="message-summary", expires=120,
                        headers=["Accept: application/simple-message-summary"])
        far = pair.carrier.incoming("SUBSCRIBE")
        assert far.request.header("event") == "message-summary"
        assert far.request.header("expires") == "120"
        answer = near.expect_final("SUBSCRIBE")
        assert answer.status in (200, 202) and 0 < int(answer.header("expires")) <= 120
        notify(far, near, "active", BODY)
        notify(far, near, "active", BODY.replace("2/0", "3/0"))
        # A refresh is a request inside the dialog.
        near.request_of("SUBSCRIBE", event="message-summary", expires=60)
        assert far.expect("SUBSCRIBE").header("expires") == "60"
        assert near.expect_final("SUBSCRIBE").status in (200, 202)
        notify(far, near, "terminated", "Messages-Waiting: no\r\n")
        outer, inner = pair.wire("carrier"), pair.wire("pbx")
        assert len({m.call_id for m in outer}) == 1 and len({m.call_id for m in inner}) == 1
        assert {m.call_id for m in outer}.isdisjoint({m.call_id for m in inner})
        for message in requests(outer, "SUBSCRIBE"):
            assert ADDRESS["pbx"] not in message.raw.decode("utf-8", "replace")
        for message in requests(inner, "NOTIFY"):
            assert ADDRESS["carrier"] not in message.raw.decode("utf-8", "replace")
        pair.check_wires()
        lab.wait_idle(80)

    # A subscription that the far side refuses, and one to a package it does not know.
    with Lab(changed(pbx={"pass_out_of_dialog": ["subscribe"]})) as lab:
        pair = PeerPair(lab)
        near = pair.pbx.new_call()
        near.request_of("SUBSCRIBE", pair.pbx.uri(NUMBER), event="unheard-of", expires=60)
        assert near.expect_final("SUBSCRIBE").status == 489
        lab.wait_idle(80)
