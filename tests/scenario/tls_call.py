# SPDX-License-Identifier: BSD-2-Clause
"""Sofia-SIP over TLS on both sides: a call with a re-INVITE and BYE from each side, certificates checked
both ways; a server that is not who the trunk says is refused, and so is a client without a certificate
where one is asked for."""
from tests.support import stunnel
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_pair import NUMBER
from tests.support.sipp import Sipp
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.tls_lab import TLS_PORT, TlsLab

TIMEOUT = 240


def to_sbc(side, number=NUMBER):
    return f"sip:{number}@{SBC[side]}:{TLS_PORT};transport=tls"


def talking():
    tls = TlsLab()
    with Lab(tls.change(verify_client="required")) as lab:
        pbx = SofiaPeer(lab, "pbx", certificates=tls.pbx)
        carrier = SofiaPeer(lab, "carrier", certificates=tls.carrier)
        for hanging_up in (0, 1):
            near = pbx.new_call()
            near.invite(to_sbc("pbx"), talk_sdp(pbx, 31000))
            far = carrier.incoming()
            assert "/TLS" in far.request.header("via") and "tls" in far.request.header("contact")
            far.ring()
            near.expect(180)
            far.accept(talk_sdp(carrier, 41000))
            near.expect(200)
            far.invite(None, talk_sdp(carrier, 41000, "sendonly", 2))
            near.expect("INVITE")
            near.accept(talk_sdp(pbx, 31000, "recvonly", 2))
            far.expect(200)
            one, other = ((near, far), (far, near))[hanging_up]
            one.bye()
            other.expect("BYE")
            lab.wait_calls(0)


def wrong_server():
    """The carrier's certificate is good, but of another host (RFC 5922 7.1): the call is refused."""
    tls = TlsLab()
    stranger = tls.authority.issue("stranger", addresses=["198.18.1.77"])
    with Lab(tls.change()) as lab:
        pbx = SofiaPeer(lab, "pbx", certificates=tls.pbx)
        carrier = SofiaPeer(lab, "carrier", certificates=stranger)
        near = pbx.new_call()
        near.invite(to_sbc("pbx"), talk_sdp(pbx, 31000))
        answer = near.expect_final("INVITE", 20)
        assert answer.status in (500, 502, 503), str(answer)
        carrier.expect_no_call(0.3)


def client_without_certificate():
    tls = TlsLab()
    with Lab(tls.change(verify_client="required")) as lab:
        client = stunnel.client(lab, "pbx", f"{SBC['pbx']}:{TLS_PORT}", ca=tls.authority.ca)
        calling = Sipp(lab, "pbx", "uac_media", transport="t1", via="TLS", timeout=3,
                       target=f"{ADDRESS['pbx']}:15061")
        try:
            calling.wait()
        except AssertionError:
            pass
        else:
            raise AssertionError("a client without a certificate was let in")
        assert lab.records() == [] and client.log()


def run():
    talking()
    wrong_server()
    client_without_certificate()
