# SPDX-License-Identifier: BSD-2-Clause
"""A third host on the carrier's network sends RTP and RTCP at the media ports, before and after the
true source is heard: none of it reaches anybody, and no media goes to the attacker."""
import subprocess

from tests.support import netns, tone
from tests.support.calls import NUMBER, TONE, Party
from tests.support.capture import Capture
from tests.support.lab import SBC, Lab

DRIVERS = ("af_xdp", "af_packet")
ATTACKER = "198.18.1.77"
SSRC = b"\xde\xad\xbe\xef"


def spray(attacker, port, sequence):
    """Voice at the RTP port, a BYE at the RTCP port, and both at the neighbours' ports."""
    rtp = b"\x80\x08" + sequence.to_bytes(2, "big") + (sequence * 160).to_bytes(4, "big") + SSRC + \
        tone.tone(2000, 0.02)
    rtcp = b"\x80\xc9\x00\x01" + SSRC + b"\x81\xcb\x00\x01" + SSRC
    for offset in range(-10, 12):
        attacker.sendto(rtp if (port + offset) % 2 == 0 else rtcp, (SBC["carrier"], port + offset))


def run():
    with Lab() as lab:
        subprocess.run(lab.command("carrier", "ip", "addr", "add", f"{ATTACKER}/24", "dev", "sbc0"),
                       check=True)
        attacker = netns.make_socket(lab.namespace("carrier"), ATTACKER, 20000)
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        a.dialog = a.agent.invite(NUMBER, a.sdp())
        invite = b.agent.expect("INVITE")
        port = invite.media()[1]
        for sequence in range(50):  # before the answer
            spray(attacker, port, sequence)
        b.dialog = b.agent.accept(invite, b.sdp())
        answer = a.agent.expect(200)
        a.dialog.ack(answer)
        b.agent.expect("ACK")
        a.play_to(answer)
        for sequence in range(50, 100):  # before the true source is heard
            spray(attacker, port, sequence)
        b.media.wait_received(10)
        b.play_to(invite)
        assert a.media.hears(TONE["carrier"]), "the true source is not heard"
        for sequence in range(100, 200):  # after it
            spray(attacker, port, sequence)
        assert a.media.hears(TONE["carrier"]) and b.media.hears(TONE["pbx"]), "the call suffered"
        attacker.close()
        injected = [f for f in captures["pbx"].frames() if f.protocol == "udp" and SSRC in f.payload]
        assert not injected, f"{len(injected)} of the attacker's packets reached the PBX"
        given = [f for f in captures["carrier"].frames() if f.target[0] == ATTACKER]
        assert not given, f"{len(given)} packets went to the attacker"
        assert lab.calls(), "the call ended"
