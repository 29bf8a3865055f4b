# SPDX-License-Identifier: BSD-2-Clause
"""Nothing that one side writes into any header or SDP field is seen on the other side, raw or
encoded: in answered, re-INVITEd, forked, failed and cancelled calls, in both directions."""
from tests.support import canary
from tests.support.capture import Capture
from tests.support.dialog import Dialog
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.sipmsg import token
from tests.support.ua import UserAgent

NETWORK = {"pbx": "198.18.0.", "carrier": "198.18.1."}
PORT = {"pbx": 31000, "carrier": 41000}
NUMBER = "+4930123456"


class Side:
    def __init__(self, lab, name):
        self.name, self.mark = name, canary.MARK[name]
        self.agent = UserAgent(lab, name, mark=self.mark)
        self.version = 0

    def headers(self, response=False):
        return canary.headers(self.name, ADDRESS[self.name], response)

    def sdp(self, **options):
        self.version += 1
        return canary.sdp(self.name, ADDRESS[self.name], PORT[self.name], self.version, **options)

    def call(self):
        dialog = Dialog(self.agent, token(self.mark) + f"@{self.mark}.example", token(self.mark),
                        f"<sip:+4940555@{self.mark}.example;{self.mark}=1>",
                        f"<sip:{NUMBER}@{self.mark}.example;{self.mark}=1>",
                        f"sip:{NUMBER}@{SBC[self.name]}")
        dialog.request("INVITE", self.sdp(), self.headers())
        return dialog

    def respond(self, request, status, reason, sdp=None, tag=None):
        return self.agent.respond(request, status, f"{reason} {self.mark}", sdp,
                                  self.headers(True), tag, contact=False)


def answered(a, b):
    """Forked ringing, answer, re-INVITE each way, BYE."""
    dialog = a.call()
    invite = b.agent.expect("INVITE")
    b.respond(invite, 180, "Ringing", tag=token(b.mark))
    b.respond(invite, 183, "Progress", b.sdp(), tag=token(b.mark))
    a.agent.expect(180)
    a.agent.expect(183)
    answer = b.respond(invite, 200, "OK", b.sdp(), tag=token(b.mark))
    far = Dialog.of_callee(b.agent, invite, answer)
    dialog.ack(a.agent.expect(200, call_id=dialog.call_id), headers=a.headers())
    b.agent.expect("ACK", call_id=far.call_id)
    for near, here, other, there in ((a, dialog, b, far), (b, far, a, dialog)):
        sent = here.request("INVITE", near.sdp(direction="sendonly"), near.headers())
        received = other.agent.expect("INVITE", call_id=there.call_id)
        other.respond(received, 200, "OK", other.sdp(direction="recvonly"))
        final = near.agent.expect(lambda m, s=sent: m.is_response and m.status >= 200
                                  and m.branch() == s.branch())
        assert final.status == 200, final
        here.ack(final, headers=near.headers())
        other.agent.expect("ACK", call_id=there.call_id)
    far.request("BYE", None, b.headers())
    a.respond(a.agent.expect("BYE"), 200, "OK")
    b.agent.expect(lambda m: m.is_response and m.method == "BYE")


def failed(a, b):
    dialog = a.call()
    b.respond(b.agent.expect("INVITE"), 404, "Not Found", tag=token(b.mark))
    assert a.agent.expect(lambda m: m.is_response and m.status >= 300,
                          call_id=dialog.call_id).status == 404


def cancelled(a, b):
    dialog = a.call()
    invite = b.agent.expect("INVITE")
    b.respond(invite, 180, "Ringing", tag="x" + b.mark)
    a.agent.expect(180, call_id=dialog.call_id)
    dialog.cancel(a.headers())
    b.respond(b.agent.expect("CANCEL"), 200, "OK", tag="x" + b.mark)
    b.respond(invite, 487, "Terminated", tag="x" + b.mark)
    a.agent.expect(487, call_id=dialog.call_id)


def run():
    with Lab() as lab:
        captures = {side: Capture(lab, side) for side in NETWORK}
        sides = Side(lab, "pbx"), Side(lab, "carrier")
        for a, b in (sides, sides[::-1]):
            for story in (answered, failed, cancelled):
                story(a, b)
                lab.wait_calls(0)
        for near, far in (("pbx", "carrier"), ("carrier", "pbx")):
            found = canary.leaks(captures[near], SBC[near], far, NETWORK[far])
            assert not found, f"{len(found)} leaks towards {near}:\n" + "\n".join(sorted(set(found)))
