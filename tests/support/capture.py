# SPDX-License-Identifier: BSD-2-Clause
"""Captures one side's wire with tcpdump and reads the file back: frames, SIP messages, RTP."""
import re
import signal
import socket
import struct
import subprocess

from tests.support import rtp, sipmsg
from tests.support.wait import read_until


class Frame:
    __slots__ = ("time", "protocol", "source", "target", "payload", "sequence")

    def __init__(self, time, protocol, source, target, payload, sequence=0):
        self.time, self.protocol, self.source, self.target = time, protocol, source, target
        self.payload, self.sequence = payload, sequence


class Capture:
    """Runs from construction to stop(); everything on the side's `sbc0` device is recorded."""

    def __init__(self, lab, side, only=""):
        self.path = f"{lab.folder}/{side}-{lab.next_number()}.pcap"
        command = lab.command(side, "tcpdump", "-i", "sbc0", "-n", "-U", "-s", "0", "-B", "65536",
                              "--immediate-mode", "-Z", "root", "-w", self.path, *only.split())
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        lab.on_exit(self.stop)
        read_until(self._process.stderr, b"listening on", 10)
        self._frames = None

    def stop(self):
        """Ends the capture and answers it, so that `stop()` can be chained."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            report = self._process.communicate(timeout=20)[1].decode()
            dropped = re.search(r"(\d+) packets? dropped by kernel", report)
            if dropped and int(dropped.group(1)):
                raise AssertionError(f"the capture itself lost {dropped.group(1)} packets")
        return self

    def frames(self):
        """All UDP datagrams and TCP segments, oldest first (read once, after stop)."""
        if self._frames is None:
            self.stop()
            self._frames = list(read_pcap(self.path))
        return self._frames

    def sip(self):
        """All SIP messages, from UDP and from TCP streams, oldest first."""
        found, tcp = [], {}
        for frame in self.frames():
            if frame.protocol == "udp":
                if sipmsg.looks_like_sip(frame.payload):
                    found.append(sipmsg.SipMessage(frame.payload, frame.time, frame.source,
                                                   frame.target))
            elif frame.payload:
                tcp.setdefault((frame.source, frame.target), []).append(frame)
        for (source, target), segments in tcp.items():
            found += _sip_of_stream(source, target, segments)
        return sorted(found, key=lambda m: m.time)

    def rtp(self, source=None, target=None):
        return rtp.streams(self.frames(), source, target)

    def raw(self):
        """Every payload byte of the capture, for searching."""
        return b"\n".join(f.payload for f in self.frames())

    def tshark(self, display_filter):
        """What tshark says of the frames that match: one line each (an independent judge)."""
        done = subprocess.run(["tshark", "-n", "-r", self.path, "-Y", display_filter],
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout.splitlines()


def _sip_of_stream(source, target, segments):
    first = segments[0].sequence
    segments.sort(key=lambda f: (f.sequence - first) & 0xFFFFFFFF)
    data, expected, messages = b"", None, []
    for frame in segments:
        if expected is not None:
            seen = (expected - frame.sequence) & 0xFFFFFFFF
            if 0 < seen < 0x80000000:  # a retransmitted segment, wholly or partly known
                if seen >= len(frame.payload):
                    continue
                data += frame.payload[seen:]
            else:
                data += frame.payload
        else:
            data = frame.payload
        expected = (frame.sequence + len(frame.payload)) & 0xFFFFFFFF
        whole, data = sipmsg.split_stream(data)
        messages += [sipmsg.SipMessage(raw, frame.time, source, target) for raw in whole]
    return messages


def read_pcap(path):
    """Yields the UDP and TCP frames of a pcap file; IPv4 fragments are put together."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1e9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e6
    header, at, fragments = struct.Struct(order + "IIII"), 24, {}
    while at + 16 <= len(data):
        seconds, part, size, _ = header.unpack_from(data, at)
        packet = data[at + 16:at + 16 + size]
        at += 16 + size
        frame = _decode(seconds + part / unit, packet, fragments)
        if frame is not None:
            yield frame


def _decode(time, packet, fragments):
    kind = packet[12:14]
    if kind == b"\x08\x00" and len(packet) >= 34:
        length = (packet[14] & 0x0F) * 4
        total = int.from_bytes(packet[16:18], "big")
        protocol, body = packet[23], packet[14 + length:14 + total]
        source = socket.inet_ntop(socket.AF_INET, packet[26:30])
        target = socket.inet_ntop(socket.AF_INET, packet[30:34])
        flags = int.from_bytes(packet[20:22], "big")
        if flags & 0x3FFF:
            body = _reassemble(fragments, (source, target, packet[18:20]), flags, body)
    elif kind == b"\x86\xdd" and len(packet) >= 54:
        protocol, body = packet[20], packet[54:54 + int.from_bytes(packet[18:20], "big")]
        source = socket.inet_ntop(socket.AF_INET6, packet[22:38])
        target = socket.inet_ntop(socket.AF_INET6, packet[38:54])
        if protocol == 44 and len(body) >= 8:
            flags = int.from_bytes(body[2:4], "big")
            protocol, key = body[0], (source, target, body[4:8])
            body = _reassemble(fragments, key, (flags >> 3) | (flags & 1) << 13, body[8:])
    else:
        return None
    if body is None or protocol not in (6, 17) or len(body) < (20 if protocol == 6 else 8):
        return None
    ports = struct.unpack_from("!HH", body)
    ends = (source, ports[0]), (target, ports[1])
    if protocol == 17:
        return Frame(time, "udp", *ends, body[8:])
    return Frame(time, "tcp", *ends, body[(body[12] >> 4) * 4:], int.from_bytes(body[4:8], "big"))


def _reassemble(fragments, key, flags, body):
    """Collects fragments; `flags` is IPv4's field (more-fragments bit 13, offset in 8 bytes)."""
    parts = fragments.setdefault(key, {})
    parts[(flags & 0x1FFF) * 8] = (body, bool(flags & 0x2000))
    whole, more = b"", True
    while more:
        if len(whole) not in parts:
            return None
        piece, more = parts[len(whole)]
        whole += piece
        if not piece:
            break
    del fragments[key]
    return whole
