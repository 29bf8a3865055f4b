#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The SIP core against its peers: one core each, the same calls, one run. See README.md."""
import argparse
import os
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

# pylint: disable=wrong-import-position
from tests.bench import sip_measure as measure
from tests.bench import sip_systems as systems

SYSTEMS = {
    "null": systems.Portcullis,
    "null-noring": systems.PortcullisNoRing,
    "relay": systems.PortcullisWithRelay,
    "relay-noring": systems.PortcullisWithRelayNoRing,
    "kamailio": systems.Kamailio,
    "rtpengine": systems.KamailioWithRtpengine,
}
# Where the ring is off the memory of calls can be told from that of messages; the rest is measured
# as it is used.
LEFT_OUT = {"null": {"memory"}, "relay": {"memory"}, "null-noring": {"rate"},
            "relay-noring": {"cpu", "rate"}}
PEER_OF = {"null": "kamailio", "null-noring": "kamailio", "relay": "rtpengine",
           "relay-noring": "rtpengine"}


class Plan:
    """How long everything takes."""

    def __init__(self, quick):
        self.windows = 1 if quick else 3
        self.window_s = 2.5 if quick else 4
        # Long enough that as many timers of ended calls run out as new ones are set (64*T1).
        self.warm_up_s = 1 if quick else 33
        self.step_s = 1.2 if quick else 2
        self.refinements = 1 if quick else 3
        self.growth = 1.6 if quick else 1.4
        self.held = 1500 if quick else 4000
        self.hold_rate = 1000
        # After this only what an established call keeps is left (64*T1, and the timers' slack).
        self.settle_s = 0 if quick else 34


def fixed_rate(system, load, plan, rate):
    results = [load.step(system, rate, plan.window_s, plan.warm_up_s if i == 0 else 0)
               for i in range(plan.windows)]
    middle = statistics.median_low([sum(r["cpu_us"].values()) for r in results])
    chosen = next(r for r in results if sum(r["cpu_us"].values()) == middle)
    chosen["range"] = [f(sum(r["cpu_us"].values()) for r in results) for f in (min, max)]
    chosen["clean"] = all(r["clean"] for r in results)
    return chosen


def highest_clean(system, load, plan, start):
    """Steps up until a step is not clean, then halves the gap. A stall of the machine can spoil a
    step, so each gets a second chance."""
    def clean(rate):
        for _ in range(2):
            result = load.step(system, rate, plan.step_s, 0.3)
            if result["clean"]:
                return result
            measure.wait_until_idle(system)
        return None
    best, low, high = None, 0, None
    rate = start
    while high is None and rate < 60000:
        result = clean(rate)
        if result:
            best, low, rate = result, rate, int(rate * plan.growth)
        elif low:
            high = rate
        else:
            rate //= 2
            if rate < 25:
                return None
    for _ in range(plan.refinements):
        result = clean((low + high) // 2)
        if result:
            best, low = result, (low + high) // 2
        else:
            high = (low + high) // 2
    return best


def memory_per_call(system, load, plan):
    """Bytes per call just set up and, in full, per call that has stood for a while: what the second
    half adds after the first has left its transactions' memory to it."""
    before = measure.pss_kb(system)
    held, more, end = load.hold(system, plan.held, plan.hold_rate)
    try:
        new = (measure.pss_kb(system) - before) * 1024 / max(1, held["calls"])
        if not plan.settle_s:
            return new, None
        time.sleep(plan.settle_s)
        settled = measure.pss_kb(system)
        added = more()["calls"] - held["calls"]
        return new, (measure.pss_kb(system) - settled) * 1024 / max(1, added)
    finally:
        end()


def measure_system(name, system, load, plan, options):
    print(f"# {name}: {system.name}", file=sys.stderr, flush=True)
    row = {}
    wanted = set(options.measure) - LEFT_OUT.get(name, set())
    try:
        # First, in a fresh process: calls of the past leave memory behind that new ones would use.
        if "memory" in wanted:
            system.start()
            measure.wait_until_ready(system, load)
            row["memory"] = memory_per_call(system, load, plan)
            system.stop()
        if wanted & {"cpu", "rate"}:
            system.start()
            measure.wait_until_ready(system, load)
        if "cpu" in wanted:
            row["fixed"] = fixed_rate(system, load, plan, options.rate)
        if "rate" in wanted:
            row["best"] = highest_clean(system, load, plan, options.rate * 2)
    except (RuntimeError, OSError, KeyError) as error:
        row["error"] = str(error)
        print(f"{system.name}: {error}", file=sys.stderr)
    finally:
        system.stop()
    return row


def us_text(row):
    if not row:
        return "-"
    parts = row["cpu_us"]
    text = f"{sum(parts.values()):.0f}"
    if "range" in row:
        text += " [{:.0f}..{:.0f}]".format(*row["range"])
    if len(parts) > 1:
        text += " (" + " + ".join(f"{value:.0f} {role}" for role, value in parts.items()) + ")"
    return text + ("" if row["clean"] else " NOT CLEAN")


def kb_text(count):
    return "-" if count is None else f"{count / 1024:.1f} KB"


def print_table(rows, base, options):
    print(f"\nbase: the generator calling itself: set-up p50 {base['setup_p50_us']} us, "
          f"p99 {base['setup_p99_us']} us\n")
    head = ["system", f"CPU us/call at {options.rate}/s", "against its peer",
            "highest clean calls/s", "us/call there", "set-up added p50 / p99 ms",
            "memory per call: new", "standing", "message ring"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, row in rows.items():
        fixed, best = row.get("fixed"), row.get("best")
        memory = row.get("memory") or (None, None)
        peer = (rows.get(PEER_OF.get(name)) or {}).get("fixed")
        ratio = "-"
        if fixed and peer:
            ratio = f"1/{sum(peer['cpu_us'].values()) / sum(fixed['cpu_us'].values()):.1f}"
        added = "-"
        if fixed:
            added = " / ".join(f"{max(0, fixed[key] - base[key]) / 1000:.2f}"
                               for key in ("setup_p50_us", "setup_p99_us"))
        ring = "-"
        if name in PEER_OF:
            ring = "off" if name.endswith("noring") else "on"
        cells = [row["name"],
                 us_text(fixed), ratio, str(best["rate"]) if best else "-", us_text(best), added,
                 kb_text(memory[0]), kb_text(memory[1]), ring]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about 90 s instead of ten minutes")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--rate", type=int, default=500, help="the fixed rate, calls/s")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="of: " + ", ".join(SYSTEMS))
    parser.add_argument("--measure", default="cpu,rate,memory", help="of: cpu, rate, memory")
    options = parser.parse_args()
    options.measure = options.measure.split(",")
    plan = Plan(options.quick)
    began = time.monotonic()
    rows = {}
    with measure.Network(f"sb{os.getpid() % 10000}") as network, \
            tempfile.TemporaryDirectory(prefix="portcullis-bench-") as folder:
        load = measure.Load(network, options.build)
        time.sleep(1)  # the links come up
        base = load.step(systems.Direct(network, options.build, folder + "/direct"),
                         options.rate, plan.window_s)
        for name in options.systems.split(","):
            system = SYSTEMS[name](network, options.build, f"{folder}/{name}")
            if system.missing():
                print(f"# {name} is left out: no {', '.join(system.missing())}", file=sys.stderr)
                continue
            rows[name] = measure_system(name, system, load, plan, options)
            rows[name]["name"] = system.name
    print_table(rows, base, options)
    print(f"\n{time.monotonic() - began:.0f} s")
    return 1 if any("error" in row for row in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
