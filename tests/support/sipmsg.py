# SPDX-License-Identifier: BSD-2-Clause
"""A SIP message as tests see it: start line, header lines in order, body. Deliberately simple and
independent of the product's parser."""
import random
import re

_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
            "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding"}


class SipMessage:
    """One request or response; `time` is seconds since the epoch, source and target (ip, port)."""

    def __init__(self, raw, time=0.0, source=None, target=None):
        self.raw, self.time, self.source, self.target = raw, time, source, target
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        self.start = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((_COMPACT.get(name, name), value.strip()))
        words = self.start.split(" ", 2)
        self.is_response = words[0].startswith("SIP/")
        self.status = int(words[1]) if self.is_response else None
        self.method = self.header("cseq").split()[-1] if self.is_response else words[0]
        self.uri = None if self.is_response else words[1]

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name, default=""):
        values = self.all(name)
        return values[0] if values else default

    @property
    def cseq(self):
        return int(self.header("cseq").split()[0])

    @property
    def call_id(self):
        return self.header("call-id")

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def tag(self, name):
        found = re.search(r";\s*tag=([^;\s]+)", self.header(name).split(">")[-1])
        return found.group(1) if found else None

    def contact_uri(self):
        found = re.search(r"<([^>]*)>", self.header("contact"))
        return found.group(1) if found else self.header("contact").split(";")[0]

    def branch(self):
        found = re.search(r";\s*branch=([^;\s,]+)", self.header("via"))
        return found.group(1) if found else None

    def media(self):
        """(address, port, direction) of the first m= line; direction defaults to sendrecv."""
        connection = re.findall(r"^c=IN IP[46] (\S+)", self.text, re.M)
        port = re.search(r"^m=\w+ (\d+)", self.text, re.M)
        direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", self.text, re.M)
        if not connection or not port:
            return None
        return connection[-1], int(port.group(1)), direction.group(1) if direction else "sendrecv"

    def __str__(self):
        return self.start if not self.is_response else f"{self.start} ({self.method})"


def looks_like_sip(payload):
    end = payload.find(b"\r\n")
    line = payload[:end] if end > 0 else b""
    return line.startswith(b"SIP/2.0 ") or line.endswith(b" SIP/2.0")


def split_stream(data):
    """The complete messages at the front of a byte stream (RFC 3261 18.3), and what is left over."""
    messages = []
    while True:
        data = data.lstrip(b"\r\n")
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return messages, data
        found = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", data[:end + 2])
        size = end + 4 + (int(found.group(1)) if found else 0)
        if len(data) < size:
            return messages, data
        messages.append(data[:size])
        data = data[size:]


def token(prefix=""):
    return prefix + "".join(random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=10))


def finish(lines, sdp):
    """Completes a message: content headers, the empty line, the body."""
    body = (sdp or "").encode() if not isinstance(sdp, bytes) else sdp
    if body and not any(line.lower().startswith("content-type") for line in lines):
        lines = lines + ["Content-Type: application/sdp"]
    return "\r\n".join(lines + [f"Content-Length: {len(body)}", "", ""]).encode() + body
