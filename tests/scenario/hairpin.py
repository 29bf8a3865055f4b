# SPDX-License-Identifier: BSD-2-Clause
"""Both legs in one realm, and both at one trunk: the PBX calls a number that routes lead back to the
PBX. Media is anchored (the relay forwards to itself and back), each leg is a dialog of its own, hold
works, and a route that leads in circles ends by the loop rules (482 or 483), leaving nothing behind."""
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_checks import requests
from tests.support.sofia_peer import SofiaPeer, talk_sdp

TIMEOUT = 300
EXTENSION = "+4940555100"
TONES = (425, 697)
PORTS = (31000, 31200)


def back_to_pbx(document):
    document["routes"].insert(0, {"name": "back-to-pbx", "priority": 0,
                                  "match": {"trunk": "pbx", "called_prefix": "+4940555"},
                                  "trunks": ["pbx"]})


def run():
    with Lab(back_to_pbx) as lab:
        peer = SofiaPeer(lab, "pbx")
        media = [MediaEndpoint(lab, "pbx", p, t) for p, t in zip(PORTS, TONES)]
        capture = Capture(lab, "pbx")
        near = peer.invite(EXTENSION, talk_sdp(peer, PORTS[0]))
        far = peer.incoming()
        far.ring()
        near.expect(180)
        far.accept(talk_sdp(peer, PORTS[1]))
        near.expect(200, method="INVITE")
        assert near.answer.media()[0] == far.request.media()[0] == SBC["pbx"]
        assert near.answer.media()[1] != far.request.media()[1]
        media[0].play(near.answer.media()[:2])
        media[1].play(far.request.media()[:2])
        assert media[0].hears(TONES[1]) and media[1].hears(TONES[0]), "no audio through the hairpin"
        near.invite(None, talk_sdp(peer, PORTS[0], "sendonly", 2))
        assert far.expect("INVITE").media()[2] == "sendonly"
        far.accept(talk_sdp(peer, PORTS[1], "recvonly", 2))
        near.expect(200, method="INVITE")
        near.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        invites = requests(capture.stop().sip(), "INVITE")
        outer = [m for m in invites if m.source[0] == ADDRESS["pbx"] and not m.tag("to")]
        inner = [m for m in invites if m.source[0] == SBC["pbx"] and not m.tag("to")]
        assert len(outer) == len(inner) == 1 and outer[0].call_id != inner[0].call_id
        direct = [s for s in capture.rtp(ADDRESS["pbx"], ADDRESS["pbx"])]
        assert not direct, "media did not go through the relay"
        lab.wait_idle()

    # A PBX that sends every such call straight back: a circle of calls must end by itself.
    with Lab(back_to_pbx) as lab:
        peer = SofiaPeer(lab, "pbx")
        forwarding = SofiaPeer(lab, "pbx", port=5070)
        first = forwarding.invite(EXTENSION, talk_sdp(forwarding, 31400))
        chain, statuses = [], []
        while len(chain) < 80:
            arrived = peer.expect(lambda e: e.kind in ("request", "response") and e.message
                                  and (e.message.method == "INVITE" or e.message.is_response)
                                  and not (e.message.is_response and e.message.status < 200), 10)
            message = arrived.message
            if message.is_response:
                statuses.append(message.status)
                break
            chain.append(message)
            peer.send("invite", f"again{len(chain)}", to=peer.uri(EXTENSION), sdp=talk_sdp(peer, 31600),
                      headers=[f"Max-Forwards: {int(message.header('max-forwards')) - 1}"],
                      **{"from": message.header("from").split(";")[0]})
        assert statuses and statuses[0] in (482, 483, 486, 503), statuses
        assert len(chain) <= 70, f"the circle went round {len(chain)} times"
        forwarding.send("cancel", first.name)
        peer.stop()
        forwarding.stop()
        lab.wait_idle(80)
