# SPDX-License-Identifier: BSD-2-Clause
"""The relay under its operators: configuration changes during calls, drivers, leases, neighbours,
bad clients, and the words it ends with when it cannot start."""
import json
import os
import signal
import subprocess
import sys
import time

from tests.scenario.relay_forwarding import Call, check, pump
from tests.support.relay_lab import Lab, command, local
from tests.support.relay_protocol import (HEADER, SIGNALING_ADDRESS, Connection, Management,
                                          Signaling, both_ways, leg, stream)

EXCLUSIVE = True


def status(lab): return json.loads(Management(lab.socket).get("status")[2])


def pool(lab, name): return next((p for p in status(lab)["pools"] if p["name"] == name), None)


def latching(lab, signaling):
    """A phone behind NAT: SDP says a private address, media comes from the SIP source's address."""
    nat, far = lab.phone("a"), lab.phone("b")
    answer = signaling.install(20, 1, [
        leg(1, "a4", stream(remote=("192.168.1.5", 4000), latch=SIGNALING_ADDRESS,
                            latch_address="198.18.8.2")),
        leg(2, "b4", stream(remote=local(far)))], both_ways(1, 2))
    check(answer["outcome"] == "Ok", "an SDP address without route is accepted behind NAT")
    a_local, b_local = answer["ports"][0]["rtp"], answer["ports"][1]["rtp"]
    check(pump(far, b_local, nat, 5)[0] == 0, "nothing is sent there before the latch")
    check(pump(nat, a_local, far, 5)[0] == 5, "its media arrives")
    event = signaling.wait_event("Latched", 2, session=20, leg=1)
    check(event["source"] == local(nat), "the latch is reported")
    check(pump(far, b_local, nat, 5)[0] == 5, "and answered to where it came from")
    command("ip", "-n", lab.ns("a"), "addr", "add", "198.18.8.66/24", "dev", "m-a")
    subprocess.run(
        ["ip", "netns", "exec", lab.ns("a"), sys.executable, "-c",
         "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('198.18.8.66', 0));"
         f"[s.sendto(b'\\x80\\0' + b'x' * 170, {a_local}) for _ in range(5)]"], check=True)
    far.settimeout(0.3)
    try:
        far.recv(2048)
        raise AssertionError("a foreign source's packet was forwarded")
    except TimeoutError:
        check(True, "a foreign source is refused")
    refused = signaling.wait_event("SourceRefused", 2, session=20)
    check(refused["source"][0] == "198.18.8.66", "and reported")
    signaling.release(20)


def mux_and_hairpin(lab, signaling):
    phone = lab.phone("a")
    answer = signaling.install(21, 1, [
        leg(1, "a4", stream(remote=local(phone), rtcp_mux=True)),
        leg(2, "a4", stream())], both_ways(1, 2))
    check(answer["ports"][0]["rtp"] == answer["ports"][0]["rtcp"], "a muxed stream has one port")
    pump(phone, answer["ports"][0]["rtp"], phone, 3)
    before = signaling.query(21)["streams"][0]["rx_packets"]
    after = signaling.update(21, 2, 0, leg(1, "a4", stream(remote=local(phone))))
    check(after["ports"][0]["rtp"] == answer["ports"][0]["rtp"] and
          after["ports"][0]["rtcp"][1] == answer["ports"][0]["rtp"][1] + 1, "unmuxed, it keeps its port")
    check(signaling.query(21)["streams"][0]["rx_packets"] == before == 3, "and its figures")
    # Leg 2 of session 21 and leg 1 of session 22 talk to each other inside the relay.
    other = lab.phone("b")
    inner = signaling.install(22, 1, [leg(1, "b4", stream(remote=answer["ports"][1]["rtp"])),
                                      leg(2, "b4", stream(remote=local(other)))], both_ways(1, 2))
    check(inner["outcome"] == "Ok", "a media port of ours is a valid remote")
    closed = signaling.update(21, 3, 0, leg(2, "a4", stream(remote=inner["ports"][0]["rtp"])))
    check(closed["outcome"] == "Ok", "both ends know each other")
    check(pump(phone, after["ports"][0]["rtp"], other, 10)[0] == 10, "media loops through our own ports")
    for session in (21, 22): signaling.release(session)


