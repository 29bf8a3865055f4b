# SPDX-License-Identifier: BSD-2-Clause
"""Both drivers: media crosses between real sockets in IPv4, IPv6 and between them; the kernel stays
silent; the relay comes back from SIGKILL twice and leaves nothing behind after SIGTERM."""
import json
import os
import signal
import time

from tests.support.relay_lab import Lab, local, rtp
from tests.support.relay_protocol import Management, Signaling, both_ways, leg, stream

DRIVERS = ("af_xdp", "af_packet")
EXCLUSIVE = True


def check(condition, what):
    if not condition: raise AssertionError(what)
    print(f"  ok: {what}", flush=True)


def pump(sender, to, receiver, count=50, first=1, interval=0.002):
    """Sends `count` RTP packets; returns how many arrived, and the source of the last."""
    arrived, source = 0, None
    for i in range(count):
        sender.sendto(rtp(first + i), to)
        time.sleep(interval)
    receiver.settimeout(0.5)
    try:
        while arrived < count:
            data, source = receiver.recvfrom(2048)
            arrived += data[:2] == b"\x80\x00"
    except TimeoutError:
        pass
    return arrived, source[:2] if source else None


class Call:
    def __init__(self, lab, session, a_family, b_family):
        self.session, self.pools = session, (f"a{a_family}", f"b{b_family}")
        self.a, self.b = lab.phone("a", a_family), lab.phone("b", b_family)
        self.a_port = self.b_port = 0

    def install(self, signaling, generation=1, timeout_ms=0):
        answer = signaling.install(
            self.session, generation,
            [leg(1, self.pools[0], stream(remote=local(self.a), port=self.a_port)),
             leg(2, self.pools[1], stream(remote=local(self.b), port=self.b_port))],
            both_ways(1, 2), timeout_ms)
        assert answer["outcome"] == "Ok", answer
        self.a_local, self.b_local = (p["rtp"] for p in sorted(answer["ports"], key=lambda p: p["leg"]))
        self.a_port, self.b_port = self.a_local[1], self.b_local[1]

    def both_directions(self, count=50):
        ab, b_source = pump(self.a, self.a_local, self.b, count)
        ba, a_source = pump(self.b, self.b_local, self.a, count)
        return ab == count and ba == count and b_source == self.b_local and a_source == self.a_local


def forwarding(lab, signaling):
    captures = [lab.capture(side, "icmp or icmp6 and (ip6[40] == 1)") for side in "ab"]
    calls = []
    for number, (a, b) in enumerate(((4, 4), (6, 6), (6, 4), (4, 6)), 1):
        call = Call(lab, number, a, b)
        call.install(signaling)
        check(call.both_directions(), f"IPv{a} <-> IPv{b}: 50 packets each way, from the relay's ports")
        calls.append(call)
    # A media port without a session: dropped by the relay, never answered.
    stray = lab.phone("a")
    stray.sendto(rtp(1), ("198.18.8.1", 20998))
    icmp = [line for capture in captures for line in lab.captured(capture)]
    check(not [line for line in icmp if "unreachable" in line], "no ICMP from the kernel")
    stats = signaling.query(1)
    check(all(s["rx_packets"] == 50 and s["tx_packets"] == 50 for s in stats["streams"]),
          "statistics count 50 packets each way")
    check(signaling.query(99)["outcome"] == "UnknownSession", "unknown session is named so")
    return calls


def generations(lab, signaling, call):
    call.install(signaling)
    check(call.both_directions(5), "repeating a generation changes nothing")
    check(signaling.install(call.session, 0, [], [])["outcome"] == "StaleGeneration",
          "an older generation is refused")
    moved = lab.phone("b", 4)
    staged = leg(2, "b4", stream(remote=local(moved)))
    check(signaling.update(call.session, 2, 1, staged)["outcome"] == "Ok", "stage")
    check(call.both_directions(5), "the present remote still hears and is heard")
    check(signaling.commit(call.session, 2)["outcome"] == "Ok", "commit")
    arrived, _ = pump(call.a, call.a_local, moved, 5)
    check(arrived == 5, "after commit the new remote hears")
    back = leg(2, "b4", stream(remote=local(call.b)))
    check(signaling.update(call.session, 3, 0, back)["outcome"] == "Ok", "replace")
    check(call.both_directions(5), "the first remote is back at once")
    for bad in ("127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255", "198.18.9.1", "192.0.2.1"):
        answer = signaling.install(500, 1, [leg(1, "b4", stream(remote=(bad, 4000)))], [])
        check(answer["outcome"] == "NoRoute", f"{bad} as a remote is refused")


