# SPDX-License-Identifier: BSD-2-Clause
"""The trunk is a Kamailio that forks in parallel, and both branches answer 200: the caller gets one
answer and talks to one of them; the other is ACKed and ended by BYE (RFC 3261 13.2.2.4), through
Kamailio's Route. Nothing stays behind."""
from tests.support import kamailio
from tests.support.calls import TONE
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.media import MediaEndpoint
from tests.support.peer_checks import requests, responses
from tests.support.peer_pair import NUMBER, frozen
from tests.support.sofia_peer import SofiaPeer, talk_sdp

TIMEOUT = 300

BRANCHES = (5070, 5080)
PORTS = (41000, 42000)
TONES = (1004, 697)


def run():
    with Lab() as lab:
        pbx = SofiaPeer(lab, "pbx")
        far_ends = [SofiaPeer(lab, "carrier", port=p) for p in BRANCHES]
        proxy = kamailio.forker(lab, "carrier", [f"{ADDRESS['carrier']}:{p}" for p in BRANCHES])
        caller = MediaEndpoint(lab, "pbx", 31000, TONE["pbx"])
        voices = [MediaEndpoint(lab, "carrier", *pair) for pair in zip(PORTS, TONES)]
        captures = {side: Capture(lab, side) for side in ("pbx", "carrier")}

        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        branches = [peer.incoming() for peer in far_ends]
        for branch in branches:
            branch.ring()
        tags = {near.expect(180).tag("to"), near.expect(180).tag("to")}
        assert len(tags) == 2, "one To tag for each early dialog"
        # Both have answered before Kamailio hears of either, or it would cancel the second.
        with frozen(*proxy.pids()):
            for branch, peer, port in zip(branches, far_ends, PORTS):
                branch.respond(200, talk_sdp(peer, port))
                branch.expect_state("completed")
        answer = near.expect(200, method="INVITE")
        assert answer.tag("to") in tags
        for branch in branches:
            branch.expect("ACK")
        loser = ended_branch(branches)
        winner = branches[1 - loser]
        caller.play(answer.media()[:2])
        voices[1 - loser].play(winner.request.media()[:2])
        assert caller.hears(TONES[1 - loser]), "the caller does not hear the branch that won"
        assert voices[1 - loser].hears(TONE["pbx"])
        near.expect_nothing("BYE", 0.5)
        near.bye()
        winner.expect("BYE")
        lab.wait_calls(0)

        inner, outer = captures["pbx"].stop().sip(), captures["carrier"].stop().sip()
        answers = {m.tag("to") for m in responses(inner, 200, "INVITE")}
        assert answers == {answer.tag("to")}, f"the caller got {len(answers)} answers"
        for method in ("ACK", "BYE"):
            sent = requests(outer, method, SBC["carrier"])
            assert {m.uri.rsplit(":", 1)[-1].split(";")[0] for m in sent} == \
                {str(p) for p in BRANCHES}, f"{method} did not reach both branches"
            assert all(m.header("route") for m in sent), method
        lab.wait_idle(tombstones=True)


def ended_branch(branches):
    """Which branch the appliance ended: the first that gets BYE while the caller says nothing."""
    for _ in range(100):
        for number, branch in enumerate(branches):
            try:
                branch.expect("BYE", 0.05)
                return number
            except AssertionError:
                continue
    raise AssertionError("no branch was ended")
