# SPDX-License-Identifier: BSD-2-Clause
"""SIP over IPv4 whose session description names an IPv6 address (RFC 6157): the leg's media is IPv6,
and the other leg's IPv4 as before. Audio both ways, whichever side calls."""
from tests.support.calls import TONE
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, ADDRESS6, SBC, SBC6, Lab
from tests.support.media import MediaEndpoint
from tests.support.sofia_peer import SofiaPeer


def run():
    with Lab() as lab:
        peers = {side: SofiaPeer(lab, side) for side in ("pbx", "carrier")}
        media = {"pbx": MediaEndpoint(lab, "pbx", 31000, TONE["pbx"]),
                 "carrier": MediaEndpoint(lab, "carrier", 41000, TONE["carrier"], ipv6=True)}
        bodies = {"pbx": sdp(ADDRESS["pbx"], 31000), "carrier": sdp(ADDRESS6["carrier"], 41000)}
        for near, far in (("carrier", "pbx"), ("pbx", "carrier")):
            caller = peers[near].invite("+4930123456", bodies[near])
            callee = peers[far].incoming()
            callee.accept(bodies[far])
            places = {near: caller.expect(200).media(), far: callee.request.media()}
            assert places["carrier"][0] == SBC6["carrier"].replace(":0::", "::"), places
            assert places["pbx"][0] == SBC["pbx"], places
            for side, place in places.items():
                media[side].play(place[:2])
            for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
                assert media[side].hears(TONE[other], 25), f"{side} does not hear {other}"
            for endpoint in media.values():
                endpoint.play(None)
            callee.bye()
            caller.expect("BYE")
            lab.wait_calls(0)
