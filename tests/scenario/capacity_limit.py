# SPDX-License-Identifier: BSD-2-Clause
"""A trunk's limits: the call beyond max_calls, and the one beyond max_cps, get the configured code
with Retry-After; a place is free again as soon as a call ends."""
from tests.support.calls import NUMBER, Call, Party
from tests.support.lab import Lab

SHARDS = (1, 2)


def capacity(document, **limits):
    for trunk in document["trunks"]:
        if trunk["name"] == "carrier":
            trunk["capacity"] = limits


def refused(lab, a, code, retry_after):
    dialog = a.agent.invite(NUMBER, a.sdp())
    answer = a.agent.expect(lambda m: m.is_response and m.status >= 200, call_id=dialog.call_id)
    assert answer.status == code, answer
    assert answer.header("retry-after").startswith(retry_after), answer.raw


def run():
    with Lab(change=lambda d: capacity(d, max_calls=2, reject_code=503, retry_after_s=7)) as lab:
        first = Call(lab)
        second = Call(lab, parties=tuple(
            Party(lab, p.side, p.media.port + 200, agent=p.agent) for p in (first.a, first.b)))
        refused(lab, first.a, 503, "7")
        first.hang_up()
        lab.wait_calls(1)
        third = Call(lab, parties=(first.a, first.b))
        third.hang_up()
        second.hang_up()
        first.b.agent.expect_nothing("INVITE", 0.2)

        document = lab.api("GET", "/config").json
        capacity(document, max_cps=1, burst=2, reject_code=486, retry_after_s=3)
        assert lab.put_config(document).status == 200
        for _ in range(2):  # the burst
            Call(lab, parties=(first.a, first.b)).hang_up()
        for _ in range(6):
            first.a.agent.invite(NUMBER, first.a.sdp())
        for _ in range(3):
            answer = first.a.agent.expect(486)
            assert answer.header("retry-after").startswith("3"), answer.raw
