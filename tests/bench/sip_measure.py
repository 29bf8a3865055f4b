# SPDX-License-Identifier: BSD-2-Clause
"""What sip_bench.py measures: processor time, memory, and runs of the load generator."""
import contextlib
import json
import os
import subprocess
import time

from tests.bench.sip_systems import (ANSWERER, ANSWERER_PORT, CALLER, CALLER_PORT, GENERATOR_CORE,
                                     SUT, SUT_PEER)

TICKS = os.sysconf("SC_CLK_TCK")


class Network:
    """Two namespaces with one veth pair between: the system's and the generator's."""

    def __init__(self, prefix):
        self.prefix = prefix

    def name(self, side):
        return f"{self.prefix}-{side}"

    def command(self, side, *words):
        return ["ip", "netns", "exec", self.name(side), *words]

    def __enter__(self):
        self._remove()
        for side in ("sut", "far"):
            run("ip", "netns", "add", self.name(side))
            run("ip", "-n", self.name(side), "link", "set", "lo", "up")
            # With the kernel's small default a stall of the machine looks like a loss.
            subprocess.run(self.command(side, "sysctl", "-qw", "net.core.rmem_max=16777216",
                                        "net.core.rmem_default=8388608"),
                           check=False, stderr=subprocess.DEVNULL)
        run("ip", "-n", self.name("sut"), "link", "add", "sut0", "type", "veth", "peer", "name",
            "far0", "netns", self.name("far"))
        for side, addresses in (("sut", (SUT, SUT_PEER)), ("far", (CALLER, ANSWERER))):
            device = f"{side}0"
            for address in addresses:
                run("ip", "-n", self.name(side), "addr", "add", f"{address}/24", "dev", device)
            # A frame that crosses a veth must be complete for a receiver of raw frames.
            subprocess.run(self.command(side, "ethtool", "-K", device, "tx", "off"), check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            run("ip", "-n", self.name(side), "link", "set", device, "up")
        return self

    def __exit__(self, *_):
        self._remove()

    def _remove(self):
        subprocess.run(["ip", "-n", self.name("sut"), "link", "del", "sut0"], check=False,
                       stderr=subprocess.DEVNULL)
        for side in ("sut", "far"):
            if os.path.exists(f"/run/netns/{self.name(side)}"):
                run("ip", "netns", "del", self.name(side))


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def cpu_seconds(pids):
    """User and system time of these processes so far."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def cpu_by_role(system):
    return {role: cpu_seconds(pids) for role, pids in system.pids().items()}


def pss_kb(system):
    """Proportional set size of all processes of the system."""
    total = 0
    for pids in system.pids().values():
        for pid in pids:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total


class Load:
    """Runs of the generator against one system."""

    def __init__(self, network, build):
        self.network, self.build = network, build

    def process(self, system, *options, **pipes):
        return subprocess.Popen(
            self.network.command(
                "far", "nice", "-n", "-10", "taskset", "-c", GENERATOR_CORE,
                f"{self.build}/bin/sip_load", "--caller", f"{CALLER}:{CALLER_PORT}", "--answerer",
                f"{ANSWERER}:{ANSWERER_PORT}", "--target", system.target(),
                *[str(option) for option in options]),
            stdout=subprocess.PIPE, text=True, **pipes)

    def step(self, system, rate, seconds, warm_up=0.0, drain=2):
        """One step; the result carries cpu_us: role -> microseconds per call of the window."""
        process = self.process(system, "--rates", rate, "--seconds", seconds, "--warm-up", warm_up,
                               "--drain", drain)
        before, after, result = {}, {}, None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "open":
                before, opened = cpu_by_role(system), time.monotonic()
            elif event["event"] == "close":
                after, closed = cpu_by_role(system), time.monotonic()
            else:
                result = event
        if process.wait() != 0 or result is None:
            raise RuntimeError("the load generator failed")
        calls = max(1, result["window_completed"])
        result["cpu_us"] = {role: (after[role] - before[role]) * 1e6 / calls for role in after}
        result["busy"] = sum(after.values()) - sum(before.values())
        result["busy"] /= closed - opened
        return result

    def hold(self, system, calls, rate):
        """Holds calls; returns the event, a function that holds as many again and returns that
        event, and one that ends the generator (the system keeps the calls)."""
        process = self.process(system, "--rates", rate, "--hold", calls, "--seconds", 600,
                               stdin=subprocess.PIPE)
        event = json.loads(process.stdout.readline())

        def more():
            process.stdin.write("more\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        def end():
            process.kill()
            process.wait()
            process.stdout.close()
            process.stdin.close()
        return event, more, end


def wait_until_ready(system, load, seconds=15):
    """Until a few calls go through."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = load.step(system, 20, 0.2, drain=0.5)
        if result["clean"] and result["completed"] > 0:
            return
        time.sleep(0.3)
    raise RuntimeError(f"{system.name} does not pass calls\n{system.log()}")


def wait_until_idle(system, seconds=4):
    """Until the system has nothing left to do: less than 3 % of a core."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = sum(cpu_by_role(system).values())
        time.sleep(0.5)
        if sum(cpu_by_role(system).values()) - before < 0.015:
            return
