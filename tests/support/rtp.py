# SPDX-License-Identifier: BSD-2-Clause
"""RTP as seen in a capture: packets grouped into streams, with loss, gaps and audio."""
from tests.support import tone


class RtpPacket:
    __slots__ = ("time", "sequence", "timestamp", "ssrc", "payload_type", "payload")

    def __init__(self, time, data):
        self.time = time
        self.payload_type = data[1] & 0x7F
        self.sequence = int.from_bytes(data[2:4], "big")
        self.timestamp = int.from_bytes(data[4:8], "big")
        self.ssrc = int.from_bytes(data[8:12], "big")
        start = 12 + 4 * (data[0] & 0x0F)
        if data[0] & 0x10 and len(data) >= start + 4:
            start += 4 + 4 * int.from_bytes(data[start + 2:start + 4], "big")
        self.payload = data[start:]


def is_rtp(payload):
    """RTP by RFC 7983 (first byte) and RFC 5761 (RTCP packet types 192-223 are not RTP)."""
    return len(payload) >= 12 and payload[0] >> 6 == 2 and not 192 <= payload[1] <= 223


class RtpStream:
    """The packets of one (source, destination, SSRC), in order of arrival."""

    def __init__(self, source, target):
        self.source, self.target, self.packets = source, target, []

    def lost(self):
        """Packets missing inside the stream, by sequence numbers (RFC 3550 A.3, wraps counted)."""
        highest = first = self.packets[0].sequence
        for packet in self.packets[1:]:
            step = (packet.sequence - highest) & 0xFFFF
            if step < 0x8000:
                highest += step
        seen = len({p.sequence for p in self.packets})
        return max(0, highest - first + 1 - seen)

    def longest_gap(self):
        times = [p.time for p in self.packets]
        return max((b - a for a, b in zip(times, times[1:])), default=0.0)

    def gap_around(self, moment):
        """Seconds from the last packet before `moment` to the first after it; None: nothing after."""
        before = [p.time for p in self.packets if p.time <= moment]
        after = [p.time for p in self.packets if p.time > moment]
        return after[0] - before[-1] if before and after else None

    def tone_share(self, frequency, after=0.0, before=float("inf")):
        """Which part of the audio's power lies at `frequency`."""
        chosen = [p for p in self.packets if after <= p.time <= before and p.payload_type in (0, 8)]
        if not chosen:
            return 0.0
        audio = b"".join(p.payload for p in chosen)
        return tone.share(audio, chosen[0].payload_type, frequency)


def streams(frames, source=None, target=None):
    """The RTP streams among captured frames, longest first; source and target are IP addresses."""
    found = {}
    for frame in frames:
        if frame.protocol != "udp" or not is_rtp(frame.payload):
            continue
        if (source and frame.source[0] != source) or (target and frame.target[0] != target):
            continue
        packet = RtpPacket(frame.time, frame.payload)
        key = (frame.source, frame.target, packet.ssrc)
        found.setdefault(key, RtpStream(frame.source, frame.target)).packets.append(packet)
    return sorted(found.values(), key=lambda s: -len(s.packets))
