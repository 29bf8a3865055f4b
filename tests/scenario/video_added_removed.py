# SPDX-License-Identifier: BSD-2-Clause
"""Streams come and go (RFC 3264 8.1, 8.2): a re-INVITE adds video to an audio call, RTP of both streams
crosses, the video is refused with port 0 or removed again, a third stream takes no other's place; the
number of m= lines never falls, and audio is never interrupted."""
import re

from tests.support.calls import TONE
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_pair import PORT, PeerPair

TIMEOUT = 300

VIDEO = {"pbx": 31100, "carrier": 41100}


def body(side, version, video=None, direction="sendrecv"):
    """Audio, and a video stream at that port (0: refused or removed) where one is given."""
    lines = ["v=0", f"o={side} 4711 {version} IN IP4 {ADDRESS[side]}", "s=-",
             f"c=IN IP4 {ADDRESS[side]}", "t=0 0", f"m=audio {PORT[side]} RTP/AVP 8",
             "a=rtpmap:8 PCMA/8000"]
    if video is not None:
        lines += [f"m=video {video} RTP/AVP 96", "a=rtpmap:96 H264/90000",
                  "a=fmtp:96 packetization-mode=1", f"a={direction}"]
    return "\r\n".join([*lines, ""])


def streams(message):
    """(kind, port) of each m= line, in order."""
    return [(kind, int(port)) for kind, port in re.findall(r"^m=(\w+) (\d+)", message.text, re.M)]


def change(one, other, offer, answer):
    one.invite(None, offer)
    offered = other.expect("INVITE")
    other.accept(answer)
    return offered, one.expect(200, method="INVITE")


def run():
    with Lab() as lab:
        pair = PeerPair(lab)
        audio = {s: MediaEndpoint(lab, s, PORT[s], TONE[s]) for s in PORT}
        video = {s: MediaEndpoint(lab, s, VIDEO[s], 697, payload_type=8) for s in PORT}
        near, far = pair.call()
        ends = {"pbx": near, "carrier": far}
        audio["pbx"].play(near.answer.media()[:2])
        audio["carrier"].play(far.request.media()[:2])

        version = 1
        for side, other in (("pbx", "carrier"), ("carrier", "pbx")):
            version += 1
            offered, answer = change(ends[side], ends[other], body(side, version, VIDEO[side]),
                                     body(other, version, VIDEO[other]))
            for message in (offered, answer):
                kinds = streams(message)
                assert [k for k, _ in kinds] == ["audio", "video"] and all(p for _, p in kinds), kinds
                assert len({p for _, p in kinds}) == 2
            assert "H264/90000" in offered.text and "packetization-mode=1" in offered.text
            video[side].play((SBC[side], streams(answer)[1][1]))
            video[other].play((SBC[other], streams(offered)[1][1]))
            for end in video.values():
                end.wait_received(25)
            # Removed by the other side: port 0 for both, the m= line stays.
            version += 1
            offered, answer = change(ends[other], ends[side], body(other, version, 0),
                                     body(side, version, 0))
            for message in (offered, answer):
                assert streams(message)[1] == ("video", 0), message.text
                assert len(streams(message)) == 2
            for end in video.values():
                end.play(None)
            # Offered again and refused.
            version += 1
            offered, answer = change(ends[side], ends[other], body(side, version, VIDEO[side]),
                                     body(other, version, 0))
            assert streams(offered)[1][1] != 0 and streams(answer)[1] == ("video", 0)
            for one, two in (("pbx", "carrier"), ("carrier", "pbx")):
                assert audio[one].hears(TONE[two], 25), f"{one} does not hear {two}"
        for side in PORT:
            for stream in pair.captures[side].stop().rtp(SBC[side], ADDRESS[side]):
                if stream.target[1] == PORT[side]:
                    assert stream.longest_gap() < 0.3, f"{side}: audio gap {stream.longest_gap():.2f}"
        pair.end(near, far)
        pair.check_wires()
        lab.wait_idle()
