# SPDX-License-Identifier: BSD-2-Clause
"""A scripted RTP endpoint: plays a tone in real time from one socket and counts what arrives."""
import random
import select
import threading
import time

from tests.support import netns, tone
from tests.support.lab import ADDRESS, ADDRESS6
from tests.support.wait import wait_for

PACKET = 0.02


class MediaEndpoint:
    """Bound from construction to stop(); sends once play() has been told where to."""

    def __init__(self, lab, side, port, frequency=1004, ipv6=False, address=None, payload_type=8):
        self.address = address or (ADDRESS6 if ipv6 else ADDRESS)[side]
        self.port = port
        self._socket = netns.make_socket(lab.namespace(side), self.address, port)
        self._audio = tone.tone(frequency, 1, payload_type)
        self._payload_type = payload_type
        self._target = None
        self._ssrc = random.getrandbits(32)
        self._running = True
        self.sent = 0
        self.received = []  # (arrival time, source, bytes)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        lab.on_exit(self.stop)

    def play(self, target):
        """Starts (or redirects) the stream to (address, port); None pauses it."""
        self._target = target

    def stop(self):
        if self._running:
            self._running = False
            self._thread.join()
            self._socket.close()

    def count(self):
        return len(self.received)

    def wait_received(self, more, seconds=5.0):
        """Until `more` further packets have arrived."""
        wanted = self.count() + more
        wait_for(lambda: self.count() >= wanted, seconds,
                 lambda: f"{self.count() - wanted + more} of {more} packets arrived at "
                         f"{self.address}:{self.port}")

    def hears(self, frequency, packets=50, seconds=5.0):
        """Waits for that many further packets and says whether they carry the tone."""
        start = self.count()
        self.wait_received(packets, seconds)
        audio = b"".join(data[12:] for _, _, data in self.received[start:])
        payload_type = self.received[start][2][1] & 0x7F
        return tone.share(audio, payload_type, frequency) > 0.9

    def _run(self):
        due, sequence, stamp = time.monotonic(), random.getrandbits(15), random.getrandbits(31)
        while self._running:
            wait = max(0.0, due - time.monotonic())
            if select.select([self._socket], [], [], wait)[0]:
                data, source = self._socket.recvfrom(2048)
                self.received.append((time.time(), source[:2], data))
            if time.monotonic() < due:
                continue
            due += PACKET
            target = self._target
            if target is None:
                continue
            at = (self.sent % 50) * tone.FRAME
            header = bytes([0x80, self._payload_type]) + sequence.to_bytes(2, "big") + \
                stamp.to_bytes(4, "big") + self._ssrc.to_bytes(4, "big")
            try:
                self._socket.sendto(header + self._audio[at:at + tone.FRAME], target)
            except OSError:
                pass  # the far port may be gone; what arrives is what the test judges
            self.sent += 1
            sequence, stamp = (sequence + 1) & 0xFFFF, (stamp + tone.FRAME) & 0xFFFFFFFF
