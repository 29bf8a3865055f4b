# SPDX-License-Identifier: BSD-2-Clause
"""Signaling is killed and stays down: when the lease ends, the relay releases the session and its
ports; afterwards signaling starts again and new calls work."""
from tests.support.calls import Call, Party
from tests.support.lab import Lab

LEASE = 10  # seconds


def short_lease(document):
    document.setdefault("relay", {})["lease_s"] = LEASE


def run():
    with Lab(change=short_lease) as lab:
        call = Call(lab)
        assert lab.metric("portcullis_media_ports", state="used") > 0
        lab.sh("stop-daemon", "signaling", "--kill")
        call.assert_audio()
        lab.wait_metric("portcullis_media_sessions", 0, LEASE + 10)
        lab.wait_metric("portcullis_media_ports", 0, 10, state="used")
        lab.wait_metric("portcullis_media_ports", 0, 15, state="quarantined")
        for party in (call.a, call.b):
            party.media.play(None)
        lab.sh("start-daemon", "signaling")
        again = Call(lab, parties=tuple(
            Party(lab, p.side, p.media.port + 400, agent=p.agent) for p in (call.a, call.b)))
        again.assert_audio()
        again.hang_up()
