# SPDX-License-Identifier: BSD-2-Clause
"""Sofia-SIP over TLS on both sides: a call with a re-INVITE and BYE from each side, certificates checked
both ways, nothing of SIP readable on either wire; a server that is not who the trunk says, by name, by
issuer or by pin, is refused for that reason, and so is a client without a certificate where one is asked
for."""
from tests.support import stunnel
from tests.support.capture import Capture
from tests.support.certs import Authority
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_pair import NUMBER, SIDES
from tests.support.sipp import Sipp
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.tls_lab import TLS_PORT, TlsLab
from tests.support.tls_ua import TlsAgent, client_context, file_fingerprint
from tests.support.wait import wait_for

TIMEOUT = 240


def to_sbc(side, number=NUMBER):
    return f"sip:{number}@{SBC[side]}:{TLS_PORT};transport=tls"


def answered(pbx, carrier):
    """A call through the appliance as far as the ACK."""
    near = pbx.new_call()
    near.invite(to_sbc("pbx"), talk_sdp(pbx, 31000))
    far = carrier.incoming()
    host = f"{SBC['carrier']}:{TLS_PORT}"
    assert far.request.header("via").startswith(f"SIP/2.0/TLS {host};"), far.request.header("via")
    assert f"@{host};transport=tls>" in far.request.header("contact"), far.request.header("contact")
    far.ring()
    near.expect(180)
    far.accept(talk_sdp(carrier, 41000))
    contact = near.expect(200).header("contact")
    assert f"@{SBC['pbx']}:{TLS_PORT};transport=tls>" in contact, contact
    return near, far


def talking(lab, pbx, carrier):
    """One call each way of hanging up; both wires recorded."""
    captures = [Capture(lab, side, "tcp or udp port 5060") for side in SIDES]
    for hanging_up in (0, 1):
        near, far = answered(pbx, carrier)
        far.invite(None, talk_sdp(carrier, 41000, "sendonly", 2))
        near.expect("INVITE")
        near.accept(talk_sdp(pbx, 31000, "recvonly", 2))
        far.expect(200)
        one, other = ((near, far), (far, near))[hanging_up]
        one.bye()
        other.expect("BYE")
        lab.wait_calls(0)
    for capture in captures:
        seen = capture.stop().raw()
        assert seen and b"SIP/2.0" not in seen and NUMBER.encode() not in seen, capture.path


def terms(lab, **fields):
    """Sets how the carrier has to prove itself."""
    carrier = next(t for t in lab.document["trunks"] if t["name"] == "carrier")
    carrier["tls"] = fields
    answer = lab.put_config(lab.document)
    assert answer.status == 200, answer.body


def refused(lab, pbx, carrier, reason):
    """The call fails, and the handshake with the carrier was what failed, for that reason."""
    before = lab.metric("portcullis_tls_handshake_failures_total", reason=reason)
    near = pbx.new_call()
    near.invite(to_sbc("pbx"), talk_sdp(pbx, 31000))
    answer = near.expect_final("INVITE", 20)
    assert answer.status in (500, 502, 503), str(answer)
    after = lab.metric("portcullis_tls_handshake_failures_total", reason=reason)
    assert after > before, f"no handshake failed as {reason}"
    carrier.expect_no_call(0.2)


def proofs(lab, tls, pbx, carrier):
    """Issuer, pin and name, each good and not, of a carrier whose certificate never changes."""
    stranger = Authority(f"{tls.authority.folder}/other", "Other Authority")
    pin = file_fingerprint(f"{tls.carrier}/cert.pem")
    for fields in ({"fingerprints": [pin]}, {"ca_file": tls.authority.ca, "names": ["carrier"]}):
        terms(lab, **fields)
        near, far = answered(pbx, carrier)
        near.bye()
        far.expect("BYE")
    for fields, reason in (
            ({"ca_file": stranger.ca}, "untrusted"),
            ({"fingerprints": [pin[:-1] + ("0" if pin[-1] != "0" else "1")]}, "wrong_pin"),
            ({"names": ["arrier", "sip.carrier.example"]}, "wrong_name")):
        terms(lab, **fields)
        refused(lab, pbx, carrier, reason)
    lab.wait_calls(0)


def client_without_certificate(lab, tls):
    client = stunnel.client(lab, "pbx", f"{SBC['pbx']}:{TLS_PORT}", ca=tls.authority.ca)
    before = len(lab.records())
    calling = Sipp(lab, "pbx", "uac_tls", transport="t1", port=5070, timeout=3,
                   target=f"{ADDRESS['pbx']}:15061")
    try:
        calling.wait()
    except AssertionError:
        pass
    else:
        raise AssertionError("a client without a certificate was let in")
    assert len(lab.records()) == before
    wait_for(lambda: lab.metric("portcullis_tls_handshake_failures_total", reason="no_certificate"),
             5, lambda: client.log()[-1500:])


def wrong_server():
    """The carrier's certificate is good, but of another host (RFC 5922 7.1): the call is refused."""
    tls = TlsLab()
    stranger = tls.authority.issue("stranger", addresses=["198.18.1.77"])
    with Lab(tls.change()) as lab:
        pbx = SofiaPeer(lab, "pbx", certificates=tls.pbx)
        carrier = SofiaPeer(lab, "carrier", certificates=stranger)
        refused(lab, pbx, carrier, "wrong_name")


def run():
    tls = TlsLab()
    with Lab(tls.change(verify_client="required")) as lab:
        pbx = SofiaPeer(lab, "pbx", certificates=tls.pbx)
        carrier = SofiaPeer(lab, "carrier", certificates=tls.carrier)
        shown = TlsAgent(lab, "pbx", client_context(tls.authority.ca, tls.pbx)).fingerprint()
        assert shown == file_fingerprint(f"{tls.sbc}/cert.pem")
        talking(lab, pbx, carrier)
        client_without_certificate(lab, tls)
        proofs(lab, tls, pbx, carrier)
    wrong_server()
