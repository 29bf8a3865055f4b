# SPDX-License-Identifier: BSD-2-Clause
"""1,000 calls at 100 a second, each with 2 s of G.711 both ways: none fails, nothing is repeated, at
least 99.9 % of the packets cross, and within 40 s everything is free again."""
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipp import Sipp

DRIVERS = ("af_xdp", "af_packet")
EXCLUSIVE = True
TIMEOUT = 240
CALLS, RATE = 1000, 100


def count(capture, source, target):
    return sum(len(s.packets) for s in capture.rtp(source, target))


def repeated(capture):
    """SIP messages that were seen more than once."""
    seen, again = set(), []
    for message in capture.sip():
        key = (message.source, message.start, message.branch(), message.header("cseq"),
               message.call_id, message.tag("to"))
        again += [message] if key in seen else []
        seen.add(key)
    return again


def one_way(lab, caller, callee):
    captures = {side: Capture(lab, side) for side in (caller, callee)}
    answering = Sipp(lab, callee, "uas_media", calls=CALLS, timeout=90)
    calling = Sipp(lab, caller, "uac_media", calls=CALLS, rate=RATE, timeout=90).wait()
    answering.wait()
    for sipp in (calling, answering):
        assert sipp.count("SuccessfulCall") == CALLS and sipp.count("FailedCall") == 0
        assert sipp.count("Retransmissions") == 0, f"{sipp.name}: retransmissions"
    lost = []
    for near, far in ((caller, callee), (callee, caller)):
        sent = count(captures[near].stop(), ADDRESS[near], SBC[near])
        arrived = count(captures[far].stop(), SBC[far], ADDRESS[far])
        percent = 100 * arrived / sent if sent else 0
        print(f"{near:>8} -> {far:<8} sent {sent:7d}  arrived {arrived:7d}  {percent:8.3f} %")
        if percent < 99.9 or sent < CALLS * 95:
            lost.append(near)
    again = [str(m) for c in captures.values() for m in repeated(c)]
    assert not again, f"{len(again)} repeated messages, such as {again[0]}"
    assert not lost, f"too few packets from {lost}"


def run():
    with Lab() as lab:
        for caller, callee in (("pbx", "carrier"), ("carrier", "pbx")):
            one_way(lab, caller, callee)
            lab.wait_idle(40, tombstones=True)
        records = lab.wait_records(2 * CALLS)
        assert len(records) == 2 * CALLS and all(r["sip_code"] == 200 for r in records)
        assert len({r["call_id"] for r in records}) == 2 * CALLS