def restart(lab, driver, calls):
    for attempt in (1, 2):
        begin = time.monotonic()
        lab.kill(signal.SIGKILL)
        ready = lab.start()
        signaling = Signaling(lab.socket, epoch=1)
        outcome = signaling.resync(lambda: [call.install(signaling) for call in calls])
        elapsed = (time.monotonic() - begin) * 1000
        check(outcome == ("Ok", "Ok"), f"resync after SIGKILL number {attempt}")
        check(all(call.both_directions(10) for call in calls), "every call forwards again")
        print(f"  measured: ready {ready:.0f} ms, forwarding {elapsed:.0f} ms after SIGKILL", flush=True)
        check(elapsed < 2000, "within 2 s")
    return signaling


def silent_while_dead(lab, call):
    capture = lab.capture("a", "icmp")
    lab.kill(signal.SIGKILL)
    for i in range(5): call.a.sendto(rtp(i), call.a_local)
    check(not lab.captured(capture), "killed relay: the kernel does not answer media")
    lab.start()


def run():
    driver = os.environ.get("LAB_DRIVER", DRIVERS[0])
    with Lab() as lab:
        print(f"  measured: first start {lab.start():.0f} ms to ready", flush=True)
        management = Management(lab.socket)
        check(management.applied == 0, "starts without a configuration")
        refusals = management.prepare(1, lab.document(driver).replace("m-a", "m-none"))
        check(any("m-none" in reason for _, reason in refusals), "a missing interface is refused at Prepare")
        check(management.apply(1, lab.document(driver)) == [], "configuration applies")
        status = json.loads(management.get("status")[2])
        check([i["driver"] for i in status["interfaces"]] == [driver] * 2, "status names the driver")
        before, begin = lab.cpu_seconds(), time.monotonic()
        time.sleep(10)
        idle = (lab.cpu_seconds() - before) / (time.monotonic() - begin)
        print(f"  measured: idle {idle * 100:.1f} % of a core", flush=True)
        check(idle < 0.05, "idle below 5 %")
        signaling = Signaling(lab.socket, epoch=1)
        calls = forwarding(lab, signaling)
        generations(lab, signaling, calls[0])
        check('portcullis_media_sessions 4' in management.get("metrics")[2], "metrics count 4 sessions")
        signaling = restart(lab, driver, calls)
        management = Management(lab.socket)
        check(management.applied == 1, "the last good configuration was applied without mgmt")
        quiet = Call(lab, 9, 4, 4)
        quiet.install(signaling, timeout_ms=600)
        event = signaling.wait_event("MediaTimeout", 5)
        check(event["session"] == 9, "media timeout is reported")
        final = signaling.release(calls[0].session)
        check(final["outcome"] == "Ok" and len(final["streams"]) == 2, "release answers final figures")
        check(signaling.release(calls[0].session)["outcome"] == "Ok", "releasing twice succeeds")
        silent_while_dead(lab, calls[1])
        check(lab.xdp_attached("a") == (driver == "af_xdp"), "XDP program is attached only for af_xdp")
        signaling = Signaling(lab.socket, epoch=1)
        check(signaling.resync(lambda: [calls[1].install(signaling)]) == ("Ok", "Ok"), "one call comes back")
        check(lab.kill(signal.SIGTERM) == 0, "SIGTERM ends with 0")
        check(not lab.xdp_attached("a") and not lab.xdp_attached("b"), "no XDP program stays")
        check(lab.filter_present(), "the packet filter keeps the kernel quiet until the calls are back")
        lab.start()
        check(lab.kill(signal.SIGTERM) == 0, "SIGTERM ends with 0")
        check(not lab.filter_present(), "without calls no packet filter stays")
