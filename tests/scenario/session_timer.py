# SPDX-License-Identifier: BSD-2-Clause
"""Session timers (RFC 4028), one for each leg: negotiation with either refresher, 422 with Min-SE both
ways, refreshes at half the interval, by re-INVITE with the description as it was where a peer has no
UPDATE, and a refresher that falls silent: both legs end by BYE."""
import time

from tests.support.lab import SBC, Lab
from tests.support.peer_checks import options_of, requests, responses
from tests.support.peer_pair import NUMBER, PeerPair, changed
from tests.support.sipmsg import token
from tests.support.ua import UserAgent

TIMEOUT = 300
INTERVAL = 90  # the shortest that RFC 4028 section 4 allows


def expires(message):
    """(seconds, refresher) of a Session-Expires."""
    words = message.header("session-expires").replace(" ", "").split(";")
    named = [w.split("=")[1] for w in words[1:] if w.startswith("refresher=")]
    return (int(words[0]) if words[0] else 0), (named[0] if named else None)


def negotiation():
    """What A asked for is answered by the appliance, whatever B thinks of timers."""
    with Lab() as lab:
        pair = PeerPair(lab, carrier={"supported": "replaces"})
        for named in ("uac", "uas"):
            # Sofia-SIP never names the other side by itself.
            near = pair.pbx.invite(NUMBER, pair.sdp("pbx"), headers=[
                f"Session-Expires: 120;refresher={named}", "Min-SE: 90"])
            far = pair.carrier.incoming()
            far.accept(pair.sdp("carrier"))
            answer = near.expect(200)
            assert expires(answer) == (120, named), answer.header("session-expires")
            if named == "uac":  # section 9: Require where the UAC must refresh
                assert "timer" in options_of(answer, "require")
            pair.end(near, far)


def too_small():
    """422 with Min-SE to A; a 422 of B is obeyed, and A never sees it."""
    with Lab(changed(pbx={"min_se_s": 150},
                     carrier={"session_timer": "offer", "session_expires_s": 100})) as lab:
        pair = PeerPair(lab, carrier={"min_se": 200})
        near = pair.pbx.invite(NUMBER, pair.sdp("pbx"),
                               timer={"seconds": 100, "min_se": 90, "refresher": "local"})
        far = pair.carrier.incoming()
        far.accept(pair.sdp("carrier"))
        answer = near.expect(200)
        assert expires(answer)[0] >= 150, answer.header("session-expires")
        pair.end(near, far)
        refused = responses(pair.wire("pbx"), 422, source=SBC["pbx"])
        assert refused and refused[0].header("min-se") == "150"
        wire = pair.wire("carrier")
        tries = requests(wire, "INVITE", SBC["carrier"])
        assert len(responses(wire, 422)) == 1 and len(tries) == 2
        assert expires(tries[1])[0] >= 200 and tries[1].header("min-se") == "200"
        assert tries[1].call_id == tries[0].call_id and tries[1].cseq == tries[0].cseq + 1


def refreshes_and_expiry(lab):
    """Three calls at once: one where A refreshes, and the appliance B; one whose A says nothing; and
    one whose A wants to be refreshed, and knows no UPDATE."""
    pair = PeerPair(lab)
    started = time.monotonic()
    near, far = pair.call(timer={"seconds": INTERVAL, "refresher": "local"})
    assert expires(near.answer) == (INTERVAL, "uac")
    assert expires(far.request) == (INTERVAL, None) or expires(far.request)[1] == "uac"

    # A scripted caller that promises to refresh and then never does.
    silent, silent_dialog, silent_far, answer = scripted_call(lab, pair, 5099, "uac")
    assert "timer" in options_of(answer, "require")
    refreshed, refreshed_dialog = refreshed_by_reinvite(lab, pair)
    silent_far.expect("BYE", INTERVAL + 20)
    silence = time.monotonic() - started
    assert INTERVAL / 2 < silence <= INTERVAL + 5, f"ended after {silence:.0f} s"
    silent.respond(silent.expect("BYE", 5, silent_dialog.call_id), 200, "OK")

    # The other calls have been refreshed on both wires, and are still up.
    lab.wait_calls(2)
    assert refreshed_dialog.bye()
    refreshed.expect_nothing("BYE", 0.2)
    lab.wait_calls(1)
    pair.end(near, far)
    for side, source in (("pbx", None), ("carrier", SBC["carrier"])):
        wire = pair.wire(side)
        ours = [m for m in requests(wire, "UPDATE", source) + requests(wire, "INVITE", source)
                if m.tag("to") and m.call_id in (near.answer.call_id, far.request.call_id)]
        assert ours, f"no refresh on the {side}'s wire"
        first = next(m.time for m in wire if m.is_response and m.status == 200
                     and m.method == "INVITE" and m.call_id == ours[0].call_id)
        assert INTERVAL / 2 - 10 < ours[0].time - first < INTERVAL - 10, ours[0].time - first
        for answer in responses(wire, 200, ours[0].method):
            if answer.branch() == ours[0].branch():
                assert expires(answer)[0] == INTERVAL, "a refresh must agree on the interval again"


def scripted_call(lab, pair, port, refresher):
    """A call from an agent of ours without UPDATE, which does what the test says and no more: agent, its
    dialog, the callee's end, and the answer."""
    agent = UserAgent(lab, "pbx", port=port, mark=token("s"))
    dialog = agent.invite(NUMBER, pair.sdp("pbx"), headers=(
        "Supported: timer", f"Session-Expires: {INTERVAL};refresher={refresher}",
        f"Min-SE: {INTERVAL}", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"))
    far = pair.carrier.incoming()
    far.accept(pair.sdp("carrier"))
    answer = agent.expect(200)
    dialog.ack(answer)
    return agent, dialog, far, answer


def refreshed_by_reinvite(lab, pair):
    """Section 7.4: at half the interval, with a description that changes nothing (RFC 3264 8)."""
    agent, dialog, _, answer = scripted_call(lab, pair, 5098, "uas")
    answered = time.monotonic()
    refresh = agent.expect("INVITE", INTERVAL / 2 + 10)
    after = time.monotonic() - answered
    assert INTERVAL / 2 - 10 < after < INTERVAL - 10, f"refreshed after {after:.0f} s"
    assert expires(refresh) == (INTERVAL, "uac") and "timer" in options_of(refresh, "supported")
    assert refresh.text == answer.text, "a refresh that changes the session"
    agent.respond(refresh, 200, "OK", pair.sdp("pbx"), [
        "Supported: timer", "Require: timer", f"Session-Expires: {INTERVAL};refresher=uac"])
    assert agent.expect("ACK", call_id=dialog.call_id).cseq == refresh.cseq
    return agent, dialog


def run():
    negotiation()
    too_small()
    with Lab(changed(carrier={"session_timer": "offer", "session_expires_s": INTERVAL})) as lab:
        refreshes_and_expiry(lab)