def reconfigure(lab, signaling):
    call = Call(lab, 30, 4, 4)
    call.install(signaling)
    management = Management(lab.socket)
    check(management.apply(2, lab.document("af_xdp", 20000, 22999)) == [], "ranges grow during a call")
    grown = lab.phone("a")
    answer = signaling.install(31, 1, [leg(1, "a4", stream(remote=local(grown), port=22000))], [])
    check(answer["outcome"] == "Ok", "the new ports are there")
    signaling.release(31)
    check(management.apply(3, lab.document("af_packet", 20000, 22999)) == [], "driver changes during a call")
    check({i["driver"] for i in status(lab)["interfaces"]} == {"af_packet"}, "to af_packet")
    check(not lab.xdp_attached("a"), "the XDP program is gone")
    check(call.both_directions(10), "and the call goes on")
    check(management.apply(4, lab.document("auto", 20000, 22999)) == [], "auto keeps what works")
    check(management.apply(5, lab.document("af_xdp", 20000, 22999)) == [], "back to af_xdp")
    check(call.both_directions(10), "the call goes on")
    low = 24000
    refused = management.prepare(6, lab.document("af_xdp", 20000, 22999, memory_mb=320))
    check(any(p == "/relay/memory_mb" for p, _ in refused), "start-up settings are refused during a call")
    check(management.apply(7, lab.document("af_xdp", low, low + 99)) == [], "ranges move away from a call")
    check(call.both_directions(10), "which keeps its ports")
    signaling.release(30)
    time.sleep(7)
    moved = pool(lab, "a4")
    check((moved["port_min"], moved["used"], moved["quarantined"]) == (low, 0, 0), "until it ended")
    epoch = management.epoch
    check(management.apply(8, lab.document("af_xdp", memory_mb=320)) == [], "without calls they are taken")
    management.close()
    time.sleep(0.2)
    again = Management(lab.socket)
    check(again.epoch != epoch and again.applied == 8, "by a restart in place")
    check(status(lab)["memory"]["memory_mb"] == 320, "with the new memory")


def neighbours(lab):
    signaling = Signaling(lab.socket, epoch=1)
    call = Call(lab, 40, 4, 4)
    call.install(signaling)
    check(call.both_directions(5), "a call over the new configuration")
    command("ip", "-n", lab.ns("b"), "link", "set", "m-b", "down")
    command("ip", "-n", lab.ns("b"), "link", "set", "m-b", "address", "02:00:00:00:00:77")
    command("ip", "-n", lab.ns("b"), "link", "set", "m-b", "up")
    # What a host that moved does: it announces itself.
    lab.phone("b").sendto(b"", ("198.18.9.1", 9))
    deadline = time.monotonic() + 15
    while pump(call.a, call.a_local, call.b, 3)[0] != 3:
        check(time.monotonic() < deadline, "waiting for the neighbour's new MAC address")
    check(True, "media follows the neighbour's new MAC address")
    command("ip", "-n", lab.ns("b"), "route", "add", "203.0.113.0/24", "dev", "lo")
    command("ip", "-n", lab.ns("b"), "addr", "add", "203.0.113.9/32", "dev", "lo")
    command("ip", "-n", lab.ns("sbc"), "route", "add", "203.0.113.0/24", "via", "198.18.9.2")
    routed = signaling.install(41, 1, [leg(1, "b4", stream(remote=("203.0.113.9", 5000)))], [])
    check(routed["outcome"] == "Ok", "a remote behind a gateway")
    return signaling, call


def fragments(lab):
    before = xdp_frames(lab, "fragment")
    lab.phone("a").sendto(b"\x80\0" + b"x" * 3000, ("198.18.8.1", 20010))
    check(xdp_frames(lab, "fragment") == before + 1, "first fragments to media ports are dropped and counted")


def xdp_frames(lab, verdict):
    text = Management(lab.socket).get("metrics")[2]
    return next(int(line.split()[-1]) for line in text.splitlines()
                if line.startswith("portcullis_media_xdp_frames_total") and 'device="m-a"' in line
                and f'verdict="{verdict}"' in line)


def bad_clients(lab):
    for name, data in (("garbage", os.urandom(64) + b"\xff" * 64),
                       ("an endless length", b"\xff" * HEADER.size),
                       ("a request before Hello", HEADER.pack(4, 1, 0x0111, 0) + b"\0\0\0\0"),
                       ("a truncated body", HEADER.pack(2, 1, 0x0101, 0) + b"\0\0")):
        connection = Connection(lab.socket)
        connection.socket.sendall(data)
        try:
            closed = connection.socket.recv(1) == b""
        except ConnectionError:
            closed = True
        check(closed, f"{name} closes the connection")


def lease(lab, signaling, call):
    management = Management(lab.socket)
    check(management.apply(9, lab.document("af_xdp", memory_mb=320, lease_s=10)) == [], "a short lease")
    signaling.query(1)
    signaling.close()
    check(call.both_directions(5), "signaling gone: media goes on")
    successor = Signaling(lab.socket, epoch=2)
    check(successor.query(call.session)["outcome"] == "Ok", "its successor finds the sessions")
    check(successor.resync(lambda: call.install(successor)) == ("Ok", "Ok"), "names one of them")
    check(successor.query(41)["outcome"] == "UnknownSession", "the other is released")
    successor.close()
    time.sleep(13)
    check(status(lab)["sessions"] == 0, "when the lease ends its sessions do")


