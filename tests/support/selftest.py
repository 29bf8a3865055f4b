#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of the tools that judge: a judge that cannot say no proves nothing."""
import base64
import os
import struct
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [ROOT, os.path.join(ROOT, "deploy", "lint")]

import check_includes  # noqa: E402
from tests.support import canary, capture, peer_checks, peer_pair, rtp, sipmsg, tcp_ua, tone  # noqa: E402


def udp_frame(payload, source=(198, 18, 0, 2), target=(198, 18, 0, 1), fragment=0, ident=1):
    body = struct.pack("!HHHH", 5060, 5060, 8 + len(payload), 0) + payload if fragment is not None \
        else payload
    flags = fragment or 0
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, flags, 64, 17, 0,
                         bytes(source), bytes(target))
    return b"\0" * 12 + b"\x08\x00" + header + body


def pcap(*frames):
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for second, frame in enumerate(frames):
        out += struct.pack("<IIII", second, 0, len(frame), len(frame)) + frame
    return out


def rtp_packet(sequence, payload=b"\xd5" * 160):
    return struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, 7) + payload


class Tone(unittest.TestCase):
    def test_recognises_its_own_frequency_only(self):
        for payload_type in (0, 8):
            audio = tone.tone(1004, 1, payload_type)
            self.assertGreater(tone.share(audio, payload_type, 1004), 0.95)
            self.assertLess(tone.share(audio, payload_type, 425), 0.05)

    def test_silence_and_noise_are_no_tone(self):
        self.assertEqual(tone.share(b"\xd5" * 8000, 8, 1004), 0)
        self.assertEqual(tone.share(b"", 8, 1004), 0)
        noise = bytes((n * 7919 + n * n * 31) % 251 for n in range(8000))
        self.assertLess(tone.share(noise, 8, 1004), 0.3)

    def test_known_codes(self):
        # ITU-T G.711: full scale and zero of both laws.
        self.assertEqual((tone.DECODE[0][0x80], tone.DECODE[0][0xFF]), (32124, 0))
        self.assertEqual((tone.DECODE[8][0xAA], tone.DECODE[8][0xD5]), (32256, 8))


class Rtp(unittest.TestCase):
    def stream(self, numbers):
        stream = rtp.RtpStream(("a", 1), ("b", 2))
        stream.packets = [rtp.RtpPacket(i * 0.02, rtp_packet(n)) for i, n in enumerate(numbers)]
        return stream

    def test_loss_counts_gaps_and_wraps(self):
        self.assertEqual(self.stream([1, 2, 3]).lost(), 0)
        self.assertEqual(self.stream([1, 4, 3]).lost(), 1)
        self.assertEqual(self.stream([65534, 65535, 1]).lost(), 1)
        self.assertEqual(self.stream([5, 5, 6]).lost(), 0)

    def test_gap_around_a_moment(self):
        stream = self.stream([1, 2, 3])
        self.assertAlmostEqual(stream.gap_around(0.03), 0.02)
        self.assertIsNone(stream.gap_around(1.0))

    def test_rtcp_is_not_rtp(self):
        self.assertTrue(rtp.is_rtp(rtp_packet(1)))
        self.assertFalse(rtp.is_rtp(b"\x80\xc8" + b"\0" * 20))
        self.assertFalse(rtp.is_rtp(b"INVITE sip:x SIP/2.0"))


