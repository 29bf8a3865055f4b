# SPDX-License-Identifier: BSD-2-Clause
"""The certificate is swapped through the REST API while 200 calls are up, each on a TLS connection of
its own (mutual TLS): no call and no connection is lost, re-INVITE and BYE cross the connections that
were there before, and only new handshakes show the new certificate. A certificate with another's key is
refused by name, and changes nothing."""
import concurrent.futures
import copy

from tests.support import stunnel
from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import SBC, Lab
from tests.support.peer_pair import NUMBER, SIDES
from tests.support.sipp import Sipp
from tests.support.tls_lab import TLS_PORT, TlsLab
from tests.support.tls_ua import TlsAgent, client_context, file_fingerprint

CALLS = 200
EXCLUSIVE = True
TIMEOUT = 180


def with_files(document, certificate, key):
    """The document with other files in its TLS profile."""
    changed = copy.deepcopy(document)
    changed["tls_profiles"][0].update(certificate_file=f"{certificate}/cert.pem",
                                      private_key_file=f"{key}/key.pem")
    return changed


def check_refused(lab, tls, following):
    """A certificate and the key of another, and a file that is none: the answer says which and why."""
    for certificate, key, field, words in (
            (following, tls.pbx, "private_key_file", "is not the key of the certificate"),
            (f"{tls.authority.folder}/absent", tls.sbc, "certificate_file", "cannot be read")):
        answer = lab.put_config(with_files(lab.document, certificate, key))
        assert answer.status == 409, f"{answer.status} {answer.body}"
        assert f"/tls_profiles/0/{field}" in answer.body and words in answer.body, answer.body


def opened(capture):
    """How many TCP connections to the TLS port began, and how many ended, on that wire."""
    to_port = f"tcp.port == {TLS_PORT}"
    return (len(capture.tshark(f"{to_port} && tcp.flags.syn == 1 && tcp.flags.ack == 0")),
            len(capture.tshark(f"{to_port} && (tcp.flags.fin == 1 || tcp.flags.reset == 1)")))


class Callers:
    """The calling side: 200 agents, sixteen of them busy at a time."""

    def __init__(self, lab, context):
        self._lab, self._context = lab, context
        self.agents = []

    def _each(self, do, items):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            return list(pool.map(do, items))

    def call(self):
        self.agents = [TlsAgent(self._lab, "pbx", self._context) for _ in range(CALLS)]
        return self._each(lambda a: a.call(NUMBER, sdp(a.address, 31000)), self.agents)

    def fingerprints(self):
        return {agent.fingerprint() for agent in self.agents}

    def reinvite(self, dialogs):
        self._each(lambda d: d.reinvite(sdp(d.agent.address, 31000, version=2), seconds=10), dialogs)

    def hang_up(self, dialogs):
        self._each(lambda d: d.bye(seconds=10), dialogs)


def run():
    tls = TlsLab()
    following = tls.authority.issue("sbc-next", addresses=list(SBC.values()))
    context = client_context(tls.authority.ca, tls.pbx)
    with Lab(tls.change(verify_client="required")) as lab:
        inwards = stunnel.server(lab, "carrier", tls.carrier, ca=tls.authority.ca)
        answering = Sipp(lab, "carrier", "uas_tls", calls=CALLS, transport="t1", timeout=120)
        captures = {side: Capture(lab, side, f"tcp port {TLS_PORT}") for side in SIDES}
        callers = Callers(lab, context)
        dialogs = callers.call()
        lab.wait_calls(CALLS)
        shown = callers.fingerprints()
        handshakes = inwards.handshakes()

        check_refused(lab, tls, following)
        assert {TlsAgent(lab, "pbx", context).fingerprint()} == shown, "a refused file is shown"

        answer = lab.put_config(with_files(lab.document, following, following))
        assert answer.status == 200, f"{answer.status} {answer.body}"
        new = file_fingerprint(f"{following}/cert.pem")
        assert TlsAgent(lab, "pbx", context).fingerprint() == new and {new} != shown
        assert lab.metric("portcullis_tls_certificate_info", sha256=new) == 1

        assert len(lab.calls()) == CALLS
        callers.reinvite(dialogs)
        assert inwards.handshakes() == handshakes, "the carrier was connected to again"
        assert opened(captures["pbx"].stop()) == (CALLS + 2, 0), "a connection was lost"
        began, ended = opened(captures["carrier"].stop())
        assert (began, ended) == (handshakes, 0), f"carrier: {began} connections, {ended} ends"

        callers.hang_up(dialogs)
        answering.wait()
        lab.wait_calls(0)
        records = lab.wait_records(CALLS)
        assert len(records) == CALLS and all(r["sip_code"] == 200 for r in records)
        for side in SIDES:
            assert b"SIP/2.0" not in captures[side].raw(), f"{side}: SIP in clear text"
