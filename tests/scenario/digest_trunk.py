# SPDX-License-Identifier: BSD-2-Clause
"""The trunk challenges (RFC 3261 22, RFC 7616): Kamailio asks for SHA-256 or MD5, the appliance answers
once with the trunk's account, and the PBX sees neither challenge nor password. A wrong password ends in
one refusal. Without an account the call is refused, unless the trunk's session passes challenges: then
challenge and credentials go end to end. Whoever else challenges us never gets the trunk's credentials."""
import re

from tests.support import kamailio
from tests.support.calls import Call, Party
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests, responses
from tests.support.peer_pair import NUMBER
from tests.support.sofia_peer import SofiaPeer, talk_sdp

TIMEOUT = 400

USER, PASSWORD, REALM = "4930123", "s3cret of the trunk", "carrier.example"
BEHIND = f"{ADDRESS['carrier']}:5070"


def with_account(password):
    def change(document):
        trunk = next(t for t in document["trunks"] if t["name"] == "carrier")
        trunk["authentication"] = {"username": USER, "auth_realm": REALM, "password": password}
    return change


def peers(lab, algorithm, qop="auth", **options):
    kamailio.digest(lab, "carrier", BEHIND, USER, PASSWORD, REALM, algorithm, qop, **options)
    return (SofiaPeer(lab, "pbx"), SofiaPeer(lab, "carrier", port=5070),
            {side: Capture(lab, side) for side in ("pbx", "carrier")})


def parameters(value):
    return {k.lower(): v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', value)}


def answered(algorithm, qop):
    with Lab(with_account(PASSWORD)) as lab:
        pbx, behind, captures = peers(lab, algorithm, qop)
        for _ in range(2):
            near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
            far = behind.incoming()
            far.accept(talk_sdp(behind, 41000))
            near.expect(200)
            near.bye()
            far.expect("BYE")
            lab.wait_calls(0)
        outer = captures["carrier"].stop()
        tries = requests(outer.sip(), "INVITE", SBC["carrier"])
        first = parameters(tries[1].header("proxy-authorization"))
        assert first["algorithm"].upper() == algorithm and first["realm"] == REALM
        assert first["username"] == USER and first["uri"] == tries[1].uri, first
        assert first["qop"] == qop and first["nc"] == "00000001", first
        assert tries[1].call_id == tries[0].call_id and tries[1].cseq == tries[0].cseq + 1
        assert tries[1].branch() != tries[0].branch()
        # A call ahead may use the nonce again, but then with a higher count (RFC 7616 3.4).
        counts = [(p["nonce"], p["nc"]) for m in tries if m.header("proxy-authorization")
                  for p in [parameters(m.header("proxy-authorization"))]]
        assert len(set(counts)) == len(counts), f"a nonce count was used twice: {counts}"
        assert PASSWORD.encode() not in outer.raw()
        inner = captures["pbx"].stop()
        assert not any(m.status in (401, 407) for m in inner.sip() if m.is_response)
        assert b"Digest" not in inner.raw() and REALM.encode() not in inner.raw()


def wrong_password():
    with Lab(with_account("guess")) as lab:
        pbx, behind, captures = peers(lab, "SHA-256")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        answer = near.expect_final("INVITE")
        assert answer.status not in (401, 407) and answer.status >= 400, str(answer)
        behind.expect_no_call(0.3)
        outer = captures["carrier"].stop().sip()
        assert len(requests(outer, "INVITE", SBC["carrier"])) == 2, "it kept trying"
        lab.wait_idle(80)


def pass_challenges(document):
    trunk = next(t for t in document["trunks"] if t["name"] == "carrier")
    trunk["session"] = {"pass_challenges": True}


def without_account():
    """Unasked nothing of the challenge reaches the caller: it cannot have the account."""
    with Lab() as lab:
        pbx, behind, captures = peers(lab, "MD5")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        near.expect(403)
        behind.expect_no_call(0.3)
        inner = captures["pbx"].stop().raw()
        assert b"Digest" not in inner and REALM.encode() not in inner


def passed_on():
    """Where the trunk's session says so, the challenge is the caller's to answer (end to end)."""
    with Lab(pass_challenges) as lab:
        pbx, behind, captures = peers(lab, "MD5")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        near.expect(407)
        behind.expect_no_call(0.3)
        lab.wait_calls(0)
        # Who has the account answers, and the gateway judges that answer.
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000), user=USER, password=PASSWORD)
        far = behind.incoming()
        far.accept(talk_sdp(behind, 41000))
        near.expect(200)
        near.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        inner, outer = captures["pbx"].stop().sip(), captures["carrier"].stop().sip()
        challenges = [m.header("proxy-authenticate") for m in responses(inner, 407)]
        assert len(challenges) == 2 and parameters(challenges[0])["realm"] == REALM, challenges
        assert challenges == [m.header("proxy-authenticate") for m in
                              responses(outer, 407, source=ADDRESS["carrier"])]
        said, crossed = ([m.header("proxy-authorization") for m in requests(wire, "INVITE", source)]
                         for wire, source in ((inner, ADDRESS["pbx"]), (outer, SBC["carrier"])))
        assert said == crossed and [bool(value) for value in said] == [False, False, True], crossed
        assert parameters(crossed[2])["username"] == USER


