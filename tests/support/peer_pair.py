# SPDX-License-Identifier: BSD-2-Clause
"""The set-up most scenarios with Sofia-SIP begin with: one peer on each side of the appliance, both
wires recorded, and a call between them."""
import contextlib
import os
import signal

from tests.support.capture import Capture
from tests.support.sofia_peer import SofiaPeer, talk_sdp
from tests.support.wait import wait_for

NUMBER = "+4930123456"
SIDES = ("pbx", "carrier")
PORT = {"pbx": 31000, "carrier": 41000}  # of the audio in SDP


def session(document, trunk, **fields):
    """Sets fields of a trunk's `session` object in a configuration document."""
    found = next(t for t in document["trunks"] if t["name"] == trunk)
    found.setdefault("session", {}).update(fields)


def changed(**trunks):
    """For Lab(change): session fields by trunk, `changed(carrier={"redirect": "pass"})`."""
    def change(document):
        for trunk, fields in trunks.items():
            session(document, trunk, **fields)
    return change


def has_stopped(process):
    states = []
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/stat", encoding="utf-8") as stat:
            states.append(stat.read().rpartition(")")[2].split()[0])
    return all(state == "T" for state in states)


@contextlib.contextmanager
def frozen(*processes):
    """Stops the processes (by id) for the time of the block: what is sent to them meanwhile waits in
    their sockets, so that messages of several senders cross for certain."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        # Each thread stops when it next comes by: one that runs reads on until then.
        for process in processes:
            wait_for(lambda p=process: has_stopped(p), 5, f"process {process} does not stop", 0.001)
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


class PeerPair:
    """`pbx` and `carrier` are peers; options for each may be given as a dictionary of that name."""

    def __init__(self, lab, pbx=None, carrier=None, capture=True):
        self.lab = lab
        self.pbx, self.carrier = SofiaPeer(lab, "pbx", **(pbx or {})), \
            SofiaPeer(lab, "carrier", **(carrier or {}))
        self.captures = {side: Capture(lab, side) for side in SIDES} if capture else {}

    def __getitem__(self, side):
        return getattr(self, side)

    def sdp(self, side, direction=None, version=1, **options):
        return talk_sdp(self[side], PORT[side], direction, version, **options)

    def call(self, caller="pbx", number=NUMBER, **options):
        """An answered call with an offer in INVITE; the caller's and the callee's end."""
        callee = SIDES[1 - SIDES.index(caller)]
        near = self[caller].invite(number, self.sdp(caller), **options)
        far = self[callee].incoming()
        far.ring()
        near.expect(180)
        far.accept(self.sdp(callee))
        near.expect(200, method="INVITE")
        return near, far

    def wire(self, side):
        """All SIP messages of that side so far; ends the recording."""
        return self.captures[side].stop().sip()

    def check_wires(self):
        """No capture holds a message that tshark cannot read."""
        for side, capture in self.captures.items():
            bad = capture.stop().tshark("sip && _ws.malformed")
            assert not bad, f"{side}: {bad}"

    def end(self, near, far):
        """Hangs up and waits until nothing of the call is left in the appliance."""
        near.bye()
        far.expect("BYE")
        self.lab.wait_calls(0)


def assert_racks(messages):
    """Every PRACK on this wire names the RSeq of a reliable response seen there, and the CSeq of its
    INVITE (RFC 3262 7.2); every reliable response asks for 100rel. Answers how many PRACKs."""
    reliable = {}
    for message in messages:
        if message.is_response and message.header("rseq"):
            assert "100rel" in message.header("require"), f"{message} has RSeq but no Require"
            key = message.call_id, message.tag("to")
            reliable.setdefault(key, set()).add((message.header("rseq"), str(message.cseq)))
    count = 0
    for message in messages:
        if not message.is_response and message.method == "PRACK":
            rseq, cseq, method = message.header("rack").split()
            known = reliable.get((message.call_id, message.tag("to")), set())
            assert (rseq, cseq) in known and method == "INVITE", \
                f"PRACK {message.header('rack')} answers none of {known}"
            count += 1
    return count


def final_of(call, method, status, seconds=5.0):
    """The final answer to a request of that call's peer must be this one."""
    answer = call.expect_final(method, seconds)
    assert answer is not None and answer.status == status, f"{method} answered {answer}, not {status}"
    return answer
