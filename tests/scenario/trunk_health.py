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


def state(lab, gateway):
    status = lab.get("/trunks/carrier/status")
    return next(g["state"] for g in status["gateways"] if g["gateway"] == gateway)


def wait_state(lab, gateway, wanted, seconds):
    wait_for(lambda: state(lab, gateway) == wanted, seconds,
             lambda: f"{gateway} is not {wanted}: {lab.get('/trunks/carrier/status')}", 0.05)


def pids(server):
    """The server's processes, the main one first."""
    main = server._process.pid  # pylint: disable=protected-access
    with open(f"/proc/{main}/task/{main}/children", encoding="ascii") as file:
        return [main] + [int(pid) for pid in file.read().split()]


def answers_options(agent):
    """Answers every OPTIONS that waits."""
    while True:
        try:
            agent.respond(agent.expect("OPTIONS", 0.01), 200, "OK")
        except AssertionError:
            return


class Answering:
    """A gateway that answers OPTIONS by itself until it is told to stop."""

    def __init__(self, lab, port):
        import threading  # pylint: disable=import-outside-toplevel
        self.agent = UserAgent(lab, "carrier", port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        lab.on_exit(self.stop)

    def _run(self):
        while not self._stop.is_set():
            answers_options(self.agent)
            time.sleep(0.02)

    def stop(self):
        self._stop.set()
        self._thread.join()


def invites(capture, port):
    return [m for m in capture.sip() if not m.is_response and m.method == "INVITE" and
            m.target[1] == port]


def refused(a, status):
    """A call that the appliance refuses by itself; how long that took."""
    began = time.monotonic()
    a.dialog = a.agent.invite(NUMBER, a.sdp())
    a.agent.expect(status)
    return time.monotonic() - began


def run():
    with Lab(change=watched) as lab:
        # The first gateway is a server that answers OPTIONS with 200 and INVITE with 302.
        first = kamailio.redirect(lab, "carrier", [f"sip:nobody@{ADDRESS['carrier']}:5999"])
        second = Answering(lab, 5070)
        a, b = Party(lab, "pbx", 31000), Party(lab, "carrier", 41000, agent=second.agent)
        for gateway in ("gw1", "gw2"):
            wait_state(lab, gateway, "up", 5)
        assert lab.metric("portcullis_trunk_up", trunk="carrier", gateway="gw1") == 1
        refused(a, 480)  # the first gateway is used: its 302 comes back as 480

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
        invite = second.agent.expect("INVITE", 5)
        assert time.monotonic() - began < 0.5, "the call did not go to the second gateway at once"
        b.dialog = second.agent.accept(invite, b.sdp())
        a.dialog.ack(a.agent.expect(200))
        second.agent.expect("ACK", 5, invite.call_id)
        a.dialog.request("BYE")
        second.agent.respond(second.agent.expect("BYE", 5, invite.call_id), 200, "OK")
        a.agent.expect(lambda m: m.is_response and m.method == "BYE")
        capture.stop()
        assert not invites(capture, 5060), "the gateway that is down was tried"
        record = lab.wait_records(2)[-1]
        assert [t["gateway"] for t in record["attempts"]] == ["gw2"], record["attempts"]

        second.stop()  # nothing is up any more
        wait_state(lab, "gw2", "down", limit + 1)
        assert refused(a, 503) < 0.5
        cause = lab.wait_records(3)[-1]["cause"]
        assert "carrier/gw1" in cause and "down" in cause, cause

        for pid in pids(first):
            os.kill(pid, signal.SIGCONT)
        wait_state(lab, "gw1", "up", 10)
        refused(a, 480)  # and is used again
        assert lab.metric("portcullis_trunk_ping_failures_total", gateway="gw1") >= DOWN_AFTER
        status = lab.get("/trunks/carrier/status")["gateways"][0]["addresses"][0]
        assert status["reason"] == "200 to OPTIONS" and status["round_trip_ms"] is not None, status
