#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instructions that signaling executes for a call, counted by callgrind: the same from run to run,
however busy the machine is. Kernel and caches are not in it. See README.md."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

# pylint: disable=wrong-import-position
from tests.bench import sip_measure as measure
from tests.bench import sip_systems as systems

RATE = 40  # calls/s: about as many as callgrind keeps up with
SECONDS = 5


class Counted(systems.PortcullisNoRing):
    def spawn(self, role, *command, **options):
        if role == "signaling":
            command = ("valgrind", "--tool=callgrind", "--instr-atstart=no", "--cache-sim=yes",
                       f"--callgrind-out-file={self.folder}/counts", *command)
        return super().spawn(role, *command, **options)

    def count(self, on):
        # The process that valgrind became is the one that was started.
        pid = max(self.pids()["signaling"])
        subprocess.run(["callgrind_control", "-i", "on" if on else "off", str(pid)], check=True,
                       stdout=subprocess.DEVNULL)


def annotate(counts, *options):
    done = subprocess.run(["callgrind_annotate", "--show=Ir", "--threshold=100", *options, counts],
                          check=True, capture_output=True, text=True)
    rows = []
    for line in done.stdout.splitlines():
        found = re.match(r"\s*([\d,]+) \([^)]*\)\s+(.*)", line)
        if found:
            rows.append((int(found[1].replace(",", "")), readable(found[2])))
    return rows


def readable(name):
    for long, short in (("std::__cxx11::basic_string<char, std::char_traits<char>, "
                         "std::allocator<char> >", "std::string"),
                        ("std::basic_string_view<char, std::char_traits<char> >",
                         "std::string_view"), ("portcullis::", "")):
        name = name.replace(long, short)
    return re.sub(r"^\S*/|\s*\[[^\[]*\]$", "", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=f"{ROOT}/build/release")
    parser.add_argument("--top", type=int, default=30, help="functions to show")
    parser.add_argument("--inclusive", action="store_true", help="with what they call")
    parser.add_argument("--keep", metavar="FILE", help="callgrind's output, for kcachegrind")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is needed: apt-get install valgrind")
    with measure.Network(f"si{os.getpid() % 10000}") as network, \
            tempfile.TemporaryDirectory() as folder:
        load = measure.Load(network, options.build)
        time.sleep(1)  # the links come up
        system = Counted(network, options.build, f"{folder}/system")
        system.start()
        counts = f"{system.folder}/counts"
        try:
            measure.wait_until_ready(system, load, 60)
            load.step(system, RATE, 2, 1)
            system.count(True)
            result = load.step(system, RATE, SECONDS, 0)
            system.count(False)
        finally:
            system.stop()
        if not result["clean"]:
            sys.exit("not every call came through: the machine is too slow for this rate")
        calls = result["started"]
        rows = annotate(counts, f"--inclusive={'yes' if options.inclusive else 'no'}")
        print(f"{rows[0][0] / calls:,.0f} instructions for a call ({calls} calls)")
        for count, name in rows[1:options.top + 1]:
            print(f"{count / calls:10,.0f}  {name[:120]}")
        if options.keep:
            shutil.copy(counts, options.keep)


if __name__ == "__main__":
    main()
