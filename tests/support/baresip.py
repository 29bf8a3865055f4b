# SPDX-License-Identifier: BSD-2-Clause
"""A baresip phone on one side of the lab, driven through its ctrl_tcp module."""
import json
import os
import queue
import socket
import subprocess
import threading
import time

from tests.support import netns, tone
from tests.support.lab import ADDRESS, SBC
from tests.support.wait import Timeout, wait_for

CONFIG = """
sip_listen {address}:5060
audio_source aufile,{wav}
audio_player aubridge,far
audio_path /usr/share/baresip
call_max_calls 4
rtp_ports {ports}
rtp_timeout 0
ctrl_tcp_listen 127.0.0.1:4444
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
"""
USER = {"pbx": "+4940555", "carrier": "+4930123456"}
PORTS = {"pbx": "32000-32998", "carrier": "42000-42998"}


class Baresip:
    """One phone, without registration; calls go to the appliance."""

    def __init__(self, lab, side, frequency):
        self.side = side
        folder = f"{lab.folder}/baresip-{side}"
        os.makedirs(folder)
        wav = tone.wav_file(folder, frequency, 60)
        with open(f"{folder}/config", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(address=ADDRESS[side], wav=wav, folder=folder,
                                     ports=PORTS[side]))
        with open(f"{folder}/accounts", "w", encoding="utf-8") as file:
            file.write(f"<sip:{USER[side]}@{ADDRESS[side]};transport=udp>;regint=0;"
                       f"outbound=\"sip:{SBC[side]};transport=udp\";audio_codecs=PCMA\n")
        with open(f"{folder}/contacts", "w", encoding="utf-8"):
            pass
        self._log = open(f"{folder}/log", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(lab.command(side, "baresip", "-f", folder),
                                         stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log, cwd=folder)
        lab.on_exit(self.stop)
        self._events = queue.Queue()
        self._seen = []
        self._socket = wait_for(lambda: self._connect(lab), 10, f"baresip ({side}) did not start")
        threading.Thread(target=self._read, daemon=True).start()

    def _connect(self, lab):
        if self._process.poll() is not None:
            raise AssertionError(f"baresip ({self.side}) ended with {self._process.returncode}")
        with netns.inside(lab.namespace(self.side)):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            made.connect(("127.0.0.1", 4444))
            return made
        except OSError:
            made.close()
            return None

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def _read(self):
        data = b""
        while True:
            try:
                more = self._socket.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more
            while b":" in data:
                size, _, rest = data.partition(b":")
                if len(rest) < int(size) + 1:
                    break
                self._events.put(json.loads(rest[:int(size)]))
                data = rest[int(size) + 1:]

    def command(self, name, parameters=""):
        text = json.dumps({"command": name, "params": parameters, "token": "t"}).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))

    def expect(self, event_type, seconds=10):
        """Waits for an event such as CALL_ESTABLISHED; earlier other events are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise Timeout(f"baresip ({self.side}) reported no {event_type}; "
                              f"it reported {self._seen}") from None
            self._seen.append(event.get("type", "response"))
            if event.get("type") == event_type:
                return event

    def dial(self, number):
        self.command("dial", f"sip:{number}@{SBC[self.side]}")
