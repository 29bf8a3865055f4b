# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium with JsSIP on one side (tests/peers/browser): SIP over WebSocket, DTLS-SRTP and
ICE from a stack that is not ours, with fake media devices (a beep each second)."""
import base64
import hashlib
import json
import os
import queue
import subprocess
import threading
import time

from tests.support.lab import ROOT
from tests.support.wait import Timeout

FOLDER = os.path.join(ROOT, "tests", "peers", "browser")


def key_pin(certificate):
    """The SHA-256 of a certificate's public key, as Chromium's option takes it."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Browser:
    """One browser with one phone. `pin`: the file of the one server certificate it accepts although
    no public authority signed it."""

    def __init__(self, lab, side, pin=None):
        subprocess.run([f"{FOLDER}/install.sh"], check=True)
        self.side = side
        folder = f"{lab.folder}/browser-{side}-{lab.next_number()}"
        os.makedirs(f"{folder}/home")
        options = [f"--ignore-certificate-errors-spki-list={key_pin(pin)}"] if pin else []
        self._log = open(f"{folder}/log", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(
            lab.command(side, "node", f"{FOLDER}/peer.mjs", f"{folder}/profile", *options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=folder,
            env={**os.environ, "HOME": f"{folder}/home"})
        lab.on_exit(self.stop)
        self._events, self._seen = queue.Queue(), []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.expect("ready", 60)

    def stop(self):
        if self._process.poll() is None:
            try:
                self._process.stdin.write(b'{"do":"quit"}\n')
                self._process.stdin.close()
                self._process.wait(10)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self._process.kill()
                self._process.wait()
        self._reader.join(2)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._log.close()

    def _read(self):
        for line in self._process.stdout:
            if not self._log.closed:
                self._log.write(line)
            self._events.put(json.loads(line))
        self._events.put({"event": "error", "text": "the browser ended"})

    def send(self, do, **parameters):
        command = {"do": do, **{k: v for k, v in parameters.items() if v is not None}}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def expect(self, event, seconds=10.0, matches=lambda e: True):
        """The next event of that name; earlier other events are passed over, a failure is not."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                told = self._events.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise Timeout(f"browser ({self.side}) reported no {event}; it reported "
                              f"{self._seen[-12:]}") from None
            self._seen.append({k: v for k, v in told.items() if k != "sdp"})
            if told["event"] == event and matches(told):
                return told
            if told["event"] in ("error", "failed", "registration_failed"):
                raise AssertionError(f"browser ({self.side}) wanted {event} but: {told}")

    # --- the phone ---------------------------------------------------------------------------
    def register(self, url, uri, user=None, password=None):
        """Connects to ws:// or wss:// and registers."""
        self.send("start", url=url, uri=uri, user=user, password=password, register=True)
        self.expect("registered", 20)

    def connect(self, url, uri):
        """Connects without registering."""
        self.send("start", url=url, uri=uri, register=False)
        self.expect("connected", 20)

    def call(self, to, **options):
        """Options: video, headers."""
        self.send("call", to=to, **options)

    def answer(self):
        self.send("answer")

    def hangup(self, status=None):
        self.send("hangup", status=status)

    def wait_media(self, packets=25, seconds=15.0):
        """Until the media connection is up and that many packets came in; answers the figures."""
        deadline = time.monotonic() + seconds
        while True:
            self.send("stats")
            found = self.expect("stats")
            if found["received"] >= packets and found["dtls"] == "connected":
                return found
            if time.monotonic() > deadline:
                raise Timeout(f"browser ({self.side}) has no media: {found}")
            time.sleep(0.1)
