# SPDX-License-Identifier: BSD-2-Clause
"""A small client of the relay's control protocol, written from mediarelay/api and common/ipc."""
import ipaddress
import itertools
import socket
import struct
import time

HEADER = struct.Struct(">IIHH")


class Field:
    """Encoding of one value, as common/base/field_codec.hpp has it."""

    @staticmethod
    def u8(v): return struct.pack(">B", v)
    @staticmethod
    def u16(v): return struct.pack(">H", v)
    @staticmethod
    def u32(v): return struct.pack(">I", v)
    @staticmethod
    def u64(v): return struct.pack(">Q", v)
    @staticmethod
    def text(v):
        raw = v.encode()
        return struct.pack(">I", len(raw)) + raw
    @staticmethod
    def vector(items): return struct.pack(">I", len(items)) + b"".join(items)
    @staticmethod
    def optional(v, encode): return b"\0" if v is None else b"\1" + encode(v)
    @staticmethod
    def record(*fields):
        body = b"".join(fields)
        return struct.pack(">I", len(body)) + body
    @staticmethod
    def address(v):
        ip = ipaddress.ip_address(v)
        return bytes([ip.version]) + ip.packed
    @staticmethod
    def endpoint(v): return Field.address(v[0]) + Field.u16(v[1])


class Reader:
    def __init__(self, data): self.data, self.at = data, 0
    def take(self, n):
        part = self.data[self.at:self.at + n]
        assert len(part) == n, "short message"
        self.at += n
        return part
    def u8(self): return self.take(1)[0]
    def u16(self): return struct.unpack(">H", self.take(2))[0]
    def u32(self): return struct.unpack(">I", self.take(4))[0]
    def u64(self): return struct.unpack(">Q", self.take(8))[0]
    def i64(self): return struct.unpack(">q", self.take(8))[0]
    def text(self): return self.take(self.u32()).decode()
    def record(self): return Reader(self.take(self.u32()))
    def vector(self, read): return [read(self) for _ in range(self.u32())]
    def optional(self, read): return read(self) if self.u8() else None
    def address(self):
        return str(ipaddress.ip_address(self.take(4 if self.u8() == 4 else 16)))
    def endpoint(self): return (self.address(), self.u16())


OUTCOMES = ["Ok", "NoPorts", "PortInUse", "UnknownPool", "UnknownSession", "UnknownLeg",
            "StaleGeneration", "BadRequest", "NoRoute", "Overloaded"]
EVENTS = ["MediaTimeout", "Latched", "SourceRefused", "FirstPacket"]
STRICT, SDP_ADDRESS, SIGNALING_ADDRESS, ANY = range(4)


def stream(index=0, remote=None, rtcp_mux=False, port=0, rtcp_remote=None, receive=True, send=True,
           latch=SDP_ADDRESS, latch_address=None, latch_prefix=0, payloads=((0, 8000, "PCMU"),)):
    F = Field
    return F.record(
        F.u16(index), F.u8(rtcp_mux), F.u16(port), F.optional(remote, F.endpoint),
        F.optional(rtcp_remote, F.endpoint), F.u8(receive), F.u8(send), F.u8(latch),
        F.optional(latch_address, F.address), F.u8(latch_prefix), F.u8(0), F.u8(0),
        F.vector([F.record(F.u8(t), F.u32(c), F.text(n)) for t, c, n in payloads]),
        F.record(F.u8(0)), F.u8(46))


def leg(number, pool, *streams):
    return Field.record(Field.u32(number), Field.text(pool), Field.vector(list(streams)))


def link(from_leg, to_leg, from_stream=0, to_stream=0, kind=0):
    F = Field
    return F.record(F.u32(from_leg), F.u16(from_stream), F.u32(to_leg), F.u16(to_stream), F.u8(kind))


def both_ways(a, b): return [link(a, b), link(b, a)]


def read_ports(reader):
    r = reader.record()
    return {"leg": r.u32(), "stream": r.u16(), "rtp": r.endpoint(), "rtcp": r.endpoint(),
            "advertised": r.optional(Reader.address)}


def read_stats(reader):
    r = reader.record()
    names = ["rx_packets", "rx_bytes", "rx_lost", "rx_expected", "rx_duplicates", "rx_reordered"]
    out = {"leg": r.u32(), "stream": r.u16()}
    for name in names: out[name] = r.u64()
    for name in ["rx_jitter_us", "rx_max_jitter_us", "rx_ssrc"]: out[name] = r.u32()
    out["rx_payload_type"] = r.u8()
    out["rx_rtcp_packets"], out["rx_rejected"] = r.u64(), r.u64()
    out["mos_x100"] = r.u16()
    for name in ["tx_packets", "tx_bytes", "tx_rtcp_packets"]: out[name] = r.u64()
    out["rtp_latched"], out["rtcp_latched"] = r.optional(Reader.endpoint), r.optional(Reader.endpoint)
    out["first_packet_us"], out["last_packet_us"] = r.i64(), r.i64()
    return out


