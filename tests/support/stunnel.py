# SPDX-License-Identifier: BSD-2-Clause
"""TLS for programs that have none (Debian's SIPp): stunnel turns each TCP connection into one TLS
connection, or the other way round."""
import os
import re
import subprocess

from tests.support.lab import ADDRESS
from tests.support.wait import wait_for

COMMON = """foreground = yes
pid =
debug = 6
syslog = no
output = {log}
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
sslVersionMin = TLSv1.2
[sip]
"""


class Stunnel:
    """One stunnel on one side; use client() or server()."""

    def __init__(self, lab, side, settings, port):
        self.side = side
        folder = f"{lab.folder}/stunnel-{side}-{lab.next_number()}"
        os.makedirs(folder)
        self._log = f"{folder}/log"
        with open(f"{folder}/stunnel.conf", "w", encoding="utf-8") as file:
            file.write(COMMON.format(log=self._log) +
                       "".join(f"{key} = {value}\n" for key, value in settings.items()))
        with open(f"{folder}/console", "wb") as console:
            self._process = subprocess.Popen(
                lab.command(side, "stunnel4", f"{folder}/stunnel.conf"), stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, cwd=folder)
        lab.on_exit(self.stop)
        wait_for(lambda: self._listens(port), 10, lambda: f"stunnel ({side}): {self.log()[-1500:]}")

    def _listens(self, port):
        if self._process.poll() is not None:
            raise AssertionError(f"stunnel ({self.side}) ended: {self.log()[-1500:]}")
        with open(f"/proc/{self._process.pid}/net/tcp", encoding="ascii") as file:
            return any(f":{port:04X} 00000000:0000 0A" in line for line in file)

    def log(self):
        if not os.path.exists(self._log):
            return ""
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def handshakes(self):
        """How many TLS handshakes were completed (resumed ones too)."""
        return len(re.findall(r"TLS (?:connected|accepted): ", self.log()))

    def failures(self):
        """What the log says of handshakes and connections that failed."""
        return [line for line in self.log().splitlines()
                if re.search(r"LOG[0-3]\[", line)]

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def client(lab, side, target, port=15061, ca=None, name=None, certificate=None, versions=None):
    """Plain TCP at this side's `port` goes as TLS to `target` (host:port). With `ca` the server must
    prove itself (as `name`, or as the target's address); `certificate` (a folder of
    Authority.issue) is ours."""
    settings = {"client": "yes", "accept": f"{ADDRESS[side]}:{port}", "connect": target}
    if ca:
        settings |= {"CAfile": ca, "verifyChain": "yes"}
        settings |= {"checkHost": name} if name else {"checkIP": target.rpartition(":")[0]}
    return Stunnel(lab, side, settings | _certificate(certificate, versions), port)


def server(lab, side, certificate, target=None, port=5061, ca=None, versions=None):
    """TLS at this side's `port` goes as plain TCP to `target`; with `ca` clients must show a
    certificate."""
    settings = {"accept": f"{ADDRESS[side]}:{port}", "connect": target or f"{ADDRESS[side]}:5060"}
    if ca:
        settings |= {"CAfile": ca, "verifyChain": "yes", "requireCert": "yes"}
    return Stunnel(lab, side, settings | _certificate(certificate, versions), port)


def _certificate(folder, versions):
    settings = {"cert": f"{folder}/cert.pem", "key": f"{folder}/key.pem"} if folder else {}
    if versions:  # (lowest, highest), such as ("TLSv1.3", "TLSv1.3")
        settings |= {"sslVersionMin": versions[0], "sslVersionMax": versions[1]}
    return settings
