# SPDX-License-Identifier: BSD-2-Clause
"""Runs stunnel on one side of the lab: TLS for peers that have none."""
import os
import subprocess

from tests.support.wait import wait_for


class Stunnel:
    """One service: `client` says which way; `accept` and `connect` are address:port."""

    def __init__(self, lab, side, client, accept, connect, certificate, key, ca, lines=()):
        path = f"{lab.folder}/stunnel-{side}-{lab.next_number()}"
        config = ["foreground = quiet", "pid =", "syslog = no", "debug = notice",
                  f"output = {path}.log", "[sip]", f"client = {'yes' if client else 'no'}",
                  f"accept = {accept}", f"connect = {connect}", f"cert = {certificate}",
                  f"key = {key}", f"CAfile = {ca}", "verifyChain = yes", "TIMEOUTclose = 0", *lines]
        with open(f"{path}.conf", "w", encoding="ascii") as file:
            file.write("\n".join(config) + "\n")
        self._log, self._accept = f"{path}.log", accept
        self.process = subprocess.Popen(lab.command(side, "stunnel", f"{path}.conf"),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        lab.on_exit(self.stop)
        wait_for(self._listens, 10, lambda: f"stunnel does not listen on {accept}: {self.log()}")

    def _listens(self):
        wanted = f":{int(self._accept.rsplit(':', 1)[1]):04X} "
        if self.process.poll() is not None:
            raise AssertionError(f"stunnel ended: {self.log()}")
        with open(f"/proc/{self.process.pid}/net/tcp", encoding="ascii") as file:
            return any(wanted in line[:30] and " 0A " in line for line in file)

    def log(self):
        if not os.path.exists(self._log):
            return "(no log)"
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
