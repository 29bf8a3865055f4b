# SPDX-License-Identifier: BSD-2-Clause
"""INFO inside a call (RFC 6086, and the old DTMF forms): application/dtmf-relay and application/dtmf
cross both ways with their bodies, the answer comes back, refusals too; by policy INFO is not passed. So
with MESSAGE (RFC 3428 4) and with a NOTIFY that is of no referral, which passes where it is asked for."""
from tests.support.calls import Call
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import assert_one_dialog, options_of, requests
from tests.support.peer_pair import PeerPair, changed, final_of

TIMEOUT = 300

FORMS = (("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), ("application/dtmf", "5"))


EVENT = ("Event: talk", "Subscription-State: active;expires=60", "Content-Type: text/plain")


def asked(near, far, method, headers, body, status):
    """A request within the call: as the other side got it, and the answer to it."""
    near.dialog.request(method, body, headers)
    got = far.agent.expect(method, call_id=far.dialog.call_id)
    far.agent.respond(got, status, headers=["Retry-After: 3"] * (status >= 300))
    answer = near.agent.expect(lambda m: m.is_response and m.method == method,
                               call_id=near.dialog.call_id)
    return got, answer


def message_and_notify():
    both = {"pass_in_dialog": ["message", "notify"]}
    with Lab(changed(pbx=both, carrier=both)) as lab:
        call = Call(lab)
        for near, far in ((call.a, call.b), (call.b, call.a)):
            for method, headers, status in (
                    ("MESSAGE", ["Content-Type: text/plain"], 200), ("NOTIFY", EVENT, 200),
                    ("MESSAGE", ["Content-Type: text/plain"], 415), ("NOTIFY", EVENT, 489)):
                got, answer = asked(near, far, method, headers, "Grüße", status)
                assert got.text == "Grüße" and got.header("content-type") == "text/plain"
                assert got.header("event") == ("talk" if method == "NOTIFY" else ""), got.headers
                assert got.header("subscription-state") == \
                    ("active;expires=60" if method == "NOTIFY" else ""), got.headers
                assert got.tag("to") and SBC[far.side] in got.header("via"), got.headers
                assert ADDRESS[near.side].encode() not in got.raw, f"topology in {got}"
                assert answer.status == status and answer.header("retry-after") == \
                    ("3" if status >= 300 else ""), answer.headers
        call.assert_audio()
        call.hang_up()
        lab.wait_calls(0)

    with Lab() as lab:  # NOTIFY is not passed unless that is asked for
        call = Call(lab)
        call.a.dialog.request("NOTIFY", "x", EVENT)
        answer = call.a.agent.expect(405)
        assert answer.method == "NOTIFY" and "message" in options_of(answer, "allow"), answer.headers
        call.hang_up()
        call.b.agent.expect_nothing("NOTIFY", 0.1)
        lab.wait_calls(0)


def run():
    message_and_notify()
    with Lab() as lab:
        pair = PeerPair(lab, {"manual": ["INFO"]}, {"manual": ["INFO"]})
        near, far = pair.call()
        for one, other in ((near, far), (far, near)):
            for kind, text in FORMS:
                one.request_of("INFO", body=text, content_type=kind)
                got = other.expect("INFO")
                assert got.text == text and got.header("content-type") == kind, got.text
                other.respond(200, method="INFO")
                final_of(one, "INFO", 200)
            one.request_of("INFO", body="odd", content_type="application/x-odd")
            other.expect("INFO")
            other.respond(415, method="INFO", headers=["Accept: application/dtmf-relay"])
            refusal = final_of(one, "INFO", 415)
            assert "dtmf-relay" in refusal.header("accept")
        pair.end(near, far)
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            assert_one_dialog(pair.wire(side))
            assert ADDRESS[other].encode() not in pair.captures[side].raw()
        pair.check_wires()

    with Lab(changed(pbx={"pass_in_dialog": []}, carrier={"pass_in_dialog": []})) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.request_of("INFO", body=FORMS[0][1], content_type=FORMS[0][0])
        answer = near.expect_final("INFO")
        assert answer.status in (403, 405, 469, 501), str(answer)
        pair.end(near, far)
        assert not requests(pair.wire("carrier"), "INFO"), "INFO crossed against the policy"
