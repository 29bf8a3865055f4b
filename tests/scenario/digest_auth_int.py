# SPDX-License-Identifier: BSD-2-Clause
"""A trunk that asks for the digest to cover the body (RFC 7616 section 3.4.3, qop auth-int): the answers
to Kamailio's challenges are those that hashlib makes of what was captured. Whether Kamailio takes them is
not asked: its auth module (5.6 to date) does not hash the body, but what happens to be on its stack."""
import hashlib

from tests.scenario import digest_trunk
from tests.scenario.digest_trunk import PASSWORD, REALM, USER, parameters, with_account
from tests.support.lab import SBC, Lab
from tests.support.peer_checks import requests
from tests.support.peer_pair import NUMBER
from tests.support.sofia_peer import talk_sdp

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


def covers_the_body(algorithm, hashed):
    with Lab(with_account(PASSWORD)) as lab:
        pbx, _, captures = digest_trunk.peers(lab, algorithm, "auth-int")
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        assert near.expect_final("INVITE")
        tries = requests(captures["carrier"].stop().sip(), "INVITE", SBC["carrier"])
        answered = parameters(tries[1].header("proxy-authorization"))
        assert answered["algorithm"].upper() == algorithm, answered
        assert answered["response"] == by_hand(tries[1], "proxy-authorization", hashed), answered


def run():
    covers_the_body("SHA-256", hashlib.sha256)
    covers_the_body("MD5", hashlib.md5)