class Capture(unittest.TestCase):
    def read(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return list(capture.read_pcap(file.name))

    def test_datagram(self):
        frame, = self.read(pcap(udp_frame(b"hello")))
        self.assertEqual((frame.source, frame.payload), (("198.18.0.2", 5060), b"hello"))

    def test_fragments_are_put_together(self):
        whole = udp_frame(b"x" * 100)[34:]
        first = udp_frame(whole[:64], fragment=None)
        first = first[:20] + b"\x20\x00" + first[22:]
        second = udp_frame(whole[64:], fragment=None)
        second = second[:20] + b"\x00\x08" + second[22:]
        frames = self.read(pcap(first, second))
        self.assertEqual([f.payload for f in frames], [b"x" * 100])

    def test_stream_of_messages(self):
        one = b"BYE sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
        messages, rest = sipmsg.split_stream(b"\r\n\r\n" + one + one + one[:10])
        self.assertEqual((messages, rest), ([one, one], one[:10]))

    def test_pings_and_pongs_between_messages(self):
        one = b"BYE sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\n\r\n\r\n"  # its body is no ping
        stream = tcp_ua.Stream(None)
        self.assertEqual(stream.take(b"\r\n" + one + b"\r\n\r\n" + one[:20]), [one])
        self.assertEqual((stream.pings, stream.pongs), (1, 1))
        self.assertEqual(stream.take(one[20:] + b"\r\n"), [one])
        self.assertEqual((stream.pings, stream.pongs), (1, 2))


class Canary(unittest.TestCase):
    class Wire:
        def __init__(self, line):
            self.line = line

        def sip(self):
            return [sipmsg.SipMessage(b"BYE sip:a SIP/2.0\r\n" + self.line + b"\r\n\r\n", 0, ("s", 1))]

    def found(self, line):
        return canary.leaks(self.Wire(line), "s", "pbx", "198.18.0.")

    def test_every_spelling_is_found(self):
        mark = canary.MARK["pbx"].encode()
        for line in (b"X: " + mark, b"X: " + mark.upper(), b"X: %71%7a7pbx",
                     b"Contact: <sip:198.18.0.2>", b"X: " + mark.hex().encode(),
                     *(b"X: " + base64.b64encode(b"." * n + mark + b"tail") for n in range(3))):
            self.assertTrue(self.found(line), line)

    def test_clean_lines_are_not(self):
        self.assertFalse(self.found(b"Contact: <sip:198.18.1.1>"))


class Includes(unittest.TestCase):
    def problems(self, path, line):
        original, check_includes.sources.read = check_includes.sources.read, lambda _: line + "\n"
        try:
            return list(check_includes.check(path))
        finally:
            check_includes.sources.read = original

    def test_direction(self):
        for path, line, bad in (
                ("policy/engine.cpp", '#include "policy/config/document.hpp"', False),
                ("policy/config/reader.cpp", '#include "policy/engine.hpp"', True),
                ("signaling/sip/via.cpp", '#include "common/net/endpoint.hpp"', False),
                ("signaling/sip/via.cpp", '#include "mediarelay/media/latch.hpp"', True),
                ("signaling/media/x.cpp", '#include "mediarelay/api/messages.hpp"', False),
                ("common/base/x.hpp", '#include "common/net/cidr.hpp"', True),
                ("nat/latch.cpp", '#include "signaling/sip/via.hpp"', True),
                ("mgmt-api/http/x.cpp", '#include "mediarelay/api/types.hpp"', True),
                ("mediarelay/media/x.cpp", "#include <rte_mbuf.h>", True),
                ("mediarelay/datapath/x.cpp", "#include <rte_mbuf.h>", False),
                ("signaling/sip/x.cpp", "#include <boost/asio.hpp>", True),
                ("signaling/transport/x.cpp", "#include <boost/asio.hpp>", False),
                ("mgmt-api/http/x.cpp", "#include <sqlite3.h>", True),
                ("signaling/sip/x.cpp", "#include <regex>", True)):
            self.assertEqual(bool(self.problems(path, line)), bad, (path, line))


def sip(start, source, target, cseq, branch="z9hG4bK1", **headers):
    """A message of a capture: `source` and `target` are (address, port)."""
    lines = [start, f"Via: SIP/2.0/UDP host;branch={branch}", "Call-ID: one", "From: <sip:a@a>;tag=f",
             "To: <sip:b@b>;tag=t", f"CSeq: {cseq}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return sipmsg.SipMessage("\r\n".join([*lines, "", ""]).encode(), 0.0, source, target)


class PeerChecks(unittest.TestCase):
    A, B = ("198.18.0.2", 5060), ("198.18.0.1", 5060)

    def dialog(self, cseq=2, answer=True, branch="z9hG4bK2"):
        messages = [sip("INVITE sip:b SIP/2.0", self.A, self.B, "1 INVITE"),
                    sip("SIP/2.0 200 OK", self.B, self.A, "1 INVITE"),
                    sip("BYE sip:b SIP/2.0", self.A, self.B, f"{cseq} BYE", "z9hG4bK2")]
        return messages + ([sip("SIP/2.0 200 OK", self.B, self.A, f"{cseq} BYE", branch)]
                           if answer else [])

    def test_one_dialog(self):
        peer_checks.assert_one_dialog(self.dialog())
        for broken in (self.dialog(cseq=0), self.dialog(answer=False), self.dialog(branch="other"),
                       []):
            with self.assertRaises(AssertionError):
                peer_checks.assert_one_dialog(broken)

    def test_no_half_call(self):
        ack = sip("ACK sip:b SIP/2.0", self.A, self.B, "1 ACK", "z9hG4bK3")
        invite, answer, bye, end = self.dialog()
        self.assertEqual(peer_checks.assert_no_half_call([invite, answer, ack, bye, end]), 1)
        self.assertEqual(peer_checks.assert_no_half_call([invite]), 0)
        self.assertEqual(peer_checks.assert_no_half_call([invite, answer, bye, end], ["one"]), 1)
        for broken in ([invite, answer, bye, end], [invite, answer, ack, bye],
                       [invite, answer, ack, answer, bye, end]):
            with self.assertRaises(AssertionError):
                peer_checks.assert_no_half_call(broken)

    def test_racks(self):
        def wire(rack, require="100rel"):
            return [sip("SIP/2.0 183 Progress", self.B, self.A, "1 INVITE", RSeq="7", Require=require),
                    sip("PRACK sip:b SIP/2.0", self.A, self.B, "2 PRACK", RAck=rack)]
        self.assertEqual(peer_pair.assert_racks(wire("7 1 INVITE")), 1)
        for broken in (wire("8 1 INVITE"), wire("7 2 INVITE"), wire("7 1 BYE"),
                       wire("7 1 INVITE", "timer")):
            with self.assertRaises(AssertionError):
                peer_pair.assert_racks(broken)


if __name__ == "__main__":
    unittest.main()
