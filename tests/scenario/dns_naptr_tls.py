# SPDX-License-Identifier: BSD-2-Clause
"""NAPTR chooses TLS (RFC 3263 4.1), against dnsmasq and Sofia-SIP: where SIPS+D2T is preferred, calls
leave over TLS to the servers of _sips._tcp, one after the other, and the certificate must be the domain's
(RFC 5922 4), not the server's; where another order is given, that order counts, but a sips gateway takes
nothing but TLS; and a TLS server that does not prove who it is gets no call in the clear instead."""
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.name_server import NameServer, questions
from tests.support.peer_checks import requests
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.tls_lab import TLS_PORT, TlsLab

SERVER = "198.18.1.53"
HOST = "host.example.test"
DEAD = 5071

# Dialled prefix -> gateway.
GATEWAYS = {
    "+491": "sip:secure.example.test",  # TLS before TCP before UDP; its first server is dead
    "+492": "sip:clear.example.test",  # TCP before TLS
    "+493": "sips:both.example.test",  # the same order
    "+494": "sip:stranger.example.test",  # TLS before UDP; the certificate is not its own
}


def services(domain, *order):
    """NAPTR records of a domain in that order, and the SRV records of its one server."""
    made = []
    for n, (service, prefix) in enumerate(order):
        made.append(f"naptr-record={domain},{10 + n},10,s,{service},,{prefix}.{domain}")
        port = TLS_PORT if prefix == "_sips._tcp" else 5060
        made.append(f"srv-host={prefix}.{domain},{HOST},{port},20,0")
    return made


def zone():
    tls, tcp, udp = ("SIPS+D2T", "_sips._tcp"), ("SIP+D2T", "_sip._tcp"), ("SIP+D2U", "_sip._udp")
    return [f"host-record={HOST},{ADDRESS['carrier']}",
            f"srv-host=_sips._tcp.secure.example.test,{HOST},{DEAD},10,0",
            *services("secure.example.test", tls, tcp, udp),
            *services("clear.example.test", tcp, tls),
            *services("both.example.test", tcp, tls),
            *services("stranger.example.test", tls, udp)]


class Scene:
    def __init__(self, lab, tls):
        self.lab = lab
        certificate = tls.authority.issue("secure", names=["secure.example.test", "both.example.test",
                                                           HOST])
        self.dns = NameServer(lab, "carrier", SERVER, "example.test", zone())
        self.pbx = SofiaPeer(lab, "pbx")
        self.carrier = SofiaPeer(lab, "carrier", certificates=certificate)
        self.ports = 31000

    def add(self, prefix):
        """A trunk of that gateway, and a route to it."""
        name = f"to{prefix[1:]}"
        self.lab.document["trunks"].append({
            "name": name, "realm": "peer", "gateways": [{"name": name, "uri": GATEWAYS[prefix]}]})
        self.lab.document["routes"].append({
            "name": name, "match": {"trunk": "pbx", "called_prefix": prefix}, "trunks": [name]})
        answer = self.lab.put_config(self.lab.document)
        assert answer.status == 200, answer.body

    def offer(self):
        self.ports += 4
        return talk_sdp(self.pbx, self.ports)

    def call(self, number):
        """A whole call; answers (the codes of its attempts, what the carrier's wire saw, the transport
        of the INVITE that was answered)."""
        wire = Capture(self.lab, "carrier")
        before = len(self.lab.records())
        self.add(number[:4])
        near = self.pbx.invite(number, self.offer())
        far = self.carrier.incoming(seconds=10)
        far.accept(talk_sdp(self.carrier, self.ports + 10000))
        near.expect(200, 10)
        near.bye(10)
        far.expect("BYE", 10)
        record = self.lab.wait_records(before + 1)[-1]
        used = far.request.header("via").split()[0].split("/")[2]
        return [t["code"] for t in record["attempts"]], wire.stop(), used


def asked(wire):
    return {q[1:] for q in questions(wire.frames(), SERVER)}


def hellos(wire, domain):
    """TLS handshakes that the appliance began there, naming that domain (SNI)."""
    return wire.tshark(f"ip.src == {SBC['carrier']} && tcp.dstport == {TLS_PORT} && "
                       f'tls.handshake.extensions_server_name == "{domain}"')


def secured(scene):
    codes, wire, used = scene.call("+491555")
    assert used == "TLS" and codes == [503, 200], (used, codes)
    assert b"SIP/2.0" not in wire.raw(), "SIP in the clear"
    assert hellos(wire, "secure.example.test"), "no handshake for the domain"
    assert {("secure.example.test", "NAPTR"), ("_sips._tcp.secure.example.test", "SRV")} <= asked(wire)
    dead = wire.tshark(f"tcp.flags.syn == 1 && ip.src == {SBC['carrier']} && tcp.dstport == {DEAD}")
    assert dead, "the first server was not tried"


def order_counts(scene):
    codes, wire, used = scene.call("+492555")
    assert used == "TCP" and codes == [200], (used, codes)
    assert len(requests(wire.sip(), "INVITE", SBC["carrier"])) == 1 \
        and not hellos(wire, "clear.example.test")


def only_tls(scene):
    codes, wire, used = scene.call("+493555")
    assert used == "TLS" and codes == [200], (used, codes)
    assert b"SIP/2.0" not in wire.raw(), "SIP in the clear"
    assert hellos(wire, "both.example.test"), "no handshake for the domain"


def no_step_down(scene):
    """Its certificate names the host that SRV leads to; the NAPTR offers UDP too."""
    lab, wire = scene.lab, Capture(scene.lab, "carrier")
    scene.add("+494")
    failures = lab.metric("portcullis_tls_handshake_failures_total", reason="wrong_name")
    answer = scene.pbx.invite("+494555", scene.offer()).expect_final("INVITE", 20)
    assert answer.status == 503, str(answer)
    assert lab.metric("portcullis_tls_handshake_failures_total", reason="wrong_name") == failures + 1
    assert b"SIP/2.0" not in wire.stop().raw(), "SIP in the clear"
    assert hellos(wire, "stranger.example.test"), "no handshake for the domain"


def change(tls):
    def changed(document):
        tls.change(trunk=False)(document)
        document["dns"] = {"servers": [SERVER], "min_ttl_s": 1}
        document["routes"][0]["match"]["called_prefix"] = "+498"  # the carrier by its address
    return changed


def run():
    tls = TlsLab()
    with Lab(change(tls)) as lab:
        scene = Scene(lab, tls)
        secured(scene)
        order_counts(scene)
        only_tls(scene)
        no_step_down(scene)
        lab.wait_calls(0)
