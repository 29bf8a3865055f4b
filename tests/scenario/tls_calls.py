# SPDX-License-Identifier: BSD-2-Clause
"""200 calls at once over mutual TLS on both sides, SIPp behind stunnel, one connection per call: our
certificate is renewed on disk meanwhile, no call or connection is lost, new handshakes show the new
one, and nothing crosses either wire in the clear. Broken certificate files are refused or ignored."""
import os

from tests.support.capture import Capture
from tests.support.certificates import Authority, fingerprint
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipp import Sipp
from tests.support.stunnel import Stunnel
from tests.support.wait import wait_for

TIMEOUT = 240
CALLS, RATE, TALK = 200, 40, 25
SIDES = {"core": "pbx", "peer": "carrier"}  # realm -> side


def names_of(*addresses):
    return ",".join(f"IP:{a}" for a in addresses)


def tls_document(document, authority):
    """Both realms get a TLS interface; the trunks' gateways are behind stunnel."""
    ours = authority.issue("sbc", names_of(*SBC.values()))
    document["tls_profiles"] = [{
        "name": "both", "certificate_file": ours[0], "private_key_file": ours[1],
        "ca_file": authority.ca, "verify_client": "required"}]
    for realm, side in SIDES.items():
        document["sip_interfaces"].append({
            "name": f"{realm}-tls", "realm": realm, "address": SBC[side], "port": 5061,
            "transports": ["tls"], "tls_profile": "both"})
    for trunk in document["trunks"]:
        side = trunk["name"]
        trunk["gateways"] = [{"name": side, "uri": f"sip:{ADDRESS[side]}:5061;transport=tls"}]


def start_tunnels(lab, authority):
    """SIPp speaks TCP to 5070 of its own side and listens on 5060."""
    certificate, key = authority.issue("pbx", names_of(ADDRESS["pbx"]))
    Stunnel(lab, "pbx", True, f"{ADDRESS['pbx']}:5070", f"{SBC['pbx']}:5061", certificate, key,
            authority.ca, [f"checkIP = {SBC['pbx']}"])
    certificate, key = authority.issue("carrier", names_of(ADDRESS["carrier"]))
    Stunnel(lab, "carrier", False, f"{ADDRESS['carrier']}:5061", f"{ADDRESS['carrier']}:5060",
            certificate, key, authority.ca)


def assert_renewed(lab, authority, before):
    """New files are in force: a new handshake shows the new certificate, by whoever asks."""
    pem, _ = authority.issue("sbc", names_of(*SBC.values()))
    after = fingerprint(pem)
    assert after != before
    wait_for(lambda: any(after in key for key in lab.metrics()), 20, "the renewal was not noticed")
    Sipp(lab, "pbx", "uac_tls", transport="t1", port=5090, talk=0.2,
         target=f"{ADDRESS['pbx']}:5070").wait()
    return after


def assert_broken_files_change_nothing(lab, authority, valid):
    """A renewal that cannot be used is told, and what is in use stays."""
    path = os.path.join(authority.folder, "sbc.pem")
    with open(path, "w", encoding="ascii") as file:
        file.write("not a certificate\n")
    wait_for(lambda: lab.metric("portcullis_tls_certificate_swaps_total", profile="both",
                                result="refused") >= 1, 15, "the broken file was not noticed")
    assert lab.metric("portcullis_tls_certificate_info", profile="both", sha256=valid) == 1
    assert "certificate_not_swapped" in lab.log("signaling")
    answer = lab.put_config(lab.api("GET", "/config").json | {"realms": [
        {**realm, "description": "changed"} for realm in lab.document["realms"]]})
    assert answer.status in (409, 422), f"{answer.status} {answer.body}"
    assert path in answer.body and "/tls_profiles/0/certificate_file" in answer.body, answer.body


def run():
    lab = Lab(lambda document: tls_document(document, authority))
    authority = Authority(f"{lab.folder}/tls")
    with lab:
        start_tunnels(lab, authority)
        before = fingerprint(os.path.join(authority.folder, "sbc.pem"))
        captures = [Capture(lab, side) for side in ADDRESS]
        answering = Sipp(lab, "carrier", "uas_tls", calls=CALLS + 1, transport="t1", timeout=120)
        calling = Sipp(lab, "pbx", "uac_tls", calls=CALLS, rate=RATE, transport="tn", port=5080,
                       talk=TALK, timeout=120, target=f"{ADDRESS['pbx']}:5070",
                       extra=("-max_socket", "500", "-l", "300"))
        lab.wait_calls(CALLS, 30)
        after = assert_renewed(lab, authority, before)
        assert len(lab.calls()) >= CALLS, "a call was lost by the renewal"
        calling.wait()
        answering.wait()
        for sipp, calls in ((calling, CALLS), (answering, CALLS + 1)):
            assert sipp.count("SuccessfulCall") == calls and sipp.count("FailedCall") == 0
        records = lab.wait_records(CALLS + 1)
        assert all(r["sip_code"] == 200 for r in records), records[0]
        handshakes = lab.metric("portcullis_tls_handshakes_total")
        assert handshakes >= CALLS + 1, f"{handshakes} handshakes"
        assert lab.metric("portcullis_tls_handshake_failures_total") == 0
        print(f"{CALLS + 1} calls, {handshakes:g} handshakes")
        for capture in captures:
            assert b"SIP/2.0" not in capture.stop().raw(), "SIP in the clear"
        lab.wait_idle(60)
        assert_broken_files_change_nothing(lab, authority, after)
