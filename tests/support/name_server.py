# SPDX-License-Identifier: BSD-2-Clause
"""A name server on one side of the lab (dnsmasq), and what was asked of it, read from a capture."""
import os
import re
import signal
import struct
import subprocess

from tests.support.wait import wait_for

TYPES = {1: "A", 6: "SOA", 28: "AAAA", 33: "SRV", 35: "NAPTR"}
PORT = 53


class NameServer:
    """Answers for the domain `zone` at an address of its own, added to the side's device, from
    construction to the lab's end. `options` are dnsmasq's, without the dashes. What they do not name
    does not exist; `ttl` is the life of SRV and NAPTR records."""

    def __init__(self, lab, side, address, zone, options, ttl=60):
        self._lab, self._side, self.address = lab, side, address
        subprocess.run(["ip", "-n", lab.namespace(side), "addr", "add", f"{address}/24", "dev",
                        "sbc0"], check=True)
        self._fixed = ["no-resolv", "no-hosts", "bind-interfaces", f"listen-address={address}",
                       f"local=/{zone}/", f"local-ttl={ttl}", "log-queries", "user=root"]
        self._log = f"{lab.folder}/dnsmasq-{lab.next_number()}.log"
        self._process = None
        lab.on_exit(self.stop)
        self.start(options)

    def start(self, options):
        """(Re)starts it with these records."""
        self.stop()
        file = f"{self._log}.conf"
        with open(file, "w", encoding="ascii") as out:
            out.write("\n".join(self._fixed + list(options)) + "\n")
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._lab.command(self._side, "dnsmasq", "--keep-in-foreground", "--pid-file=",
                                  "--log-facility=-", f"--conf-file={file}"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._is_bound, 10, lambda: f"dnsmasq does not start: {self.log()[-2000:]}")

    def _is_bound(self):
        if self._process.poll() is not None:
            raise AssertionError(f"dnsmasq ended: {self.log()[-2000:]}")
        with open(f"/proc/{self._process.pid}/net/udp", encoding="ascii") as table:
            return any(re.search(rf":{PORT:04X} 00000000:0000", line) for line in table)

    def log(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def fall_silent(self):
        """Its socket stays open, and nothing is answered, until speak_again()."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def speak_again(self):
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def questions(frames, server):
    """(time, name, type) of each query on the wire to `server`, repetitions included."""
    found = []
    for frame in frames:
        if frame.protocol != "udp" or frame.target != (server, PORT) or len(frame.payload) < 12:
            continue
        labels, at = [], 12
        while frame.payload[at]:
            size = frame.payload[at]
            labels.append(frame.payload[at + 1:at + 1 + size].decode("ascii").lower())
            at += 1 + size
        kind = struct.unpack_from("!H", frame.payload, at + 1)[0]
        found.append((frame.time, ".".join(labels), TYPES.get(kind, str(kind))))
    return found
