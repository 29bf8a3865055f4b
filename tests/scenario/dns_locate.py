# SPDX-License-Identifier: BSD-2-Clause
"""Gateways by name (RFC 3263), against dnsmasq: NAPTR chooses the transport, SRV the servers and their
order, by priority and weight, A and AAAA the addresses; what is known is not asked again within its
TTL and is asked again after it; a name that is not there fails the call, and a name server that says
nothing holds up nobody but those who need it, and not even those who knew the name before."""
import subprocess
import threading
import time

from tests.support.capture import Capture
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, ADDRESS6, SBC, SBC6, Lab
from tests.support.name_server import NameServer, questions
from tests.support.peer_checks import final_answer, requests
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.ua import UserAgent
from tests.support.wait import Timeout, wait_for

SERVER = "198.18.1.53"
SECOND = "198.18.1.54"  # another address of the carrier's
SILENCE_S = 5  # until the appliance gives up a question that nobody answers
WEIGHTED = 5072, 5073
BRIEF_S = 2  # the TTL of brief.example.test

# Dialled prefix -> gateway.
GATEWAYS = {
    "+491": "sip:naptr.example.test",  # TCP before UDP; its first server is dead
    "+492": "sip:srv.example.test",  # no NAPTR; its first server is dead
    "+493": "sip:weights.example.test;transport=udp",
    "+494": "sip:six.example.test:5074;transport=udp",  # IPv6 only
    "+495": "sip:brief.example.test:5060;transport=udp",
    "+496": "sip:nobody.example.test",
    "+497": "sip:silent.example.test:5060;transport=udp",
    "+499": "sip:empty.example.test:5060;transport=udp",  # exists, without an address
}
HOST = "host.example.test"


def zone(brief=ADDRESS["carrier"]):
    """NAPTR: name, order, preference, flags, service, regexp, replacement; SRV: name, target, port,
    priority, weight."""
    return [
        "naptr-record=naptr.example.test,10,20,s,SIP+D2U,,_sip._udp.naptr.example.test",
        "naptr-record=naptr.example.test,10,10,s,SIP+D2T,,_sip._tcp.naptr.example.test",
        f"srv-host=_sip._tcp.naptr.example.test,{HOST},5071,10,0",
        f"srv-host=_sip._tcp.naptr.example.test,{HOST},5060,20,0",
        f"srv-host=_sip._udp.naptr.example.test,{HOST},5079,1,0",
        f"srv-host=_sip._udp.srv.example.test,{HOST},5060,20,0",
        f"srv-host=_sip._udp.srv.example.test,{HOST},5071,10,0",
        f"srv-host=_sip._udp.weights.example.test,{HOST},5072,1,80",
        f"srv-host=_sip._udp.weights.example.test,{HOST},5073,1,20",
        f"host-record={HOST},{ADDRESS['carrier']}",
        f"host-record=six.example.test,{ADDRESS6['carrier']}",
        f"host-record=brief.example.test,{brief},{BRIEF_S}",
        f"host-record=silent.example.test,{ADDRESS['carrier']}",
        "txt-record=empty.example.test,nothing",
    ]


def change(document):
    document["dns"] = {"servers": [SERVER], "timeout_ms": SILENCE_S * 1000, "tries": 1,
                       "min_ttl_s": 1, "stale_s": 600}
    document["routes"][0]["match"]["called_prefix"] = "+498"  # the carrier by its address


