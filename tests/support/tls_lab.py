# SPDX-License-Identifier: BSD-2-Clause
"""What a lab with TLS and WebSocket needs: certificates, and the changes of the lab's document."""
import tempfile

from tests.support.certs import Authority
from tests.support.lab import ADDRESS, SBC

TLS_PORT = 5061
WS_PORT, WSS_PORT = 8081, 8443


class TlsLab:
    """Certificates of one lab. `change` adds the profile `lab`, TLS interfaces on both sides, and
    WebSocket ones on the PBX's; with `trunk`, the carrier is called over TLS and must be `carrier`."""

    def __init__(self, lab_folder=None):
        self._folder = None if lab_folder else \
            tempfile.TemporaryDirectory(prefix="portcullis-tls-")  # pylint: disable=consider-using-with
        self.authority = Authority(lab_folder or self._folder.name)
        self.sbc = self.authority.issue("sbc", addresses=list(SBC.values()))
        self.pbx = self.authority.issue("pbx", addresses=[ADDRESS["pbx"]])
        self.carrier = self.authority.issue("carrier", addresses=[ADDRESS["carrier"]])

    def change(self, trunk=True, verify_client="none", websocket=False):
        def changed(document):
            document["tls_profiles"] = [{
                "name": "lab", "certificate_file": f"{self.sbc}/cert.pem",
                "private_key_file": f"{self.sbc}/key.pem", "ca_file": self.authority.ca,
                "verify_client": verify_client}]
            interfaces = [("core-tls", "core", SBC["pbx"], TLS_PORT, "tls"),
                          ("peer-tls", "peer", SBC["carrier"], TLS_PORT, "tls")]
            if websocket:
                interfaces += [("core-ws", "core", SBC["pbx"], WS_PORT, "ws"),
                               ("core-wss", "core", SBC["pbx"], WSS_PORT, "wss")]
            for name, realm, address, port, transport in interfaces:
                added = {"name": name, "realm": realm, "address": address, "port": port,
                         "transports": [transport]}
                if transport in ("tls", "wss"):
                    added["tls_profile"] = "lab"
                document["sip_interfaces"].append(added)
            if trunk:
                carrier = next(t for t in document["trunks"] if t["name"] == "carrier")
                carrier["gateways"][0]["uri"] = \
                    f"sip:{ADDRESS['carrier']}:{TLS_PORT};transport=tls"
        return changed
