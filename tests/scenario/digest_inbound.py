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


def challenged(document):
    trunk = next(t for t in document["trunks"] if t["name"] == "pbx")
    trunk["challenge"] = {
        "auth_realm": REALM, "algorithms": ["md5", "sha-256"],
        "users": [{"username": u, "password": p} for u, p in ((USER, PASSWORD), OTHER)]}


def answered():
    with Lab(challenged) as lab:
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
        peer = SofiaPeer(lab, "pbx")
        near = peer.invite(NUMBER, talk_sdp(peer, 31000), user=USER, password=PASSWORD)
        far = carrier.incoming()
        far.accept(talk_sdp(carrier, 41000))
        near.expect(200, method="INVITE")
        near.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        inner = captures["pbx"].stop().sip()
        offered = responses(inner, 401, source=SBC["pbx"])
        first = [re.search(r"algorithm=([\w-]+)", v).group(1) for v in
                 offered[0].all("www-authenticate")]
        assert first == ["SHA-256", "MD5"], f"the strongest is not the first: {first}"
        kinds = {w.upper() for m in offered for v in m.all("www-authenticate")
                 for w in re.findall(r"algorithm=\"?([\w-]+)", v)}
        assert kinds == {"SHA-256", "MD5"}, kinds
        used = [m.header("authorization") for m in requests(inner, "INVITE")
                if m.header("authorization")]
        assert any("SHA-256" in u for u in used) and any("MD5" in u for u in used), used
        outer = captures["carrier"].stop()
        assert b"Digest" not in outer.raw() and b"Authorization" not in outer.raw()


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
    answered()
    refused()
    replayed()
    throttled()
