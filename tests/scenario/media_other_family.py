# SPDX-License-Identifier: BSD-2-Clause
"""SIP over IPv4 whose session description names an IPv6 address (RFC 6157): the leg's media is IPv6,
and the other leg's IPv4 as before. Audio both ways."""
import ipaddress

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
        caller = peers["carrier"].invite("+4940555", bodies["carrier"])
        callee = peers["pbx"].incoming()
        callee.accept(bodies["pbx"])
        places = {"carrier": caller.expect(200).media(), "pbx": callee.request.media()}
        assert ipaddress.ip_address(places["carrier"][0]) == ipaddress.ip_address(SBC6["carrier"])
        assert places["pbx"][0] == SBC["pbx"], places
        for side, place in places.items():
            media[side].play(place[:2])
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            assert media[side].hears(TONE[other], 25), f"{side} does not hear {other}"
        callee.bye()
        caller.expect("BYE")
        lab.wait_calls(0)
