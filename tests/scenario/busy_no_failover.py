# SPDX-License-Identifier: BSD-2-Clause
"""486, 600 and 603 are the callee's own answer: they reach the caller and no other gateway is
tried."""
from tests.scenario.failover_503 import gateways
from tests.support.calls import NUMBER, Party
from tests.support.lab import Lab
from tests.support.ua import UserAgent


def run():
    with Lab(change=gateways(5060, 5070)) as lab:
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        second = UserAgent(lab, "carrier", 5070)
        for number, (code, reason) in enumerate(
                ((486, "Busy Here"), (600, "Busy Everywhere"), (603, "Decline")), 1):
            dialog = a.agent.invite(NUMBER, a.sdp())
            invite = b.agent.expect("INVITE")
            b.agent.respond(invite, code, reason)
            b.agent.expect("ACK", 5, invite.call_id)
            a.agent.expect(code, call_id=dialog.call_id)
            record = lab.wait_records(number)[-1]
            assert record["sip_code"] == code and len(record["attempts"]) == 1, record
        second.expect_nothing("INVITE", 1)
        lab.wait_calls(0)
