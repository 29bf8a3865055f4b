# SPDX-License-Identifier: BSD-2-Clause
"""When no media arrives for the configured time, both sides get a BYE and the record says why."""
from tests.support.calls import Call
from tests.support.lab import Lab

TIMEOUT_S = 5


def short_timeout(document):
    document.setdefault("timers", {})["media_timeout_s"] = TIMEOUT_S


def run():
    with Lab(change=short_timeout) as lab:
        call = Call(lab)
        call.assert_audio()
        call.b.media.play(None)  # one side alone falls silent: the call goes on
        for party in (call.a, call.b):
            party.agent.expect_nothing("BYE", TIMEOUT_S * 0.7)
        call.a.media.play(None)
        for party in (call.a, call.b):
            bye = party.agent.expect("BYE", TIMEOUT_S + 5)
            party.agent.respond(bye, 200, "OK")
        lab.wait_calls(0)
        record = lab.wait_records(1)[0]
        assert record["released_by"] == "sbc" and "media" in record["cause"], record
        lab.wait_metric("portcullis_media_sessions", 0)