class Scene:
    """The lab's ends, and one wire captured at a time."""

    def __init__(self, lab):
        self.lab = lab
        self.dns = NameServer(lab, "carrier", SERVER, "example.test", zone())
        self.pbx = SofiaPeer(lab, "pbx")
        self.carrier = SofiaPeer(lab, "carrier")
        self.capture = None
        self._ports = 31000

    def add(self, prefix):
        """A trunk of that gateway, and a route to it. Its name is looked up at once."""
        name = f"to{prefix[1:]}"
        document = self.lab.document
        document["trunks"].append({
            "name": name, "realm": "peer", "gateways": [{"name": name, "uri": GATEWAYS[prefix]}],
            "timers": {"attempt_timeout_s": 2}})
        document["routes"].append({"name": name, "match": {"trunk": "pbx", "called_prefix": prefix},
                                   "trunks": [name]})
        answer = self.lab.put_config(document)
        assert answer.status == 200, answer.body

    def watch(self):
        """Begins to record the carrier's wire."""
        self.capture = Capture(self.lab, "carrier")

    def seen(self):
        """What was recorded: (SIP messages, set of (name, type) asked). Each is asked only once."""
        self.capture.stop()
        asked = [q[1:] for q in questions(self.capture.frames(), SERVER)]
        assert len(asked) == len(set(asked)), f"asked more than once: {asked}"
        return self.capture.sip(), set(asked)

    def offer(self):
        self._ports += 4
        return talk_sdp(self.pbx, self._ports)

    def call(self, number, callee=None, seconds=10):
        """A whole call; answers (its record, the INVITE that was answered)."""
        before = len(self.lab.records())
        near = self.pbx.invite(number, self.offer())
        far = (callee or self.carrier).incoming(seconds=seconds)
        far.accept(talk_sdp(callee or self.carrier, self._ports + 10000))
        near.expect(200, seconds)
        near.bye(seconds)
        far.expect("BYE", seconds)
        return self.lab.wait_records(before + 1)[-1], far.request

    def failed_call(self, number, seconds=10):
        """A call that nobody gets; answers (its record, the answer to the caller)."""
        before = len(self.lab.records())
        answer = self.pbx.invite(number, self.offer()).expect_final("INVITE", seconds)
        return self.lab.wait_records(before + 1)[-1], answer


def invites(messages):
    """(transport in Via, port) of each INVITE that the appliance sent, repetitions once."""
    sent = [m for side in (SBC, SBC6) for m in requests(messages, "INVITE", side["carrier"])]
    return [(m.header("via").split()[0].split("/")[2], m.target[1]) for m in
            sorted(sent, key=lambda m: m.time)]


def pointers(scene):
    """NAPTR prefers TCP; the first TCP server refuses the connection, so the second has the call
    (RFC 3263 4.1, 4.3), twice; the second time nothing is asked."""
    scene.watch()
    scene.add("+491")
    record, invite = scene.call("+491555")
    assert invite.header("via").startswith("SIP/2.0/TCP "), invite.header("via")
    assert [t["code"] for t in record["attempts"]] == [503, 200], record["attempts"]
    scene.call("+491555")
    messages, asked = scene.seen()
    # What went to the dead server is no SIP on the wire: TCP refused it.
    assert invites(messages) == [("TCP", 5060)] * 2, invites(messages)
    assert asked == {("naptr.example.test", "NAPTR"), ("_sip._tcp.naptr.example.test", "SRV"),
                     ("_sip._udp.naptr.example.test", "SRV"), (HOST, "A"), (HOST, "AAAA")}, asked
    for method in ("ACK", "BYE"):
        sent = requests(messages, method, SBC["carrier"])
        assert sent and all(m.header("via").startswith("SIP/2.0/TCP ") for m in sent), method


def services(scene):
    """Without NAPTR, SRV over UDP, by priority whatever the order of the records: the first is dead."""
    scene.watch()
    scene.add("+492")
    record, _ = scene.call("+492555")
    messages, asked = scene.seen()
    assert [t["code"] for t in record["attempts"]][-1] == 200, record["attempts"]
    assert len(record["attempts"]) == 2, record["attempts"]
    assert invites(messages) == [("UDP", 5071), ("UDP", 5060)], invites(messages)
    assert {("srv.example.test", "NAPTR"), ("_sip._udp.srv.example.test", "SRV")} <= asked, asked
    assert (HOST, "A") not in asked, "the address was known"


def busy(agent, over):
    """Refuses whatever arrives until `over` is set."""
    while not over.is_set():
        try:
            agent.respond(agent.expect("INVITE", 0.2), 486, "Busy Here")
        except Timeout:
            pass


def weights(scene, calls=60):
    """Four of five calls go to the server of weight 80 (RFC 2782): that it gets half of them or less,
    or all of them, is less likely than one in a hundred thousand."""
    over = threading.Event()
    servers = [threading.Thread(target=busy, args=(UserAgent(scene.lab, "carrier", port), over))
               for port in WEIGHTED]
    caller = UserAgent(scene.lab, "pbx", 5090)
    scene.watch()
    scene.add("+493")
    for server in servers:
        server.start()
    for n in range(calls):
        caller.invite(f"+49355{n:03}", scene.offer())
    for _ in range(calls):
        caller.expect(486, 20)
    over.set()
    for server in servers:
        server.join()
    messages, asked = scene.seen()
    sent = [port for _, port in invites(messages)]
    assert len(sent) == calls and set(sent) == set(WEIGHTED), sent
    assert sent.count(WEIGHTED[0]) > calls // 2, f"{sent.count(WEIGHTED[0])} of {calls}"
    assert asked == {("_sip._udp.weights.example.test", "SRV")}, asked