def interface_comes_and_goes(lab):
    command("ip", "-n", lab.ns("sbc"), "link", "del", "m-b")
    time.sleep(0.5)
    check([i["open"] for i in status(lab)["interfaces"]] == [True, False], "an interface that goes is closed")
    signaling = Signaling(lab.socket, epoch=3)
    answer = signaling.install(50, 1, [leg(1, "b4", stream())], [])
    check(answer["outcome"] == "UnknownPool", "its pools give no ports")
    v4, v6 = lab.SIDES["b"]
    command("ip", "link", "add", "m-b", "netns", lab.ns("sbc"), "type", "veth", "peer", "name", "m-b",
        "netns", lab.ns("b"))
    for name, host in (("sbc", 1), ("b", 2)):
        command("ip", "-n", lab.ns(name), "addr", "add", f"{v4}.{host}/24", "dev", "m-b")
        command("ip", "-n", lab.ns(name), "addr", "add", f"{v6}{host}/64", "dev", "m-b", "nodad")
        command("ip", "-n", lab.ns(name), "link", "set", "m-b", "up")
    time.sleep(2)
    call = Call(lab, 51, 4, 4)
    call.install(signaling)
    check(call.both_directions(5), "and is used again when it returns")


def refused_starts(lab):
    def failing(*command):
        done = subprocess.run(["ip", "netns", "exec", lab.ns("sbc"), *command], capture_output=True,
                              text=True, timeout=20)
        lines = [line for line in done.stderr.splitlines() if "portcullis-mediarelay:" in line]
        check(done.returncode == 1 and len(lines) == 1, f"refused in one line: {lines}")
        return lines[0]
    state = f"{lab.directory}/other-state"
    check("another relay" in failing(lab.binary, "--state-dir", f"{lab.directory}/state", "--socket",
                                     f"{lab.directory}/x.sock"), "same state directory")
    check("another relay" in failing(lab.binary, "--state-dir", state, "--socket", lab.socket),
          "same socket")
    check("CAP_NET_RAW" in failing("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw",
                                   lab.binary, "--state-dir", state, "--socket", f"{lab.directory}/y.sock"),
          "missing capability")


def foreign_program(lab):
    """A program of somebody else refuses af_xdp, naming it, and makes auto fall back."""
    check(lab.kill(signal.SIGTERM) == 0, "SIGTERM ends with 0")
    source = f"{lab.directory}/foreign.bpf.c"
    with open(source, "w") as file:
        file.write('__attribute__((section("xdp"), used)) int foreign_prog(void *c) { return 2; }\n'
                   'char l[] __attribute__((section("license"), used)) = "GPL";\n')
    command("clang", "-O2", "-target", "bpf", "-c", source, "-o", f"{source}.o")
    command("ip", "-n", lab.ns("sbc"), "link", "set", "dev", "m-a", "xdp", "obj", f"{source}.o", "sec", "xdp")
    lab.start()
    management = Management(lab.socket)
    refused = management.prepare(20, lab.document("af_xdp", 20000, 21999, memory_mb=320))
    interfaces = status(lab)["interfaces"]
    check(not next(i for i in interfaces if i["device"] == "m-a")["open"], "the stored af_xdp does not start there")
    check(any("foreign_prog" in reason for _, reason in refused), f"refused: {refused}")
    check(management.apply(21, lab.document("auto", 20000, 21999, memory_mb=320)) == [], "auto applies")
    drivers = {i["device"]: i["driver"] for i in status(lab)["interfaces"]}
    check(drivers == {"m-a": "af_packet", "m-b": "af_xdp"}, f"with a fallback: {drivers}")
    call = Call(lab, 60, 4, 4)
    call.install(Signaling(lab.socket, epoch=4))
    check(call.both_directions(10), "media crosses from one driver to the other")
    check(lab.kill(signal.SIGTERM) == 0, "SIGTERM ends with 0")
    check(lab.xdp_attached("a"), "the foreign program is left alone")


def run():
    with Lab() as lab:
        lab.start()
        check(Management(lab.socket).apply(1, lab.document("af_xdp")) == [], "configuration applies")
        signaling = Signaling(lab.socket, epoch=1)
        latching(lab, signaling)
        mux_and_hairpin(lab, signaling)
        reconfigure(lab, signaling)
        fragments(lab)
        signaling, call = neighbours(lab)
        bad_clients(lab)
        refused_starts(lab)
        lease(lab, signaling, call)
        interface_comes_and_goes(lab)
        foreign_program(lab)
