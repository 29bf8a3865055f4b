# SPDX-License-Identifier: BSD-2-Clause
"""Blind transfer (RFC 3515, 5589 6.1): the PBX's end REFERs its call to a number. Locally handled, the
appliance calls the number itself, reports by NOTIFY, and joins the two ends; a target that refuses
leaves the first call talking. By policy REFER is passed to the other side instead, or refused."""
from tests.support.calls import TONE
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import requests
from tests.support.peer_pair import PeerPair, changed
from tests.support.sofia_peer import talk_sdp
from tests.support.transfer_checks import THIRD_PORT, Voices, newest_place, progress

TIMEOUT = 400

TARGET = "+4930777"


def connected(pair, voices):
    near, far = pair.call()
    voices.pbx.play(near.answer.media()[:2])
    voices.first.play(far.request.media()[:2])
    assert voices.pbx.hears(TONE["carrier"], 25) and voices.first.hears(TONE["pbx"], 25)
    return near, far


def handled_locally():
    with Lab(changed(pbx={"refer": "local"})) as lab:
        pair, voices = PeerPair(lab), Voices(lab)
        near, far = connected(pair, voices)
        far.agree(pair.sdp("carrier", None, 2))
        near.refer(pair.pbx.uri(TARGET), referred_by="<sip:+4940555@pbx.example>")
        near.expect(202, method="REFER")
        target = pair.carrier.incoming(seconds=10)
        assert TARGET in target.request.uri, target.request.uri
        referred_by = target.request.header("referred-by")
        assert "pbx.example" not in referred_by and ADDRESS["pbx"] not in target.request.text
        target.ring()
        target.accept(talk_sdp(pair.carrier, THIRD_PORT))
        voices.second.play(target.request.media()[:2])
        statuses = progress(near)
        assert statuses[-1] == 200 and all(s < 200 for s in statuses[:-1]), statuses
        near.expect("BYE", 10)
        voices.first.play(newest_place(far))
        voices.assert_first_and_second_talk()
        target.bye()
        far.expect("BYE")
        lab.wait_calls(0)
        assert not requests(pair.wire("carrier"), "REFER"), "REFER crossed although it is local"
        pair.check_wires()
        lab.wait_idle(80)


def target_refuses():
    with Lab(changed(pbx={"refer": "local"})) as lab:
        pair, voices = PeerPair(lab), Voices(lab)
        near, far = connected(pair, voices)
        near.refer(pair.pbx.uri(TARGET))
        near.expect(202, method="REFER")
        pair.carrier.incoming(seconds=10).respond(486)
        assert progress(near)[-1] == 486
        assert voices.pbx.hears(TONE["carrier"]), "the first call was not recovered"
        assert voices.first.hears(TONE["pbx"])
        pair.end(near, far)
        lab.wait_idle(80)


def passed_on():
    with Lab(changed(pbx={"refer": "pass"})) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.refer(pair.pbx.uri(TARGET))
        refer = far.expect("REFER")
        refer_to = refer.header("refer-to")
        assert TARGET in refer_to and SBC["pbx"] not in refer_to and ADDRESS["pbx"] not in refer_to
        near.expect(202, method="REFER")
        far.request_of("NOTIFY", event="refer", substate="active", body="SIP/2.0 180 Ringing\r\n",
                       content_type="message/sipfrag")
        while "180" not in (notify := near.expect("NOTIFY")).text:
            pass  # the stack's own first NOTIFY
        assert notify.header("event").startswith("refer")
        pair.end(near, far)


def refused():
    with Lab(changed(pbx={"refer": "reject"})) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.refer(pair.pbx.uri(TARGET))
        answer = near.expect_final("REFER")
        assert answer.status in (403, 405, 603), str(answer)
        assert answer.status != 405 or "REFER" not in answer.header("allow")
        pair.end(near, far)
    # To a number that no route takes: the policy of a new INVITE applies (403/404), the call lives.
    def no_route(document):
        document["routes"][0]["match"]["called_prefix"] = "+49301"
    with Lab(no_route) as lab:
        pair = PeerPair(lab)
        near, far = pair.call()
        near.refer(pair.pbx.uri("+900123"))
        answer = near.expect_final("REFER")
        if answer.status == 202:
            assert progress(near)[-1] in (403, 404)
        else:
            assert answer.status in (403, 404), str(answer)
        pair.end(near, far)
        assert len(requests(pair.wire("carrier"), "INVITE")) == 1


def run():
    handled_locally()
    target_refuses()
    passed_on()
    refused()