def addresses(scene):
    """A port in the URI: neither NAPTR nor SRV; the host has an IPv6 address only."""
    far = SofiaPeer(scene.lab, "carrier", port=5074, address=f"[{ADDRESS6['carrier']}]")
    scene.watch()
    scene.add("+494")
    before = len(scene.lab.records())
    near = scene.pbx.invite("+494555", scene.offer())
    callee = far.incoming(seconds=10)
    callee.accept(sdp(ADDRESS6["carrier"], 41000))
    near.expect(200, 10)
    near.bye(10)
    callee.expect("BYE", 10)
    scene.lab.wait_records(before + 1)
    messages, asked = scene.seen()
    assert invites(messages) == [("UDP", 5074)], invites(messages)
    assert requests(messages, "INVITE", SBC6["carrier"]), "not over IPv6"
    assert asked == {("six.example.test", "A"), ("six.example.test", "AAAA")}, asked


def absent(scene):
    """No such name, and a name without an address: 503, at once, nothing sent, and not asked again."""
    for number, name, why in (("+496555", "nobody.example.test", "does not exist"),
                              ("+499555", "empty.example.test", "no address")):
        scene.watch()
        scene.add(number[:4])
        for _ in range(2):
            record, answer = scene.failed_call(number)
            assert answer is not None and answer.status == 503, str(answer)
            assert [t["code"] for t in record["attempts"]] == [0], record["attempts"]
            assert why in record["attempts"][0]["reason"], record["attempts"]
        messages, asked = scene.seen()
        assert not invites(messages), invites(messages)
        assert (name, "A") in asked, asked


def expired(scene):
    """The host has moved: a call after the TTL of its old address goes to the new one. What lives for a
    minute is not asked again all the while."""
    moved = SofiaPeer(scene.lab, "carrier", address=SECOND)
    scene.watch()
    scene.add("+495")
    first = time.monotonic()
    scene.call("+495555")
    scene.dns.start(zone(brief=SECOND))
    time.sleep(max(0, first + BRIEF_S + 1 - time.monotonic()))
    scene.call("+495555", moved)
    scene.call("+491555")
    scene.capture.stop()
    asked = [q[1:] for q in questions(scene.capture.frames(), SERVER)]
    assert asked.count(("brief.example.test", "A")) >= 2, asked
    assert not [name for name, _ in asked if "naptr" in name or name == HOST], \
        f"asked before its TTL of a minute was over: {asked}"
    return moved


def silence(scene, moved):
    """While the name server says nothing: a call that needs it waits and then fails; calls to an
    address, to a name that is known and to one that was known (RFC 8767) are set up meanwhile."""
    lab = scene.lab
    scene.dns.fall_silent()
    time.sleep(BRIEF_S + 0.5)  # brief.example.test is past its life
    scene.watch()
    wire = Capture(lab, "pbx")
    scene.add("+497")
    stuck = scene.pbx.invite("+497555", scene.offer())
    wait_for(lambda: len(lab.calls()) == 1, 5, "the call does not wait for its name")
    scene.call("+498555")
    scene.call("+492555")
    scene.call("+495555", moved)
    answer = stuck.expect_final("INVITE", 15)
    assert answer is not None and answer.status == 503, str(answer)
    record = wait_for(lambda: next((r for r in lab.records() if r["to_number_original"] == "+497555"),
                                   None), 5, "no record of the call that failed")
    assert "no name server answered" in record["attempts"][0]["reason"], record["attempts"]
    scene.dns.speak_again()

    messages = wire.stop().sip()
    sent = {m.uri.split("@")[0].split(":")[-1]: m for m in requests(messages, "INVITE",
                                                                    ADDRESS["pbx"])}
    late = final_answer(messages, sent["+497555"])
    for number in ("+498555", "+492555", "+495555"):
        final = final_answer(messages, sent[number])
        assert final.status == 200, str(final)
        assert final.time < late.time, f"{number} had to wait for another call's name"


def run():
    with Lab(change) as lab:
        subprocess.run(["ip", "-n", lab.namespace("carrier"), "addr", "add", f"{SECOND}/24", "dev",
                        "sbc0"], check=True)
        scene = Scene(lab)
        pointers(scene)
        services(scene)
        weights(scene)
        addresses(scene)
        absent(scene)
        silence(scene, expired(scene))
        lab.wait_calls(0)
