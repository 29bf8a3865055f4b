# SPDX-License-Identifier: BSD-2-Clause
"""A gateway that goes silent is taken down by OPTIONS, calls go to the next gateway at once, and it
is used again as soon as it answers; with every gateway down a call gets 503."""
import os
import signal
import time

from tests.support import kamailio
from tests.support.calls import NUMBER, Party
from tests.support.capture import Capture
from tests.support.lab import ADDRESS, Lab
from tests.support.ua import UserAgent
from tests.support.wait import wait_for

INTERVAL, TIMEOUT_S, DOWN_AFTER = 1, 1, 2


def watched(document):
    for trunk in document["trunks"]:
        if trunk["name"] == "carrier":
            trunk["gateways"] = [{"name": f"gw{n}", "priority": n,
                                  "uri": f"sip:{ADDRESS['carrier']}:{port}"}
                                 for n, port in enumerate((5060, 5070), 1)]
            trunk["health"] = {"enabled": True, "interval_s": INTERVAL, "timeout_s": TIMEOUT_S,
                               "down_after": DOWN_AFTER, "up_after": 2, "max_interval_s": 2,
                               "from_user": "monitor"}
            trunk["session"] = {"redirect": "reject"}


def state(lab, gateway):
    status = lab.get("/trunks/carrier/status")
    return next(g["state"] for g in status["gateways"] if g["gateway"] == gateway)


def wait_state(lab, gateway, wanted, seconds):
    wait_for(lambda: state(lab, gateway) == wanted, seconds,
             lambda: f"{gateway} is not {wanted}: {lab.get('/trunks/carrier/status')}", 0.05)
    time.sleep(0.2)  # every shard is told within the tick of its timers


def pids(server):
    """The server's processes, the main one first."""
    main = server._process.pid  # pylint: disable=protected-access
    with open(f"/proc/{main}/task/{main}/children", encoding="ascii") as file:
        return [main] + [int(pid) for pid in file.read().split()]


class Watched(UserAgent):
    """A gateway that answers OPTIONS by itself while `answering`."""

    answering = True

    def _take(self, message):
        if message.is_response or message.method != "OPTIONS":
            super()._take(message)
        elif self.answering:
            self.respond(message, 200, "OK")


def invites(capture, port):
    return [m for m in capture.sip() if not m.is_response and m.method == "INVITE" and
            m.target[1] == port]


def fails(a):
    """A call that fails; (its status, how long that took)."""
    began = time.monotonic()
    a.dialog = a.agent.invite(NUMBER, a.sdp())
    final = a.agent.expect(lambda m: m.is_response and m.status >= 300,
                           call_id=a.dialog.call_id)
    return final.status, time.monotonic() - began


def last_attempts(lab, records):
    return [t["gateway"] for t in lab.wait_records(records)[-1]["attempts"]]


def run():
    with Lab(change=watched) as lab:
        # The first gateway is a server that answers OPTIONS with 200 and INVITE with 302.
        first = kamailio.redirect(lab, "carrier", [f"sip:nobody@{ADDRESS['carrier']}:5999"])
        second = Watched(lab, "carrier", 5070)
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000, agent=second)
        for gateway in ("gw1", "gw2"):
            wait_state(lab, gateway, "up", 5)
        assert lab.metric("portcullis_trunk_up", trunk="carrier", gateway="gw1") == 1
        fails(a)  # the first gateway is used, and redirects
        assert last_attempts(lab, 1) == ["gw1"]

        for pid in pids(first):
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        limit = INTERVAL * 1.1 + DOWN_AFTER * TIMEOUT_S + (DOWN_AFTER - 1) * 1.1
        wait_state(lab, "gw1", "down", limit + 1)
        took = time.monotonic() - began
        assert took >= DOWN_AFTER * TIMEOUT_S, f"down after {took:.1f} s already"
        assert lab.metric("portcullis_trunk_up", trunk="carrier", gateway="gw1") == 0
        assert "gateway_down trunk=carrier gateway=gw1" in lab.log("signaling")

        capture = Capture(lab, "carrier", "udp")
        began = time.monotonic()
        a.dialog = a.agent.invite(NUMBER, a.sdp())
        invite = second.expect("INVITE", 5)
        assert time.monotonic() - began < 0.5, "the call did not go to the second gateway at once"
        b.dialog = second.accept(invite, b.sdp())
        a.dialog.ack(a.agent.expect(200))
        second.expect("ACK", 5, invite.call_id)
        a.dialog.request("BYE")
        second.respond(second.expect("BYE", 5, invite.call_id), 200, "OK")
        a.agent.expect(lambda m: m.is_response and m.method == "BYE")
        capture.stop()
        assert not invites(capture, 5060), "the gateway that is down was tried"
        assert last_attempts(lab, 2) == ["gw2"]

        second.answering = False  # nothing is up any more
        wait_state(lab, "gw2", "down", limit + 1)
        status, took = fails(a)
        assert status == 503 and took < 0.5, (status, took)
        cause = lab.wait_records(3)[-1]["cause"]
        assert "carrier/gw1" in cause and "down" in cause, cause

        for pid in pids(first):
            os.kill(pid, signal.SIGCONT)
        wait_state(lab, "gw1", "up", 10)
        fails(a)  # and is used again
        assert last_attempts(lab, 4) == ["gw1"]
        assert lab.metric("portcullis_trunk_ping_failures_total", gateway="gw1") >= DOWN_AFTER
        status = lab.get("/trunks/carrier/status")["gateways"][0]["addresses"][0]
        assert status["reason"] == "200 to OPTIONS" and status["round_trip_ms"] is not None, status
