# SPDX-License-Identifier: BSD-2-Clause
"""A linphone (5.1) on one side: a complete phone with 100rel, session timers and SHA-256 digest, run
without display and sound through linphone-daemon's command line."""
import os
import queue
import re
import subprocess
import threading
import time

from tests.support.lab import ADDRESS, SBC
from tests.support.wait import Timeout

# Only numeric addresses, one port, no look for network changes, nothing that asks a server.
CONFIG = """[sip]
bind_address={address}
sip_port={port}
sip_tcp_port={port}
sip_tls_port=-1
guess_hostname=0
contact=sip:{user}@{address}:{port}
default_proxy=-1
register_only_when_network_is_up=0
auto_net_state_mon=0
use_ipv6=0
media_encryption=none
100rel_support_level={rel}
incoming_calls_early_media={early_media}
session_expires_enabled={timer_on}
session_expires_value={timer}
session_expires_min_value={min_se}
session_expires_refresher_value={refresher}
verify_server_certs=1
root_ca={ca}

[net]
dns_srv_enabled=0
dns_search_enabled=0

[rtp]
audio_rtp_port={media_port}

[sound]
playback_dev_id=ANULL: Null Audio
ringer_dev_id=ANULL: Null Audio
capture_dev_id=ANULL: Null Audio

[misc]
uuid=11111111-1111-1111-1111-111111111111

[storage]
backend=sqlite3
uri=:memory:
{account}"""
ACCOUNT = """
[auth_info_0]
username={user}
realm={realm}
domain={realm}
passwd={password}
available_algorithms={algorithms}
"""
REL = {"no": 0, "supported": 1, "required": 2}
REFRESHER = {"any": 0, "uas": 1, "uac": 2}  # LinphoneSessionExpiresRefresher
MEDIA_PORT = {"pbx": 33000, "carrier": 43000}


class Linphone:
    """One phone. Options: `rel` no|supported|required (reliable provisional responses),
    `early_media` (rings with 183 and SDP), `timer` seconds with `min_se` and `refresher`,
    `auth` (user, password, realm, algorithms such as "SHA-256"), `target` of its calls, `ca`."""

    def __init__(self, lab, side, port=5060, user=None, rel="no", early_media=False, timer=0,
                 min_se=90, refresher="any", auth=None, target=None, ca=""):
        self.side, self.address, self.port = side, ADDRESS[side], port
        # It looks for credentials of the user in its From.
        user = user or (auth[0] if auth else "linphone")
        self.target = target or f"{SBC[side]}:5060"
        folder = f"{lab.folder}/linphone-{side}-{lab.next_number()}"
        os.makedirs(f"{folder}/home")
        account = ACCOUNT.format(user=auth[0], password=auth[1], realm=auth[2], algorithms=auth[3]) \
            if auth else ""
        with open(f"{folder}/linphonerc", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(
                address=self.address, port=port, user=user, rel=REL[rel],
                early_media=int(early_media), timer_on=int(timer > 0), timer=timer, min_se=min_se,
                refresher=REFRESHER[refresher], media_port=MEDIA_PORT[side], account=account, ca=ca))
        home = {name: f"{folder}/home" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
                                                    "XDG_CACHE_HOME")}
        self._stack_log = f"{folder}/log"
        self._log = open(f"{folder}/console", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(
            lab.command(side, "linphone-daemon", "--config", f"{folder}/linphonerc", "--log",
                        f"{folder}/log", "--disable-stats-events"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, **home})
        lab.on_exit(self.stop)
        self._events, self._answers, self._seen = queue.Queue(), queue.Queue(), []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.command("version", 15)

    def stop(self):
        if self._process.poll() is None:
            try:
                self._process.stdin.write(b"quit\n")
                self._process.stdin.flush()
                self._process.wait(3)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self._process.kill()
                self._process.wait()
        self._reader.join(2)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._log.close()

    def _read(self):
        """Sorts the console's `Key: value` lines into events and answers to commands."""
        event = {}
        for raw in self._process.stdout:
            if not self._log.closed:
                self._log.write(raw)
            line = re.sub(r"^(daemon-linphone>)+", "", raw.decode("utf-8", "replace")).strip()
            key, colon, value = line.partition(": ")
            if not colon:
                continue
            if key == "Event-type":
                event = {"type": value}
            elif key in ("Status", "Reason"):
                self._answers.put((key, value))
            elif event is not None and key in ("Event", "From", "Id", "State", "Registration-id"):
                event[key] = value
                if key == "Id" or "State" in event:
                    self._events.put(event)
                    event = {}

    def command(self, text, seconds=5.0):
        """Sends one command and waits until it was taken; fails where linphone says Error."""
        while not self._answers.empty():
            self._answers.get()
        self._process.stdin.write(text.encode() + b"\n")
        self._process.stdin.flush()
        try:
            key, value = self._answers.get(timeout=seconds)
            if value == "Error":
                key, value = self._answers.get(timeout=seconds)
                raise AssertionError(f"linphone ({self.side}): '{text}': {value}")
        except queue.Empty:
            raise Timeout(f"linphone ({self.side}) did not answer '{text}'") from None

    def expect(self, state, seconds=10.0):
        """Waits for a call state, without its prefix: IncomingReceived, StreamsRunning, End, …;
        answers the call's number. Earlier other states are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise Timeout(f"linphone ({self.side}) did not reach {state}; "
                              f"it reported {self._seen}") from None
            name = event.get("Event", event.get("State", "")).removeprefix("LinphoneCall")
            self._seen.append(name)
            if name == state:
                return event.get("Id", "")

    def call(self, number):
        self.command(f"call sip:{number}@{self.target}")

    def answer(self):
        self.command("answer")

    def pause(self):
        """Hold: a re-INVITE with sendonly."""
        self.command("call-pause")

    def resume(self, call):
        self.command(f"call-resume {call}")

    def console(self):
        """The whole log of the SIP stack."""
        with open(self._stack_log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def play(self, wav):
        """Speaks what the file says, to the call that is up."""
        self.command(f"incall-player-start {wav}")

    def terminate(self):
        self.command("terminate")

    def transfer(self, call, to):
        """To an URI (blind), or to the number of another call (attended)."""
        self.command(f"call-transfer {call} {to}")
