# SPDX-License-Identifier: BSD-2-Clause
"""A trunk that asks for the digest to cover the body (RFC 7616 section 3.4.3, qop auth-int): SIPp finds
our MD5 answer right by its own computation; the SHA-256 answer to Kamailio's challenge is the one that
hashlib makes of what was captured. Whether Kamailio takes it is not asked: its auth module (5.6 to date)
does not hash the body, but compares with what happens to be on its stack."""
import hashlib

from tests.scenario import digest_trunk
from tests.scenario.digest_trunk import PASSWORD, REALM, USER, parameters, with_account
from tests.support.capture import Capture
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import requests
from tests.support.peer_pair import NUMBER
from tests.support.sipp import Sipp
from tests.support.sofia_peer import SofiaPeer, talk_sdp

TIMEOUT = 200


def by_hand(message, header, hashed):
    """The response that the message's credentials ought to have."""
    def digest(*parts):
        return hashed(b":".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()
    given = parameters(message.header(header))
    assert given["qop"] == "auth-int" and given["uri"] == message.uri, given
    body = message.body if isinstance(message.body, bytes) else message.body.encode()
    assert body, "an INVITE with an offer was expected"
    return digest(digest(USER, REALM, PASSWORD), given["nonce"], given["nc"], given["cnonce"], "auth-int",
                  digest(message.method, message.uri, hashed(body).hexdigest()))


def sipp_agrees():
    with Lab(with_account(PASSWORD)) as lab:
        carrier = Sipp(lab, "carrier", "uas_auth_int")
        pbx, capture = SofiaPeer(lab, "pbx"), Capture(lab, "carrier")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        near.expect(200, method="INVITE")
        near.bye()
        carrier.wait()
        lab.wait_calls(0)
        tries = requests(capture.stop().sip(), "INVITE", SBC["carrier"])
        answered = parameters(tries[1].header("authorization"))
        assert answered["response"] == by_hand(tries[1], "authorization", hashlib.md5), answered


def sha256_covers_the_body():
    with Lab(with_account(PASSWORD)) as lab:
        pbx, _, captures = digest_trunk.peers(lab, "SHA-256", "auth-int")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        assert near.expect_final("INVITE")
        tries = requests(captures["carrier"].stop().sip(), "INVITE", SBC["carrier"])
        answered = parameters(tries[1].header("proxy-authorization"))
        assert answered["algorithm"].upper() == "SHA-256", answered
        assert answered["response"] == by_hand(tries[1], "proxy-authorization", hashlib.sha256), answered


def run():
    sipp_agrees()
    sha256_covers_the_body()