CHALLENGE = '{}: Digest realm="{}", nonce="n{}", algorithm=MD5, qop="auth"'
ASKING = ((401, "WWW-Authenticate", "authorization"), (407, "Proxy-Authenticate", "proxy-authorization"))


def access_side_asks():
    """A phone that challenges what we send it within a call, in the name of the trunk's own realm: no
    credentials, no second try, the call goes on. The trunk itself is answered there as anywhere."""
    with Lab(with_account(PASSWORD)) as lab:
        inner = Capture(lab, "pbx")
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        for status, asks, answers in ASKING:
            challenge = CHALLENGE.format(asks, REALM, status)
            call = Call(lab, parties=(a, b))
            sent = b.dialog.request("INVITE", b.sdp("sendonly"))
            a.agent.respond(a.agent.expect("INVITE"), status, headers=[challenge])
            a.agent.expect("ACK")
            refusal = b.agent.expect(lambda m, s=sent: m.is_response and m.status >= 300 and
                                     m.branch() == s.branch())
            assert refusal.status == 403 and not any("Digest" in v for _, v in refusal.headers)
            call.assert_audio()
            b.dialog.bye()
            a.agent.respond(a.agent.expect("BYE"), status, headers=[challenge])
            a.agent.expect_nothing(lambda m: not m.is_response, 0.5)
            lab.wait_calls(0)

            Call(lab, parties=(a, b))
            a.dialog.bye()
            b.agent.respond(b.agent.expect("BYE"), status, headers=[challenge])
            again = b.agent.expect("BYE")
            b.agent.respond(again, 200, "OK")
            answer = parameters(again.header(answers))
            assert (answer["username"], answer["nonce"]) == (USER, f"n{status}"), again.headers
            lab.wait_calls(0)
        ours = [m for m in inner.sip() if m.source[0] == SBC["pbx"]]
        assert ours and not any(b"Digest" in m.raw or b"username" in m.raw for m in ours)


def stale_nonce():
    """A nonce that has run out is replaced once (RFC 7616 3.3), and the call succeeds."""
    with Lab(with_account(PASSWORD)) as lab:
        pbx, behind, captures = peers(lab, "SHA-256", nonce_seconds=1)
        for number in range(2):
            near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
            far = behind.incoming()
            far.accept(talk_sdp(behind, 41000))
            near.expect(200)
            if number == 0:
                near.expect_nothing("BYE", 2.2)  # the nonce's life is what is measured
            near.bye()
            far.expect("BYE")
            lab.wait_calls(0)
        tries = requests(captures["carrier"].stop().sip(), "INVITE", SBC["carrier"])
        assert len(tries) in (4, 5), [str(m) for m in tries]


def run():
    answered("SHA-256", "auth")
    answered("MD5", "auth")
    wrong_password()
    without_account()
    passed_on()
    access_side_asks()
    stale_nonce()
