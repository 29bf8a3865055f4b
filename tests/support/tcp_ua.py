# SPDX-License-Identifier: BSD-2-Clause
"""A scripted SIP user agent over TCP: one connection it made itself, or all that the appliance makes to
it. It never connects again, so whatever it says and hears came over the connections it counts."""
import re
import socket
import time

from tests.support import netns
from tests.support.lab import SBC
from tests.support.sipmsg import SipMessage, split_stream
from tests.support.ua import UserAgent
from tests.support.wait import wait_for


class Stream:
    """One connection: what was read of it, and how often the other side pinged or ponged."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""
        self.pings = self.pongs = 0  # double and single CRLF between messages (RFC 5626 3.5.1)
        self.is_open = True

    def take(self, data):
        """The complete messages after these bytes."""
        self.rest += data
        found = []
        while True:
            blank = re.match(rb"(\r\n)+", self.rest)
            if blank:
                self.pings += len(blank[0]) // 4
                self.pongs += len(blank[0]) % 4 // 2
            whole, _ = split_stream(self.rest)
            if not whole:
                self.rest = self.rest[blank.end():] if blank else self.rest
                return found
            self.rest = self.rest[(blank.end() if blank else 0) + len(whole[0]):]
            found.append(whole[0])


class TcpAgent(UserAgent):
    """`listen`: takes connections on that port, and answers on the one a message came over; else it
    makes one to the appliance, from any port. `pong`: whether it answers pings."""

    transport = "TCP"

    def __init__(self, lab, side, port=0, listen=False, pong=True):
        self._listen, self.pong = listen, pong
        self.streams = []
        super().__init__(lab, side, port)
        self.contact += ";transport=tcp"

    def _make_socket(self, port):
        made = netns.make_socket(self.lab.namespace(self.side), self.address, port, socket.SOCK_STREAM)
        if self._listen:
            made.listen(16)
        else:
            made.settimeout(10)
            made.connect((SBC[self.side], 5060))
            self.port = made.getsockname()[1]
            self.contact = f"sip:{self.side}@{self.host}:{self.port}"
            self.streams.append(Stream(made))
        return made

    def close(self):
        self._open = False
        for stream in self.streams:
            stream.connection.close()
        self._socket.close()

    def _run(self):
        self._socket.settimeout(0.02)
        while self._open:
            if self._listen:
                try:
                    self.streams.append(Stream(self._socket.accept()[0]))
                except socket.timeout:
                    pass
                except OSError:
                    return
            for stream in [s for s in self.streams if s.is_open]:
                self._read(stream)
            if not any(s.is_open for s in self.streams) and not self._listen:
                return

    def _read(self, stream):
        try:
            stream.connection.settimeout(0.02)
            data = stream.connection.recv(65536)
        except socket.timeout:
            return
        except OSError:
            data = b""
        if not data:
            stream.is_open = False
            stream.connection.close()
            return
        pings = stream.pings
        for raw in stream.take(data):
            self._current = stream
            self._take(SipMessage(raw, time.time()))
        if self.pong and stream.pings > pings:
            stream.connection.sendall(b"\r\n")

    def _send(self, data, target=None):
        stream = getattr(self, "_current", None) or self.streams[0]
        try:
            stream.connection.sendall(data)
        except OSError:
            if self._open and stream.is_open:
                raise

    def send_request(self, data, message):
        """TCP repeats for us (RFC 3261 17.1.1.2)."""
        self._send(data)

    def wait_closed(self, seconds, why):
        """Until the appliance has ended the first connection; answers the time."""
        wait_for(lambda: not self.streams[0].is_open, seconds, f"not closed: {why}")
        return time.monotonic()
