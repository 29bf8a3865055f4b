# SPDX-License-Identifier: BSD-2-Clause
"""A trunk that wants registration: Digest with SHA-256 and MD5, 423, refreshes before the time is
over, a registrar that goes away and comes back, a wrong password that makes no storm, and no
binding left behind at the end."""
from datetime import datetime, timezone
import time

from tests.support import kamailio
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, Lab
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

USER, PASSWORD = "4930123", "correct horse"
EXPIRES, RETRY_MAX = 12, 4
TIMEOUT = 240


def registering(document):
    for trunk in document["trunks"]:
        if trunk["name"] == "carrier":
            trunk["registration"] = {"enabled": True, "expires_s": EXPIRES, "retry_min_s": 1,
                                     "retry_max_s": RETRY_MAX,
                                     "aor": f"sip:{USER}@carrier.example"}
            trunk["authentication"] = {"username": USER, "password": PASSWORD,
                                       "auth_realm": "carrier.example"}
    document["timers"] = {"t1_ms": 100}  # Timer F: 6.4 s


def registrar(lab, algorithm):
    return kamailio.digest(lab, "carrier", f"{ADDRESS['carrier']}:5090", USER, PASSWORD,
                           algorithm=algorithm, min_expires=1)


def registration(lab):
    return lab.get("/trunks/carrier/status")["registration"]


def wait_registered(lab, wanted, seconds):
    wait_for(lambda: registration(lab)["registered"] == wanted, seconds,
             lambda: f"registered is not {wanted}: {registration(lab)}", 0.05)


def on_wire(capture):
    """(REGISTER requests without repeats, their responses) in order."""
    requests, responses, seen = [], [], set()
    for message in capture.sip():
        if message.method != "REGISTER":
            continue
        key = (message.branch(), message.is_response)
        if key in seen:
            continue
        seen.add(key)
        (responses if message.is_response else requests).append(message)
    return requests, responses


def put_password(lab, password):
    answer = lab.api("GET", "/trunks/carrier")
    trunk = answer.json
    assert PASSWORD not in answer.body and "$secret" in answer.body, "the password is readable"
    if password is not None:
        trunk["authentication"]["password"] = password
    trunk["description"] = f"changed at {time.time()}"
    done = lab.api("PUT", "/trunks/carrier", trunk, {"If-Match": answer.headers["ETag"]})
    assert done.status == 200, done.body


def check_first(capture, algorithm):
    requests, responses = on_wire(capture)
    statuses = [r.status for r in responses]
    assert statuses[:2] == [401, 200], statuses
    assert not requests[0].header("Authorization")
    assert f"algorithm={algorithm}" in requests[1].header("Authorization").replace(" ", "")
    assert len({r.call_id for r in requests}) == 1, "the Call-ID changed"
    numbers = [int(r.header("CSeq").split()[0]) for r in requests]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers
    return requests, responses


def brief_registrar(lab):
    """Kamailio lengthens a time that is too short for it; this one asks for more (423)."""
    agent = UserAgent(lab, "carrier")
    first = agent.expect("REGISTER", RETRY_MAX + 10)
    assert first.header("Expires") == str(EXPIRES), first
    agent.respond(first, 423, "Interval Too Brief", headers=["Min-Expires: 20"])
    second = agent.expect("REGISTER", 2)
    assert second.header("Expires") == "20" and second.call_id == first.call_id, second
    agent.respond(second, 200, "OK", headers=[
        f"Contact: {second.header('Contact')}", "Service-Route: <sip:edge.carrier.example;lr>",
        "P-Associated-URI: <sip:4930@carrier.example>"])
    wait_registered(lab, True, 2)
    now = registration(lab)
    assert now["service_route"] == ["<sip:edge.carrier.example;lr>"], now
    assert now["associated_uris"] == ["<sip:4930@carrier.example>"], now
    agent.close()
    wait_registered(lab, False, 25)
    assert registration(lab)["service_route"] == [], "a route of a binding that is gone"


def requests_sent(lab):
    return lab.metric("portcullis_trunk_registration_requests_total", trunk="carrier")


def seconds_left(lab):
    until = datetime.fromisoformat(registration(lab)["registered_until"].replace("Z", "+00:00"))
    return (until - datetime.now(timezone.utc)).total_seconds()


def run():
    with Lab(change=registering) as lab:
        capture = Capture(lab, "carrier", "udp port 5060")
        server = registrar(lab, "SHA-256")
        wait_registered(lab, True, 15)
        assert lab.metric("portcullis_trunk_registered", trunk="carrier") == 1
        before, sent = registration(lab), requests_sent(lab)
        assert before["server"] == f"{ADDRESS['carrier']}:5060" and before["registered_until"]
        # The refresh: at half the time, well before its end, with credentials ahead of a challenge.
        wait_for(lambda: requests_sent(lab) > sent, EXPIRES, "no refresh", 0.05)
        wait_for(lambda: seconds_left(lab) > EXPIRES / 2, 5, "the refresh is not answered", 0.05)
        requests, _ = check_first(capture.stop(), "SHA-256")
        accepted = [r for r in requests if r.header("Authorization")]
        gap = accepted[-1].time - accepted[0].time
        assert EXPIRES / 2 * 0.9 - 0.5 <= gap <= EXPIRES / 2 + 0.5, f"refreshed after {gap:.1f} s"
        assert "registered trunk=carrier" in lab.log("signaling")

        server.stop()  # the registrar goes away: the binding runs out, and that is said
        wait_registered(lab, False, EXPIRES + 5)
        assert lab.metric("portcullis_trunk_registered", trunk="carrier") == 0
        assert "registration_lost trunk=carrier" in lab.log("signaling")

        # And comes back as one that knows MD5 only and has forgotten every nonce.
        capture = Capture(lab, "carrier", "udp port 5060")
        server = registrar(lab, "MD5")
        wait_registered(lab, True, RETRY_MAX + 10)
        requests, _ = on_wire(capture.stop())
        assert "algorithm=MD5" in requests[-1].header("Authorization").replace(" ", "")
        server.stop()
        wait_registered(lab, False, EXPIRES + 5)
        brief_registrar(lab)

        # A password that is wrong: one try with it, then a pause each time.
        put_password(lab, None)  # the placeholder keeps what is stored
        server = registrar(lab, "SHA-256")
        wait_registered(lab, True, RETRY_MAX + 30)
        server.stop()
        wait_registered(lab, False, 30)
        put_password(lab, "wrong")
        capture = Capture(lab, "carrier", "udp port 5060")
        server = registrar(lab, "SHA-256")
        wait_for(lambda: "wrong" in registration(lab).get("reason", ""), 15,
                 lambda: f"{registration(lab)}", 0.05)
        began = registration(lab)["requests"]
        time.sleep(2 * RETRY_MAX)  # the span itself is measured
        more = registration(lab)["requests"] - began
        assert more <= 2 * 3, f"{more} REGISTERs in {2 * RETRY_MAX} s"
        assert not registration(lab)["registered"]
        capture.stop()
        put_password(lab, PASSWORD)  # the right one is tried at once
        wait_registered(lab, True, 2)

        # The end: the binding is removed, and the end is not long.
        capture = Capture(lab, "carrier", "udp port 5060")
        began = time.monotonic()
        lab.sh("stop-daemon", "signaling")
        took = time.monotonic() - began
        requests, responses = on_wire(capture.stop())
        assert requests[-1].header("Expires") == "0", requests[-1]
        assert responses[-1].status == 200 and took < 4, (responses[-1], took)
        assert PASSWORD not in lab.log("signaling") and PASSWORD not in lab.log("mgmt")
        server.stop()
