# SPDX-License-Identifier: BSD-2-Clause
"""A scripted SIP user agent over one WebSocket connection to the appliance (RFC 7118), plain or secure,
with plain RTP: what no browser has. It never connects again: all it hears came over that connection."""
import base64
import os
import re
import socket
import struct
import threading
import time

from tests.support import netns
from tests.support.lab import SBC
from tests.support.sipmsg import SipMessage, token
from tests.support.ua import UserAgent

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WsAgent(UserAgent):
    """`context` (ssl.SSLContext) makes it secure. As RFC 7118 5 has it, its Via and Contact name a host
    that does not exist."""

    def __init__(self, lab, side, port, context=None):
        self.transport = "WSS" if context else "WS"
        self._context, self._server = context, (SBC[side], port)
        self._rest, self._turn = b"", threading.Lock()
        super().__init__(lab, side, 0)
        self.host = f"{token()}.invalid"
        self.contact = f"sip:{side}@{self.host};transport=ws"

    def _make_socket(self, port):
        made = netns.make_socket(self.lab.namespace(self.side), self.address, port, socket.SOCK_STREAM)
        made.settimeout(10)
        made.connect(self._server)
        self.port = made.getsockname()[1]
        if self._context:
            made = self._context.wrap_socket(made, server_hostname=self._server[0])
        key = base64.b64encode(os.urandom(16)).decode()
        made.sendall((f"GET / HTTP/1.1\r\nHost: {self._server[0]}:{self._server[1]}\r\n"
                      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: sip\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = made.recv(4096)
            assert part, f"the handshake was not answered: {head!r}"
            head += part
        head, _, self._rest = head.partition(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 101 ", head), head
        assert re.search(rb"(?im)^sec-websocket-protocol: *sip\r?$", head), head
        return made

    def _run(self):
        while self._open:
            # One OpenSSL object must not be read and written at once.
            with self._turn:
                try:
                    self._socket.settimeout(0.02)
                    data = self._socket.recv(65536)
                except socket.timeout:
                    data = None
                except OSError:
                    return
            if data == b"":
                return
            self._rest += data or b""
            self._take_frames()
            time.sleep(0.001)  # lets a sender have the turn

    def _take_frames(self):
        while len(self._rest) >= 2:
            size, at = self._rest[1] & 0x7f, 2
            if size >= 126:
                at = 4 if size == 126 else 10
                if len(self._rest) < at:
                    return
                size = int.from_bytes(self._rest[2:at], "big")
            if len(self._rest) < at + size:
                return
            assert not self._rest[1] & 0x80, "a server's frames are not masked (RFC 6455 5.1)"
            opcode, payload = self._rest[0] & 0x0f, self._rest[at:at + size]
            self._rest = self._rest[at + size:]
            if opcode in (TEXT, BINARY):
                self._take(SipMessage(payload, time.time()))
            elif opcode == PING:
                self._frame(PONG, payload)

    def _frame(self, opcode, payload):
        mask = os.urandom(4)
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else \
            b"\xfe" + struct.pack("!H", len(payload))
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        with self._turn:
            self._socket.settimeout(10)
            self._socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def _send(self, data, target=None):
        self._frame(TEXT, data)

    def send_request(self, data, message):
        """The stream repeats for us (RFC 3261 17.1.1.2)."""
        self._send(data)
