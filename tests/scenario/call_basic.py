# SPDX-License-Identifier: BSD-2-Clause
"""One SIPp call each way, over UDP and over TCP, with a different tone from each side: the tone is
recognised at the far ends, nothing is repeated, tshark finds nothing malformed, one record each."""
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipp import TONE, Sipp

SHARDS = (1, 2)


def one_call(lab, caller, callee, transport):
    captures = {side: Capture(lab, side) for side in (caller, callee)}
    before = len(lab.records())
    callee_sipp = Sipp(lab, callee, "uas_media", transport=transport)
    caller_sipp = Sipp(lab, caller, "uac_media", transport=transport).wait()
    callee_sipp.wait()
    record = lab.wait_records(before + 1)[-1]
    name = f"{caller} -> {callee} over {transport}"
    for sipp in (caller_sipp, callee_sipp):
        assert sipp.count("Retransmissions") == 0, f"{name}: retransmissions"
    for side, capture in captures.items():
        far = callee if side == caller else caller
        heard = capture.rtp(source=SBC[side], target=ADDRESS[side])
        assert heard, f"{name}: no audio arrived at {side}"
        share = heard[0].tone_share(TONE[far])
        assert share > 0.9, f"{name}: {side} does not hear {far}'s tone ({share:.2f})"
        broken = capture.tshark("_ws.malformed or _ws.expert.severity >= 0x800000 and sip")
        assert not broken, f"{name}: tshark objects: {broken[:3]}"
    call_ids = {side: {m.call_id for m in c.sip()} for side, c in captures.items()}
    assert all(len(ids) == 1 for ids in call_ids.values()), f"{name}: {call_ids}"
    assert call_ids[caller] != call_ids[callee], f"{name}: the Call-ID crossed"
    assert record["sip_code"] == 200 and record["released_by"] == "a", f"{name}: {record}"
    assert (record["a_trunk"], record["b_trunk"]) == (caller, callee), f"{name}: {record}"


def over_tcp(document):
    for trunk in document["trunks"]:
        for gateway in trunk["gateways"]:
            gateway["uri"] = gateway["uri"].split(";")[0] + ";transport=tcp"


def run():
    with Lab() as lab:
        one_call(lab, "pbx", "carrier", "u1")
        one_call(lab, "carrier", "pbx", "u1")
        over_tcp(lab.document)
        answer = lab.put_config(lab.document)
        assert answer.status == 200, answer.body
        one_call(lab, "pbx", "carrier", "t1")
        one_call(lab, "carrier", "pbx", "t1")
