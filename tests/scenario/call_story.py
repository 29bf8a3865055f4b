# SPDX-License-Identifier: BSD-2-Clause
"""What a call decided and why is told in words by /calls/{id}: of a live call, of a refused one and of
one that is over. A stranger who knows its names can neither cancel nor hang it up, and the story tells."""
import copy
import subprocess

from tests.support.calls import NUMBER, Call, Party
from tests.support.dialog import sdp
from tests.support.lab import Lab
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

STRANGER = "198.18.0.66"


def told(lab, call_id):
    """The whole answer; a call that has just ended is on its way to where it is kept."""
    answer = wait_for(lambda: (lambda got: got if got.status == 200 else None)(
        lab.api("GET", f"/calls/{call_id}")), 5, f"/calls/{call_id} is not answered")
    return answer.json


def expect_told(call, *parts):
    texts = [event["text"] for event in call["events"]]
    for part in parts:
        assert any(part in text for text in texts), f"{part!r} is not in the story {texts}"
    assert all(event["at"] for event in call["events"])


def refused_stranger(stranger, dialog, send):
    thief = copy.copy(dialog)
    thief.agent = stranger
    send(thief)
    answer = stranger.expect(lambda m: m.is_response and m.status >= 200)
    assert answer.status == 403, answer
    assert answer.header("warning") == '399 portcullis "not from this address"', answer


def ringing(lab, stranger, a, b):
    """Who sees the INVITE pass can copy its branch: his CANCEL ends nothing (RFC 3261 9.2)."""
    dialog = a.agent.invite(NUMBER, a.sdp())
    invite = b.agent.expect("INVITE")
    b.agent.respond(invite, 180, "Ringing", tag="t1")
    a.agent.expect(180, call_id=dialog.call_id)
    call_id = lab.calls()[0]["call_id"]
    refused_stranger(stranger, dialog, lambda thief: thief.cancel())
    b.agent.expect_nothing("CANCEL", 0.5)
    expect_told(told(lab, call_id), "trunk pbx by ", f"CANCEL from {STRANGER}",
                "answered 403: not from this address")
    dialog.cancel()
    cancel = b.agent.expect("CANCEL", 5, invite.call_id)
    b.agent.respond(cancel, 200, "OK", tag="t1")
    b.agent.respond(invite, 487, "Request Terminated", tag="t1")
    a.agent.expect(lambda m: m.is_response and (m.method, m.status) == ("INVITE", 487), 5,
                   dialog.call_id)
    lab.wait_calls(0)
    ended = told(lab, call_id)
    expect_told(ended, "ends: cancelled")
    assert ended["state"] == "ended" and ended["record"]["sip_code"] == 487


def answered(lab, stranger, parties):
    call = Call(lab, parties=parties)
    call_id = lab.calls()[0]["call_id"]
    refused_stranger(stranger, call.a.dialog, lambda thief: thief.request("BYE"))
    live = told(lab, call_id)
    assert live["state"] == "connected", live["state"]
    expect_told(live, "trunk pbx by ", "call from pbx takes route", f"BYE from {STRANGER}")
    call.assert_audio()
    call.hang_up()
    lab.wait_calls(0)
    ended = told(lab, call_id)
    expect_told(ended, "call from pbx takes route", f"BYE from {STRANGER}", "ends: hung up")
    assert ended["record"]["cause"] == "hung up" and ended["messages"]


def refused(lab, a):
    before = len(lab.records())
    dialog = a.agent.invite(NUMBER, sdp(a.agent.address, 33000), headers=["Require: magic"])
    answer = a.agent.expect(lambda m: m.is_response and m.status >= 200, call_id=dialog.call_id)
    assert answer.status == 420
    assert answer.header("warning") == \
        '399 portcullis "an extension is required that is not supported"', answer
    call_id = lab.wait_records(before + 1)[-1]["call_id"]
    expect_told(told(lab, call_id), "trunk pbx by ", "INVITE answered 420: requires magic")


def run():
    with Lab() as lab:
        subprocess.run(lab.command("pbx", "ip", "addr", "add", f"{STRANGER}/24", "dev", "sbc0"),
                       check=True)
        stranger = UserAgent(lab, "pbx", address=STRANGER)
        parties = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        ringing(lab, stranger, *parties)
        answered(lab, stranger, parties)
        refused(lab, parties[0])
        assert lab.api("GET", "/calls/00000000000000ff").status == 404
        assert lab.metric("portcullis_security_events_total", kind="foreign_in_dialog_request") == 2
