# SPDX-License-Identifier: BSD-2-Clause
"""An IPv6 PBX and an IPv4 carrier call each other, with audio both ways."""
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, ADDRESS6, SBC, SBC6, Lab
from tests.support.sipp import TONE, Sipp

DRIVERS = ("af_xdp", "af_packet")


def pbx_over_ipv6(document):
    for trunk in document["trunks"]:
        if trunk["name"] == "pbx":
            trunk["gateways"][0]["uri"] = f"sip:[{ADDRESS6['pbx']}]:5060"


def one_call(lab, caller, callee):
    captures = {side: Capture(lab, side) for side in (caller, callee)}
    answering = Sipp(lab, callee, "uas_media", ipv6=callee == "pbx")
    Sipp(lab, caller, "uac_media", ipv6=caller == "pbx").wait()
    answering.wait()
    ends = {"pbx": (SBC6["pbx"], ADDRESS6["pbx"]), "carrier": (SBC["carrier"], ADDRESS["carrier"])}
    for near, far in ((caller, callee), (callee, caller)):
        # Captured addresses are in their shortest form.
        source, target = (a.replace(":0::", "::") for a in ends[near])
        heard = captures[near].rtp(source, target)
        assert heard and heard[0].tone_share(TONE[far]) > 0.9, f"{near} does not hear {far}"


def run():
    with Lab(change=pbx_over_ipv6) as lab:
        one_call(lab, "pbx", "carrier")
        one_call(lab, "carrier", "pbx")
        lab.wait_calls(0)
