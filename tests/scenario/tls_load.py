# SPDX-License-Identifier: BSD-2-Clause
"""SIP over TLS under load: 200 SIPp calls, each on a TLS connection of its own (stunnel, mutual TLS), all
up at the same time, to a carrier that is TLS too. Every handshake is counted, every call answered and
hung up; nothing of SIP is readable on either wire."""
from tests.support import stunnel
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipp import Sipp
from tests.support.tls_lab import TLS_PORT, TlsLab

CALLS = 200
EXCLUSIVE = True
TIMEOUT = 300


def run():
    tls = TlsLab()
    with Lab(tls.change(verify_client="required")) as lab:
        outwards = stunnel.client(lab, "pbx", f"{SBC['pbx']}:{TLS_PORT}", ca=tls.authority.ca,
                                  certificate=tls.pbx)
        inwards = stunnel.server(lab, "carrier", tls.carrier, ca=tls.authority.ca)
        captures = {side: Capture(lab, side, "tcp or udp port 5060") for side in ("pbx", "carrier")}
        answering = Sipp(lab, "carrier", "uas_tls", calls=CALLS, transport="t1", timeout=120)
        calling = Sipp(lab, "pbx", "uac_tls", calls=CALLS, rate=40, transport="tn", timeout=120,
                       target=f"{ADDRESS['pbx']}:15061", talk=8,
                       extra=("-max_socket", str(2 * CALLS)))
        lab.wait_calls(CALLS, 20)
        calling.wait()
        answering.wait()
        assert calling.count("SuccessfulCall") == CALLS and calling.count("FailedCall") == 0
        assert outwards.handshakes() == CALLS, f"{outwards.handshakes()} TLS connections"
        assert inwards.handshakes() >= 1
        assert not outwards.failures() and not inwards.failures()
        assert lab.metric("portcullis_tls_handshakes_total") == CALLS + inwards.handshakes()
        lab.wait_calls(0)
        for side, capture in captures.items():
            seen = capture.stop().raw()
            assert seen and b"SIP/2.0" not in seen, f"{side}: SIP in clear text"
