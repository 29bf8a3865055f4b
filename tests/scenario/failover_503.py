# SPDX-License-Identifier: BSD-2-Clause
"""A gateway that answers 503, one that answers nothing and one whose port is closed: the call goes
on to the next gateway each time, and the record names every attempt. One that sends Retry-After is
left alone for so long (RFC 3261 21.5.4)."""
import time

from tests.support.calls import NUMBER, Party
from tests.support.lab import ADDRESS, Lab
from tests.support.ua import UserAgent
from tests.support.wait import wait_for


def gateways(*ports):
    def change(document):
        for trunk in document["trunks"]:
            if trunk["name"] == "carrier":
                trunk["gateways"] = [{"name": f"gw{n}", "priority": n,
                                      "uri": f"sip:{ADDRESS['carrier']}:{port}"}
                                     for n, port in enumerate(ports, 1)]
                trunk.setdefault("timers", {})["attempt_timeout_s"] = 2
    return change


def answered_by(a, agent, b):
    """The call that `a` has begun arrives at `agent`, is answered there and ended again."""
    invite = agent.expect("INVITE", 8)
    dialog = agent.accept(invite, b.sdp())
    answer = a.agent.expect(200)
    a.dialog.ack(answer)
    agent.expect("ACK", 5, dialog.call_id)
    a.dialog.request("BYE")
    agent.respond(agent.expect("BYE", 5, dialog.call_id), 200, "OK")
    a.agent.expect(lambda m: m.is_response and m.method == "BYE")


def attempts(lab, count):
    record = lab.wait_records(count)[-1]
    return [(t["gateway"], t["code"]) for t in record["attempts"]]


def rests(lab, name):
    gateways = lab.get("/trunks/carrier/status")["gateways"]
    return any(g["gateway"] == name and g["addresses"][0]["rests_for_s"] > 0 for g in gateways)


def run():
    with Lab(change=gateways(5060, 5070, 5080)) as lab:
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000)
        second, third = UserAgent(lab, "carrier", 5070), UserAgent(lab, "carrier", 5080)

        a.dialog = a.agent.invite(NUMBER, a.sdp())
        first_invite = b.agent.expect("INVITE")
        b.agent.respond(first_invite, 503, "Service Unavailable")
        b.agent.expect("ACK", 5, first_invite.call_id)
        answered_by(a, second, b)
        assert attempts(lab, 1) == [("gw1", 503), ("gw2", 200)], attempts(lab, 1)
        third.expect_nothing("INVITE", 0.2)

        a.dialog = a.agent.invite(NUMBER, a.sdp())  # the first says 503, the second nothing at all
        b.agent.respond(b.agent.expect("INVITE"), 503, "Service Unavailable")
        second.expect("INVITE")
        answered_by(a, third, b)
        found = attempts(lab, 2)
        assert found == [("gw1", 503), ("gw2", 408), ("gw3", 200)], found
        second.close()

        a.dialog = a.agent.invite(NUMBER, a.sdp())  # the second is no longer listening
        b.agent.respond(b.agent.expect("INVITE"), 503, "Service Unavailable")
        answered_by(a, third, b)
        found = attempts(lab, 3)
        assert [g for g, _ in found] == ["gw1", "gw2", "gw3"] and found[1][1] in (408, 503), found

        a.dialog = a.agent.invite(NUMBER, a.sdp())  # asked to be left alone, it is
        b.agent.respond(b.agent.expect("INVITE"), 503, "Service Unavailable",
                        headers=["Retry-After: 60"])
        answered_by(a, third, b)
        wait_for(lambda: rests(lab, "gw1"), 2, "gw1 does not rest")
        time.sleep(0.2)  # every shard is told within the tick of its timers
        a.dialog = a.agent.invite(NUMBER, a.sdp())
        answered_by(a, third, b)
        assert "gw1" not in [g for g, _ in attempts(lab, 5)], attempts(lab, 5)
        lab.wait_metric("portcullis_media_sessions", 0, 40)