class Connection:
    """One connection to the relay's socket; requests wait for their answer, events are kept."""

    def __init__(self, path, timeout=10.0):
        deadline = time.monotonic() + timeout
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline: raise
                time.sleep(0.005)
        self.socket.settimeout(timeout)
        self.ids = itertools.count(1)
        self.pending = b""
        self.events = []

    def close(self): self.socket.close()

    def send(self, kind, body, frame_id=0):
        self.socket.sendall(HEADER.pack(len(body), frame_id, kind, 0) + body)

    def read_frame(self):
        while True:
            if len(self.pending) >= HEADER.size:
                size, frame_id, kind, _ = HEADER.unpack(self.pending[:HEADER.size])
                if len(self.pending) >= HEADER.size + size:
                    body = self.pending[HEADER.size:HEADER.size + size]
                    self.pending = self.pending[HEADER.size + size:]
                    return frame_id, kind, body
            chunk = self.socket.recv(65536)
            if not chunk: raise ConnectionError("the relay closed the connection")
            self.pending += chunk

    def request(self, kind, body):
        frame_id = next(self.ids)
        self.send(kind, body, frame_id)
        while True:
            answer_id, answer_kind, answer = self.read_frame()
            if answer_id == frame_id: return answer_kind, Reader(answer).record()
            self.keep_event(answer_kind, answer)

    def keep_event(self, kind, body):
        if kind != 0x0130: return
        r = Reader(body).record()
        self.events.append({"session": r.u64(), "kind": EVENTS[r.u8()], "leg": r.u32(),
                            "stream": r.u16(), "component": r.u8(),
                            "source": r.optional(Reader.endpoint), "at_us": r.i64()})

    def wait_event(self, kind, timeout, **fields):
        wanted = {"kind": kind, **fields}
        self.socket.settimeout(timeout)
        try:
            while True:
                for event in self.events:
                    if wanted.items() <= event.items(): return event
                _, frame_kind, body = self.read_frame()
                self.keep_event(frame_kind, body)
        finally:
            self.socket.settimeout(10)


class Signaling(Connection):
    def __init__(self, path, epoch=1, timeout=10.0):
        super().__init__(path, timeout)
        F = Field
        _, r = self.request(0x0101, F.record(F.u16(1), F.u16(1), F.u64(epoch), F.text("signaling")))
        self.version, self.relay_epoch, self.lease_ms = r.u16(), r.u64(), r.u64()

    def operation(self, kind, body):
        _, r = self.request(kind, body)
        return {"session": r.u64(), "generation": r.u32(), "outcome": OUTCOMES[r.u8()],
                "detail": r.text(), "ports": r.vector(read_ports)}

    def install(self, session, generation, legs, links, timeout_ms=0):
        F = Field
        return self.operation(0x0111, F.record(F.u64(session), F.u32(generation), F.u64(timeout_ms),
                                               F.vector(legs), F.vector(links)))

    def update(self, session, generation, mode, leg_spec):
        F = Field
        return self.operation(0x0113, F.record(F.u64(session), F.u32(generation), F.u8(mode), leg_spec))

    def commit(self, session, generation):
        return self.operation(0x0114, Field.record(Field.u64(session), Field.u32(generation)))

    def revert(self, session, generation):
        return self.operation(0x0115, Field.record(Field.u64(session), Field.u32(generation)))

    def resync(self, install):
        begin = self.operation(0x0103, Field.record())
        install()
        end = self.operation(0x0104, Field.record())
        return begin["outcome"], end["outcome"]

    def stats(self, kind, session):
        _, r = self.request(kind, Field.record(Field.u64(session)))
        return {"session": r.u64(), "outcome": OUTCOMES[r.u8()], "streams": r.vector(read_stats)}

    def query(self, session): return self.stats(0x0120, session)
    def release(self, session): return self.stats(0x0118, session)


class Management(Connection):
    def __init__(self, path, timeout=10.0):
        super().__init__(path, timeout)
        _, r = self.request(0x0201, Field.record(Field.u16(1), Field.u16(1)))
        self.version, self.daemon, self.epoch = r.u16(), r.text(), r.u64()
        self.applied, self.prepared = r.u64(), r.u64()

    @staticmethod
    def refusals(r):
        r.u64()
        def one(reader):
            inner = reader.record()
            return inner.text(), inner.text()
        return r.vector(one)

    def prepare(self, version, document):
        return self.refusals(self.request(0x0210, Field.record(Field.u64(version), Field.text(document)))[1])

    def commit(self, version):
        return self.refusals(self.request(0x0212, Field.record(Field.u64(version)))[1])

    def apply(self, version, document):
        return self.prepare(version, document) or self.commit(version)

    def get(self, path):
        _, r = self.request(0x0220, Field.record(Field.text("GET"), Field.text(path), Field.text("")))
        return r.u16(), r.text(), r.text()
