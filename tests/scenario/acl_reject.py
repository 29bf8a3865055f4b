# SPDX-License-Identifier: BSD-2-Clause
"""Requests of sources that no trunk owns: 403 in a trusted realm, silence in an untrusted one and for
denied addresses; the trunks' own calls go on."""
import subprocess

from tests.support.calls import NUMBER, Call
from tests.support.dialog import sdp
from tests.support.lab import Lab
from tests.support.ua import UserAgent

STRANGER = {"pbx": "198.18.0.66", "carrier": "198.18.1.66"}
DENIED = "198.18.0.67"


def guard(document):
    trust = {"core": "trusted", "peer": "untrusted"}
    for realm in document["realms"]:
        realm["trust"] = trust[realm["name"]]
    document["access_lists"] = [{"name": "scenario", "realm": "core", "default_action": "allow",
                                 "rules": [{"source": f"{DENIED}/32", "action": "deny"}]}]


def stranger(lab, side, address):
    subprocess.run(lab.command(side, "ip", "addr", "add", f"{address}/24", "dev", "sbc0"), check=True)
    return UserAgent(lab, side, address=address)


def run():
    with Lab(change=guard) as lab:
        known = stranger(lab, "pbx", STRANGER["pbx"])
        unknown = stranger(lab, "carrier", STRANGER["carrier"])
        denied = stranger(lab, "pbx", DENIED)
        dialogs = {agent: agent.invite(NUMBER, sdp(agent.address, 33000))
                   for agent in (known, unknown, denied)}
        assert known.expect(lambda m: m.is_response and m.status >= 200,
                            call_id=dialogs[known].call_id).status == 403
        for agent in (unknown, denied):
            agent.expect_nothing(lambda m: True, 1.5)
        call = Call(lab)
        call.assert_audio()
        call.b.agent.expect_nothing("INVITE", 0.2)
        call.hang_up()
        assert len(lab.wait_records(1)) == 1, "a refused stranger must not leave a record"
