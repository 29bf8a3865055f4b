#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the scenario tests: each file of this folder is one behaviour, with a lab of its own.

usage: run.py [--driver af_xdp|af_packet] [--build DIR] [--shards N] [--jobs N] [--logs DIR]
              [--list] [--pending] [NAME...]

A scenario module has run(); optionally DRIVERS (run once with each), SHARDS (run once with each),
EXCLUSIVE (nothing beside it: it measures time or load) and TIMEOUT in seconds (default 120).
The last line is `N passed, N failed`.
"""
import argparse
import concurrent.futures
import importlib
import os
import subprocess
import sys
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))
sys.path.insert(0, ROOT)

# Scenarios of what the appliance is yet to do: run only by name, or all of them with --pending. A name
# leaves this list in the change that makes it pass.
PENDING = ()


class Case:
    def __init__(self, name, module, driver, shards):
        self.name, self.driver, self.shards = name, driver, shards
        self.exclusive = getattr(module, "EXCLUSIVE", False)
        self.timeout = getattr(module, "TIMEOUT", 120)
        self.title = name + (f" [{driver}]" if driver else "") + \
            (f" [{shards} shards]" if shards else "")


def cases(options):
    names = sorted(f[:-3] for f in os.listdir(FOLDER) if f.endswith(".py") and f != "run.py")
    for name in options.names:
        if name not in names:
            sys.exit(f"run.py: no scenario '{name}' (run.py --list)")
    chosen = options.names or [n for n in names if (n in PENDING) == options.pending]
    for name in chosen:
        module = importlib.import_module(f"tests.scenario.{name}")
        drivers = [options.driver] if options.driver else getattr(module, "DRIVERS", [None])
        shards = [options.shards] if options.shards else getattr(module, "SHARDS", [None])
        for driver in drivers:
            for count in shards:
                yield Case(name, module, driver, count)


def run_case(case, number, options):
    """Runs one scenario in a process of its own; answers (case, error text or None, seconds)."""
    environment = {**os.environ, "LAB_PREFIX": f"t{os.getpid() % 1000}x{number}",
                   "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1"}
    for name, value in (("DRIVER", case.driver), ("BUILD", options.build),
                        ("SHARDS", case.shards), ("KEEP_LOGS", options.logs)):
        if value:
            environment[f"LAB_{name}"] = str(value)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", f"import tests.scenario.{case.name} as s; s.run()"], cwd=ROOT,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output = process.communicate(timeout=case.timeout)[0]
        error = output if process.returncode else None
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            output = process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            output = process.communicate()[0]
        error = f"{output}\nnot finished within {case.timeout} s"
    if error is not None:
        subprocess.run([f"{ROOT}/deploy/lab.sh", "--prefix", environment["LAB_PREFIX"], "down"],
                       check=False)
    return case, output, error, time.monotonic() - started


def report(result):
    case, output, error, seconds = result
    print(f"{'ok  ' if error is None else 'FAIL'} {case.title} ({seconds:.1f} s)", flush=True)
    for line in (error or output).strip().splitlines()[-40:]:
        print(f"     {line}", flush=True)
    return error is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--driver", choices=("af_xdp", "af_packet"))
    parser.add_argument("--build")
    parser.add_argument("--shards", type=int)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--logs", help="where a failed scenario's logs and captures are kept")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--pending", action="store_true", help="the scenarios of PENDING instead")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(case.title for case in cases(options)))
        return 0
    if os.geteuid() != 0:
        sys.exit("run.py: needs root (network namespaces)")
    # Those that may take long go first, or they would run on alone at the end.
    wanted = sorted(enumerate(cases(options)), key=lambda pair: -pair[1].timeout)
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        together = [pool.submit(run_case, c, n, options) for n, c in wanted if not c.exclusive]
        for done in concurrent.futures.as_completed(together):
            passed += report(done.result())
    for number, case in wanted:
        if case.exclusive:
            passed += report(run_case(case, number, options))
    print(f"{passed} passed, {len(wanted) - passed} failed")
    return 0 if passed == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
