# SPDX-License-Identifier: BSD-2-Clause
"""A scripted SIP user agent with one TLS connection of its own, which it keeps for as long as it lives:
it never connects again, so whatever it says and hears later came over that very connection."""
import hashlib
import socket
import ssl
import time

from tests.support import netns
from tests.support.dialog import Dialog
from tests.support.lab import ADDRESS, SBC
from tests.support.sipmsg import SipMessage, split_stream, token
from tests.support.wait import Timeout


def client_context(ca, certificate=None):
    """For all connections of a test: whom they believe, and what they show (a folder of
    Authority.issue)."""
    context = ssl.create_default_context(cafile=ca)
    if certificate:
        context.load_cert_chain(f"{certificate}/cert.pem", f"{certificate}/key.pem")
    return context


def file_fingerprint(path):
    """Of a PEM file's first certificate, as TlsAgent.fingerprint."""
    with open(path, encoding="ascii") as file:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


class TlsAgent:
    """One agent of one thread at a time: messages are read when something is expected."""

    transport, mark = "TLS", ""

    def __init__(self, lab, side, context, port=5061):
        self.side, self.address = side, ADDRESS[side]
        plain = netns.make_socket(lab.namespace(side), self.address, kind=socket.SOCK_STREAM)
        plain.settimeout(10)
        plain.connect((SBC[side], port))
        self._socket = context.wrap_socket(plain, server_hostname=SBC[side])
        lab.on_exit(self._socket.close)
        self.host, self.port = self.address, self._socket.getsockname()[1]
        self.contact = f"sip:{side}@{self.host}:{self.port};transport=tls"
        self.sbc = f"{SBC[side]}:{port}"
        self._acks, self._bytes = {}, b""

    def fingerprint(self):
        """Of the certificate that was shown on this connection, as the metrics write it."""
        return hashlib.sha256(self._socket.getpeercert(binary_form=True)).hexdigest()

    # --- what Dialog asks of its agent -----------------------------------------------------------
    def send_raw(self, data):
        self._socket.sendall(data)

    def send_request(self, data, _message):
        self._socket.sendall(data)

    def on_failure_send(self, branch, make_ack):
        self._acks[branch] = make_ack

    def expect(self, matches, seconds=5.0):
        """The next message that matches; others are passed over. The connection's end fails."""
        deadline = time.monotonic() + seconds
        while True:
            whole, self._bytes = split_stream(self._bytes)
            for raw in whole:
                message = SipMessage(raw, time.time())
                if message.is_response and message.status >= 300 and message.branch() in self._acks:
                    self.send_raw(self._acks[message.branch()](message))
                if matches(message):
                    return message
            left = deadline - time.monotonic()
            try:
                self._socket.settimeout(max(left, 0.01))
                part = self._socket.recv(65536)
            except (socket.timeout, ssl.SSLWantReadError):
                raise Timeout(f"{self.side} port {self.port} expected {matches.__name__} within "
                              f"{seconds:g} s") from None
            if not part:
                raise AssertionError(f"{self.side} port {self.port}: the connection was closed")
            self._bytes += part

    def call(self, number, body, seconds=10.0):
        """A call, answered with 200 and acknowledged; its Dialog."""
        dialog = Dialog(self, token(), token(), f"<sip:+4940555@{self.host}>",
                        f"<sip:{number}@{self.sbc}>", f"sip:{number}@{self.sbc};transport=tls")
        dialog.reinvite(body, seconds=seconds)
        return dialog
