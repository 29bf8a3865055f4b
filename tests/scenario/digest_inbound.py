# SPDX-License-Identifier: BSD-2-Clause
"""The appliance challenges the PBX's side (RFC 3261 22.2, RFC 7616, RFC 8760): linphone answers SHA-256,
Sofia-SIP MD5; a wrong password and an unknown user get the same refusal; a nonce and its count serve
once; who guesses is not listened to for a while, while a known user goes on; the credentials do not
cross."""
import re

from tests.support.capture import Capture
from tests.support.lab import SBC, Lab
from tests.support.linphone import Linphone
from tests.support.peer_checks import requests, responses
from tests.support.peer_pair import NUMBER
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.ua import UserAgent

TIMEOUT = 400

USER, PASSWORD, REALM = "alice", "wonderland", "pbx.example"
OTHER = ("bob", "builder")


def challenged_by(*algorithms):
    def change(document):
        trunk = next(t for t in document["trunks"] if t["name"] == "pbx")
        trunk["challenge"] = {
            "auth_realm": REALM, "algorithms": list(algorithms),
            "users": [{"username": u, "password": p} for u, p in ((USER, PASSWORD), OTHER)]}
    return change


# Sofia-SIP gives up on a challenge whose first algorithm it does not know.
challenged = challenged_by("md5")


def algorithm_of(value):
    return re.search(r"algorithm=\"?([\w-]+)", value).group(1).upper()


def answered_with_sha_256():
    with Lab(challenged_by("md5", "sha-256")) as lab:
        carrier = SofiaPeer(lab, "carrier")
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        phone = Linphone(lab, "pbx", auth=(USER, PASSWORD, REALM, "SHA-256"))
        phone.call(NUMBER)
        far = carrier.incoming()
        far.accept(talk_sdp(carrier, 41000))
        phone.expect("StreamsRunning")
        phone.terminate()
        far.expect("BYE")
        phone.stop()
        lab.wait_calls(0)
        inner = captures["pbx"].stop().sip()
        offered = responses(inner, 401, source=SBC["pbx"])[0].all("www-authenticate")
        assert [algorithm_of(v) for v in offered] == ["SHA-256", "MD5"], f"strongest first: {offered}"
        assert_answered_by("SHA-256", inner, captures["carrier"].stop())


def assert_answered_by(algorithm, inner, outer):
    used = [m.header("authorization") for m in requests(inner, "INVITE") if m.header("authorization")]
    assert used and all(algorithm_of(u) == algorithm for u in used), used
    assert b"Digest" not in outer.raw() and b"Authorization" not in outer.raw()


def answered_with_md5():
    with Lab(challenged) as lab:
        carrier, peer = SofiaPeer(lab, "carrier"), SofiaPeer(lab, "pbx")
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        near = peer.invite(NUMBER, talk_sdp(peer, 31000), user=USER, password=PASSWORD)
        far = carrier.incoming()
        far.accept(talk_sdp(carrier, 41000))
        near.expect(200, method="INVITE")
        near.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        assert_answered_by("MD5", captures["pbx"].stop().sip(), captures["carrier"].stop())


def refused():
    with Lab(challenged) as lab:
        carrier, peer = SofiaPeer(lab, "carrier"), SofiaPeer(lab, "pbx")
        capture = Capture(lab, "pbx")
        finals = []
        for user, password in ((USER, "guess"), ("nobody", PASSWORD)):
            near = peer.invite(NUMBER, talk_sdp(peer, 31000), user=user, password=password)
            near.expect(401)
            finals.append(near.expect_final("INVITE"))
        names = [[name for name, _ in final.headers] for final in finals]
        assert names[0] == names[1], "an unknown user can be told from a known one"
        assert [f.status for f in finals] == [403, 403]
        carrier.expect_no_call(0.3)
        shapes = {tuple(n for n, _ in m.headers) for m in responses(capture.stop().sip(), 401)}
        assert len(shapes) == 1, f"the challenges differ: {shapes}"
        lab.wait_idle(80)


def replayed():
    """The very same credentials a second time, in a new call: refused or called stale."""
    with Lab(challenged) as lab:
        carrier, peer = SofiaPeer(lab, "carrier"), SofiaPeer(lab, "pbx")
        capture = Capture(lab, "pbx")
        near = peer.invite(NUMBER, talk_sdp(peer, 31000), user=USER, password=PASSWORD)
        far = carrier.incoming()
        far.accept(talk_sdp(carrier, 41000))
        near.expect(200, method="INVITE")
        near.bye()
        far.expect("BYE")
        good = next(m for m in requests(capture.stop().sip(), "INVITE")
                    if m.header("authorization"))
        thief = UserAgent(lab, "pbx", port=5099)
        thief.invite(NUMBER, talk_sdp(peer, 31000), headers=(
            f"Authorization: {good.header('authorization')}",))
        answer = thief.expect(lambda m: m.is_response and m.status >= 200)
        assert answer.status in (403, 401), str(answer)
        carrier.expect_no_call(0.3)
        lab.wait_idle(80)


def throttled():
    """Five wrong answers in 30 s: then even the right one is not looked at, but for those who showed it
    before (deny for 120 s)."""
    with Lab(challenged) as lab:
        carrier, peer = SofiaPeer(lab, "carrier"), SofiaPeer(lab, "pbx")

        def call(user, password):
            near = peer.invite(NUMBER, talk_sdp(peer, 31000), user=user, password=password)
            near.expect(401)
            return near

        def talk(user, password):
            near = call(user, password)
            far = carrier.incoming()
            far.accept(talk_sdp(carrier, 41000))
            near.expect(200, method="INVITE")
            near.bye()
            far.expect("BYE")

        talk(*OTHER)
        for guess in range(5):
            assert call(USER, f"guess {guess}").expect_final("INVITE").status == 403
        assert call(USER, PASSWORD).expect_final("INVITE").status == 403
        carrier.expect_no_call(0.3)
        talk(*OTHER)
        lab.wait_metric("portcullis_security_events_total", 5, kind="digest_wrong")
        lab.wait_metric("portcullis_security_events_total", 1, kind="digest_throttled")
        lab.wait_idle(80)


def run():
    answered_with_sha_256()
    answered_with_md5()
    refused()
    replayed()
    throttled()
