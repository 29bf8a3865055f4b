# SPDX-License-Identifier: BSD-2-Clause
"""Runs SIPp on one side of the lab and reads its statistics."""
import csv
import os
import subprocess

from tests.support import tone
from tests.support.lab import ADDRESS, ADDRESS6, ROOT, SBC, SBC6
from tests.support.wait import Timeout, wait_for

FOLDER = os.path.join(ROOT, "tests", "scenario", "sipp")
TONE = {"pbx": 425, "carrier": 1004}  # Hz, what each side plays unless told otherwise
RTP_PORTS = {"pbx": 30000, "carrier": 40000}


class Sipp:
    """One SIPp process. Options: `calls`, `rate`, `number` (-s), `transport` u1|t1|tn, `port`,
    `ipv6`, `tone_hz` (what tone.alaw in its folder holds), `talk` (seconds of every <pause/>),
    `keys` (values of [name] in the scenario), `extra` (raw arguments), `target` (host or host:port),
    `via` (what Via and Contact call the transport, where stunnel makes it another: TLS)."""

    def __init__(self, lab, side, scenario, calls=1, rate=10, number="+4930123456", transport="u1",
                 port=5060, ipv6=False, tone_hz=None, talk=2.0, keys=None, extra=(), timeout=60,
                 target=None, via=None):
        self.lab, self.name = lab, f"{side} {scenario}"
        number_of = lab.next_number()
        folder = f"{lab.folder}/sipp-{side}-{number_of}"
        os.mkdir(folder)
        tone_hz = tone_hz or TONE[side]
        os.rename(tone.tone_file(folder, tone_hz, 2), f"{folder}/tone.alaw")
        self._base = f"{folder}/sipp"
        self.timeout = timeout
        local = (ADDRESS6 if ipv6 else ADDRESS)[side]
        remote = target or (SBC6 if ipv6 else SBC)[side]
        if remote.count(":") > 1 and not remote.startswith("["):
            remote = f"[{remote}]:5060"
        elif ":" not in remote:
            remote += ":5060"
        bottom = RTP_PORTS[side] + 2000 * (number_of % 5)
        flow = f"{FOLDER}/{scenario}.xml"
        if via:
            flow = _with_transport(flow, via, folder)
        command = ["sipp", remote, "-sf", flow, "-i", local, "-p", str(port),
                   "-t", transport, "-m", str(calls), "-r", str(rate), "-s", number, "-nostdin",
                   "-d", str(int(talk * 1000)), "-mi", local, "-mp", str(bottom),
                   "-timeout", str(timeout), "-timeout_error", "-recv_timeout", "20000",
                   "-trace_stat", "-stf", self._base + ".csv", "-fd", "1",
                   "-trace_err", "-error_file", self._base + ".err", *extra]
        for key, value in (keys or {}).items():
            command += ["-key", key, str(value)]
        self._out = open(self._base + ".out", "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(lab.command(side, *command), stdin=subprocess.DEVNULL,
                                        stdout=self._out, stderr=self._out, cwd=folder)
        lab.on_exit(self.stop)
        self._wait_bound(port)

    def _wait_bound(self, port):
        """Until the process has its SIP socket (or has ended, which wait() will judge)."""
        wanted = f":{port:04X} "

        def bound():
            if self.process.poll() is not None:
                return True
            for table in ("udp", "udp6", "tcp", "tcp6"):
                with open(f"/proc/{self.process.pid}/net/{table}", encoding="ascii") as file:
                    if any(wanted in line.split("  ")[0] or wanted in line[:60] for line in file):
                        return True
            return False

        wait_for(bound, 10, f"SIPp ({self.name}) did not open port {port}")

    def wait(self):
        """Waits for the end; fails unless every call succeeded. Answers itself."""
        try:
            code = self.process.wait(self.timeout + 10)
        except subprocess.TimeoutExpired as error:
            raise Timeout(f"SIPp ({self.name}) did not end; {self._errors()}") from error
        if code != 0:
            raise AssertionError(f"SIPp ({self.name}) ended with {code}; {self._errors()}")
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._out.close()

    def _errors(self):
        text = ""
        for suffix in (".err", ".out"):
            if os.path.exists(self._base + suffix):
                with open(self._base + suffix, encoding="utf-8", errors="replace") as file:
                    text = file.read().strip()
                if text:
                    break
        return text[:1500] or "no error text"

    def count(self, column):
        """A cumulative value of the last statistics line: SuccessfulCall, FailedCall, …"""
        with open(self._base + ".csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return int(rows[-1][column + "(C)"])


def _with_transport(flow, name, folder):
    """A copy of the call flow that calls its transport `name`."""
    with open(flow, encoding="ascii") as file:
        text = file.read()
    copied = f"{folder}/{os.path.basename(flow)}"
    with open(copied, "w", encoding="ascii") as file:
        file.write(text.replace("[transport]", name))
    return copied
