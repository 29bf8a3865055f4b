# SPDX-License-Identifier: BSD-2-Clause
"""A good PUT during a call: the call goes on as it began (audio, re-INVITE, BYE), the next call
follows the new configuration."""
from tests.support.calls import NUMBER, Call, Party
from tests.support.lab import Lab


def add_prefix(document):
    """From now on calls of the PBX get 99 in front of the called number."""
    document.setdefault("number_rules", []).append({"name": "scenario-99", "prepend": "99"})
    for route in document["routes"]:
        if "carrier" in route["trunks"]:
            route.setdefault("number_rules", []).append("scenario-99")


def run():
    with Lab() as lab:
        call = Call(lab)
        assert call.request.uri.startswith(f"sip:{NUMBER}@"), call.request.uri
        document = lab.api("GET", "/config").json
        add_prefix(document)
        answer = lab.put_config(document)
        assert answer.status == 200, answer.body
        status = lab.get("/system/status")
        call.assert_audio()

        offer, _ = call.reinvite(call.a, call.b, call.a.sdp("sendonly"), call.b.sdp("recvonly"))
        assert "99" + NUMBER not in offer.uri + offer.header("to"), offer.start
        call.reinvite(call.b, call.a, call.b.sdp(), call.a.sdp())

        later = Call(lab, parties=tuple(
            Party(lab, p.side, p.media.port + 200, agent=p.agent) for p in (call.a, call.b)))
        assert later.request.uri.startswith(f"sip:99{NUMBER}@"), later.request.uri
        later.assert_audio()
        call.assert_audio()
        call.hang_up(call.b)
        later.hang_up()
        applied = {d["applied_revision"] for d in status["daemons"]}
        assert len(applied) == 1, status
