# SPDX-License-Identifier: BSD-2-Clause
"""The far side forks: several early dialogs, early media on one of them, the answer on another. The
caller sees one To tag for each, hears early media, and ends up in the answered dialog; a second 200
is ACKed and ended by BYE (RFC 3261 13.2.2.4)."""
from tests.support.calls import NUMBER, TONE, Party
from tests.support.lab import Lab

SHARDS = (1, 2)


def run():
    with Lab() as lab:
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        other = Party(lab, "carrier", 43000, agent=b.agent)
        a.dialog = a.agent.invite(NUMBER, a.sdp())
        invite = b.agent.expect("INVITE")
        tags = {}
        b.agent.respond(invite, 180, "Ringing", tag="fork-one")
        tags["one"] = a.agent.expect(180).tag("to")
        b.agent.respond(invite, 180, "Ringing", tag="fork-two")
        tags["two"] = a.agent.expect(180).tag("to")
        b.agent.respond(invite, 183, "Session Progress", b.sdp(), tag="fork-three")
        progress = a.agent.expect(183)
        tags["three"] = progress.tag("to")
        assert len(set(tags.values())) == 3, f"one tag per early dialog: {tags}"

        a.play_to(progress)
        b.play_to(invite)
        assert a.media.hears(TONE["carrier"]), "no early media"
        b.media.play(None)

        # The answer comes from the second fork, with media of its own.
        winner = b.agent.accept(invite, other.sdp(), tag="fork-two")
        answer = a.agent.expect(200)
        assert answer.tag("to") == tags["two"], (answer.tag("to"), tags)
        a.dialog.ack(answer)
        b.agent.expect("ACK", 5, invite.call_id)
        a.play_to(answer)
        other.play_to(invite)
        assert a.media.hears(TONE["carrier"]) and other.media.hears(TONE["pbx"]), "no audio"

        # The first fork answers too late.
        b.agent.accept(invite, b.sdp(), tag="fork-one")
        ack = b.agent.expect("ACK", 5, invite.call_id)
        bye = b.agent.expect("BYE", 5, invite.call_id)
        assert ack.tag("to") == bye.tag("to") == "fork-one", (str(ack), str(bye))
        b.agent.respond(bye, 200, "OK")
        a.agent.expect_nothing("BYE", 0.5)
        assert a.media.hears(TONE["carrier"]), "the late answer disturbed the call"

        a.dialog.request("BYE")
        bye = b.agent.expect("BYE", 5, invite.call_id)
        assert bye.tag("to") == "fork-two" and winner.call_id == bye.call_id
        b.agent.respond(bye, 200, "OK")
        a.agent.expect(lambda m: m.is_response and m.method == "BYE" and m.status == 200)
        lab.wait_calls(0)
        lab.wait_metric("portcullis_media_sessions", 0, 40)
