# SPDX-License-Identifier: BSD-2-Clause
"""Reliable provisional responses (RFC 3262) belong to each leg: whichever side knows them has them,
whichever does not is spared, and each wire's RAck names that wire's RSeq. A 183 that is not
acknowledged is repeated, and the 200 waits for the PRACK of its SDP."""
from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.linphone import Linphone
from tests.support.peer_checks import options_of, requests, responses
from tests.support.peer_pair import NUMBER, PeerPair, assert_racks, changed
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

PLAIN = {"supported": "timer, replaces",
         "allow": "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER"}
TIMEOUT = 240


def early_media_call(lab, pair, a_knows, b_knows, headers=()):
    """A call with early media; each side's wire, after it."""
    near = pair.pbx.invite(NUMBER, pair.sdp("pbx"), headers=list(headers))
    far = pair.carrier.incoming()
    far.ring(pair.sdp("carrier"), status=183, reliable=b_knows)
    progress = near.expect(183)
    assert progress.media()[0] == SBC["pbx"], "early media does not come from the appliance"
    if b_knows:
        far.expect("PRACK")
    if a_knows and progress.header("rseq"):
        near.expect(200, method="PRACK")
    far.accept(None if b_knows else pair.sdp("carrier"))
    near.expect(200, method="INVITE")
    pair.end(near, far)
    wires = {side: pair.wire(side) for side in ("pbx", "carrier")}
    pair.check_wires()
    for peer in (pair.pbx, pair.carrier):
        peer.stop()
    lab.wait_calls(0)
    return wires


def each_side():
    for a_knows in (True, False):
        for b_knows in (True, False):
            with Lab() as lab:
                pair = PeerPair(lab, {} if a_knows else PLAIN, {} if b_knows else PLAIN)
                wires = early_media_call(lab, pair, a_knows, b_knows)
                assert (assert_racks(wires["carrier"]) > 0) == b_knows, (a_knows, b_knows)
                pracks = assert_racks(wires["pbx"])
                if not a_knows:
                    assert pracks == 0 and not any(m.header("rseq") for m in wires["pbx"])
                invite = requests(wires["carrier"], "INVITE", SBC["carrier"])[0]
                assert "100rel" in options_of(invite, "supported"), "100rel is not offered to B"
                assert "100rel" not in options_of(invite, "require")


def required_by_the_caller():
    """Require: 100rel from A must be met (RFC 3262 3), although B has never heard of it."""
    with Lab() as lab:
        pair = PeerPair(lab, {}, PLAIN)
        wires = early_media_call(lab, pair, True, False, ["Require: 100rel"])
        assert assert_racks(wires["pbx"]) >= 1
        for progress in responses(wires["pbx"], 183):
            assert "100rel" in options_of(progress, "require")
        assert not requests(wires["carrier"], "PRACK")


def required_by_policy():
    with Lab(changed(carrier={"reliable_provisional": "required"})) as lab:
        pair = PeerPair(lab, PLAIN, {})
        wires = early_media_call(lab, pair, False, True)
        invite = requests(wires["carrier"], "INVITE", SBC["carrier"])[0]
        assert "100rel" in options_of(invite, "require")
    with Lab(changed(carrier={"reliable_provisional": "off"})) as lab:
        pair = PeerPair(lab, {}, {})
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"))
        far = pair.carrier.incoming()
        assert "100rel" not in options_of(far.request, "supported")
        far.respond(486)
        near.expect(486)


def answer_waits_for_prack():
    with Lab() as lab:
        pair = PeerPair(lab)
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"), manual=["PRACK"])
        far = pair.carrier.incoming()
        far.ring(pair.sdp("carrier"), status=183, reliable=True)
        near.expect(183)
        far.expect("PRACK")
        far.respond(200)
        near.expect_nothing(200, 1.7)  # long enough for two repetitions (0.5 s, 1 s)
        near.prack()
        near.expect(200, method="PRACK")
        near.expect(200, method="INVITE")
        far.expect("ACK")
        pair.end(near, far)
        wire = pair.wire("pbx")
        repeated = responses(wire, 183, source=SBC["pbx"])
        assert len(repeated) >= 3, f"the 183 was sent {len(repeated)} times"
        assert len({m.header("rseq") for m in repeated}) == 1
        assert_racks(wire)


def prack_of_nothing():
    """A PRACK that matches no response is answered 481 and changes nothing (RFC 3262 3). A scripted
    caller, since Sofia-SIP leaves a dialog that answered 481."""
    with Lab() as lab:
        carrier, agent = SofiaPeer(lab, "carrier"), UserAgent(lab, "pbx", port=5099)
        dialog = agent.invite(NUMBER, sdp(ADDRESS["pbx"], 31000), headers=["Supported: 100rel"])
        far = carrier.incoming()
        far.ring(talk_sdp(carrier, 41000), status=183, reliable=True)
        progress = agent.expect(183)
        dialog.take(progress)
        rseq, cseq = int(progress.header("rseq")), progress.cseq
        for rack in (f"{rseq + 1} {cseq} INVITE", f"{rseq} {cseq + 1} INVITE", f"{rseq} {cseq} BYE"):
            prack = dialog.request("PRACK", headers=[f"RAck: {rack}"])
            answer = agent.expect(lambda m, p=prack: m.is_response and m.branch() == p.branch())
            assert answer.status == 481, f"RAck {rack} answered {answer}"
        for expected in (200, 481):  # the second one acknowledges what is acknowledged
            prack = dialog.request("PRACK", headers=[f"RAck: {rseq} {cseq} INVITE"])
            answer = agent.expect(lambda m, p=prack: m.is_response and m.branch() == p.branch())
            assert answer.status == expected, str(answer)
        far.respond(200)
        dialog.ack(agent.expect(200, call_id=dialog.call_id))
        far.expect("ACK")
        dialog.bye()
        far.expect("BYE")
        lab.wait_calls(0)


def linphone_both_ways():
    """linphone rings with a reliable 183 and, as caller, acknowledges one."""
    with Lab() as lab:
        pbx = SofiaPeer(lab, "pbx", **PLAIN)
        phone = Linphone(lab, "carrier", rel="required", early_media=True)
        near = pbx.invite(NUMBER, talk_sdp(pbx, 31000))
        assert not near.expect(183).header("rseq")
        phone.expect("IncomingEarlyMedia")
        wait_for(lambda: "PRACK" in phone.console(), 5, "linphone saw no PRACK")
        phone.answer()
        near.expect(200, method="INVITE")
        near.bye()
        phone.expect("End")
        phone.call("+4940555")
        far = pbx.incoming()
        far.ring(talk_sdp(pbx, 31000), status=183)
        phone.expect("OutgoingEarlyMedia")
        far.accept(talk_sdp(pbx, 31000))
        phone.expect("StreamsRunning")
        far.bye()
        phone.expect("End")
        lab.wait_calls(0)
        assert ADDRESS["carrier"] not in far.request.text


def run():
    each_side()
    required_by_the_caller()
    required_by_policy()
    answer_waits_for_prack()
    prack_of_nothing()
    linphone_both_ways()
