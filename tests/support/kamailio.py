# SPDX-License-Identifier: BSD-2-Clause
"""A Kamailio on one side of the lab in one of its roles, its configuration put together from the small
templates in tests/peers/kamailio."""
import os
import re
import subprocess

from tests.support.lab import ADDRESS, ROOT
from tests.support.wait import wait_for

TEMPLATES = os.path.join(ROOT, "tests", "peers", "kamailio")
MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules"


class Kamailio:
    """Runs from construction to the lab's end. Made by the functions below, one for each role."""

    def __init__(self, lab, side, role, values, port=5060, listen=None, tls=None, address=None):
        self.side, self.port = side, port
        self.address = address or ADDRESS[side]
        self.folder = f"{lab.folder}/kamailio-{side}-{lab.next_number()}"
        os.makedirs(f"{self.folder}/run")
        sockets = listen or [f"udp:{self.address}:{port}", f"tcp:{self.address}:{port}"]
        values = {"LISTEN": "\n".join(f"listen={s}" for s in sockets),
                  "MODULES": _tls_modules(tls) if tls else "", **values}
        if tls:
            values["LISTEN"] += "\nenable_tls=yes"
        config = f"{self.folder}/kamailio.cfg"
        with open(config, "w", encoding="utf-8") as file:
            file.write(_filled("base", values) + "\n" + _filled(role, values))
        self._log = open(f"{self.folder}/log", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(
            lab.command(side, "kamailio", "-f", config, "-L", MODULES, "-DD", "-E", "-m", "64",
                        "-M", "8", "-Y", f"{self.folder}/run", "-w", self.folder),
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=self.folder)
        lab.on_exit(self.stop)
        wait_for(self._is_bound, 15, lambda: f"Kamailio ({side}, {role}) did not start: {self.log()[-2000:]}")

    def _is_bound(self):
        if self._process.poll() is not None:
            raise AssertionError(f"Kamailio ({self.side}) ended: {self.log()[-3000:]}")
        with open(f"/proc/{self._process.pid}/net/udp", encoding="ascii") as file:
            bound = any(f":{self.port:04X} 00000000:0000" in line for line in file)
        # Its children are up once the TCP main process waits; the log names it last.
        return bound and len(self.pids()) > 6

    def pids(self):
        """Its processes, the first one that was started first."""
        path = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        with open(path, encoding="ascii") as file:
            return [self._process.pid, *map(int, file.read().split())]

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


def _filled(name, values):
    with open(f"{TEMPLATES}/{name}.cfg", encoding="utf-8") as file:
        text = file.read()
    missing = set(re.findall(r"@([A-Z_]+)@", text)) - set(values)
    assert not missing, f"{name}.cfg needs {missing}"
    return re.sub(r"@([A-Z_]+)@", lambda m: str(values[m.group(1)]), text)


def _tls_modules(tls):
    """tls: {folder (of Authority.issue), ca, verify}: `verify` asks clients for a certificate."""
    return _filled("tls", {"KEY": f"{tls['folder']}/key.pem", "CERTIFICATE": f"{tls['folder']}/cert.pem",
                           "CA": tls["ca"], "VERIFY": int(bool(tls.get("verify"))),
                           "REQUIRE": int(bool(tls.get("verify")))})


def _target(text):
    host, _, port = text.rpartition(":")
    return {"TARGET": text, "TARGET_HOST": host, "TARGET_PORT": port}


def proxy(lab, side, target, back, **options):
    """A record-routing proxy between `back` (say, the appliance) and `target`, both host:port."""
    return Kamailio(lab, side, "proxy", {**_target(target), "BACK": back}, **options)


def digest(lab, side, target, user, password, realm="carrier.example", algorithm="MD5", qop="auth",
           nonce_seconds=300, min_expires=60, **options):
    """A server that challenges INVITE (407) and REGISTER (401) with MD5 or SHA-256."""
    return Kamailio(lab, side, "digest", {
        **_target(target), "USER": user, "PASSWORD": password, "REALM": realm,
        "ALGORITHM": algorithm, "QOP": qop, "NONCE_SECONDS": nonce_seconds,
        "MIN_EXPIRES": min_expires}, **options)


def forker(lab, side, branches, **options):
    """Sends every INVITE to all `branches` (host:port) at once; in-dialog requests follow Route."""
    # append_branch() takes the next hop that is set; the request itself goes to the first branch.
    lines = [f'$du = "sip:{branch}"; append_branch();' for branch in branches[1:]]
    lines.append(f'$du = "sip:{branches[0]}";')
    return Kamailio(lab, side, "fork", {"BRANCHES": "\n        ".join(lines),
                                        **_target(branches[0])}, **options)


def redirect(lab, side, contacts, **options):
    """Answers every INVITE with 302 and these contacts (URIs), best first."""
    best = [f"<{uri}>;q={1 - n / 10:.1f}" for n, uri in enumerate(contacts)]
    return Kamailio(lab, side, "redirect", {"CONTACTS": ", ".join(best)}, **options)


def websocket(lab, side, target, tls=None, ws_port=8080, wss_port=8443, **options):
    """A registrar and proxy for browsers: WebSocket on `ws_port`, with `tls` (see Kamailio) also
    secure WebSocket on `wss_port` and SIP over TLS on 5061; other calls go to `target`."""
    address = options.get("address") or ADDRESS[side]
    port = options.get("port", 5060)
    listen = [f"udp:{address}:{port}", f"tcp:{address}:{port}", f"tcp:{address}:{ws_port}"]
    if tls:
        listen += [f"tls:{address}:5061", f"tls:{address}:{wss_port}"]
    return Kamailio(lab, side, "websocket", _target(target), listen=listen, tls=tls, **options)
