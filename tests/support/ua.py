# SPDX-License-Identifier: BSD-2-Clause
"""A scripted SIP user agent over UDP for scenarios that SIPp's files cannot express plainly:
several dialogs of one call, requests out of turn, deliberate faults.

It does what RFC 3261 asks of an endpoint and no more: repeats requests (timer A/E), repeats its
final answer when a request is seen again, ACKs failures by itself. Everything else is the test's.
"""
import collections
import queue
import socket
import threading
import time

from tests.support import netns
from tests.support.dialog import Dialog
from tests.support.lab import ADDRESS, ADDRESS6, SBC, SBC6
from tests.support.sipmsg import SipMessage, finish, token
from tests.support.wait import Timeout

T1 = 0.5


class UserAgent:
    """One SIP address of one side; messages arrive on a thread and wait until expect() wants them.
    `mark` begins every name the agent makes up (tags, branches, Call-IDs, Contact user)."""

    transport = "UDP"

    def __init__(self, lab, side, port=5060, ipv6=False, address=None, mark=""):
        self.lab, self.side, self.mark = lab, side, mark
        self.address = address or (ADDRESS6 if ipv6 else ADDRESS)[side]
        self.host = f"[{self.address}]" if ipv6 else self.address
        self.port = port
        self.contact = f"sip:{mark}{side}@{self.host}:{port}"
        self.sbc = ((SBC6 if ipv6 else SBC)[side], 5060)
        self.sbc_host = f"[{self.sbc[0]}]" if ipv6 else self.sbc[0]
        self._socket = self._make_socket(port)
        self._arrived = queue.Queue()
        self._waiting = collections.deque()
        self._answers = {}  # (branch, method) -> our last answer
        self._seen = set()  # requests and responses already handed to the test
        self._acks = {}  # branch of our INVITE -> ACK for its failure answer
        self._pending = {}  # (branch, method) of a request we repeat -> (data, next time, interval)
        self._lock = threading.Lock()
        self._open = True
        self.repeats_seen = 0  # requests that came more than once
        threading.Thread(target=self._run, daemon=True).start()
        lab.on_exit(self.close)

    def _make_socket(self, port):
        return netns.make_socket(self.lab.namespace(self.side), self.address, port)

    def close(self):
        self._open = False
        self._socket.close()

    # --- the receiving thread --------------------------------------------------------------
    def _run(self):
        self._socket.settimeout(0.05)
        while self._open:
            try:
                data, source = self._socket.recvfrom(65535)
                if len(data) > 4:
                    self._take(SipMessage(data, time.time(), source[:2]))
            except socket.timeout:
                pass
            except OSError:
                return
            self._repeat()

    def _take(self, message):
        key = (message.branch(), message.method)
        if not message.is_response:
            if key in self._answers and message.method != "ACK":
                self.repeats_seen += 1
                self._send(self._answers[key])
                return
            identity = (*key, message.cseq)
        else:
            with self._lock:
                known = self._pending.get(key)
                if known and message.status >= 200:
                    del self._pending[key]
                elif known and message.method == "INVITE":
                    self._pending[key] = (known[0], float("inf"), 0)
            if message.status >= 300 and message.method == "INVITE" and key[0] in self._acks:
                self._send(self._acks[key[0]](message))
            identity = (*key, message.status, message.tag("to"), message.header("rseq"))
        if identity in self._seen and not (message.is_response and message.status == 200
                                           and message.method == "INVITE"):
            self.repeats_seen += not message.is_response and message.method != "ACK"
            return
        self._seen.add(identity)
        self._arrived.put(message)

    def _repeat(self):
        now = time.monotonic()
        with self._lock:
            due = [(k, v) for k, v in self._pending.items() if v[1] <= now]
            for key, (data, _, interval) in due:
                self._pending[key] = (data, now + interval * 2, min(interval * 2, 4.0))
        for _, (data, _, _) in due:
            self._send(data)

    def _send(self, data, target=None):
        try:
            self._socket.sendto(data, target or self.sbc)
        except OSError:
            if self._open:
                raise

    # --- for the test ------------------------------------------------------------------------
    def send_raw(self, data, target=None):
        """Sends these very bytes once."""
        self._send(data if isinstance(data, bytes) else data.encode(), target)

    def send_request(self, data, message):
        """Sends a request and repeats it until it is answered."""
        with self._lock:
            self._pending[(message.branch(), message.method)] = (data, time.monotonic() + T1, T1)
        self._send(data)

    def on_failure_send(self, branch, make_ack):
        self._acks[branch] = make_ack

    def expect(self, what, seconds=5.0, call_id=None):
        """The next message that is `what`: a method, a status, or a function that says yes.
        Messages that do not match stay for later expectations."""
        deadline = time.monotonic() + seconds
        skipped = []

        def matches(message):
            if call_id and message.call_id != call_id:
                return False
            if callable(what):
                return what(message)
            if isinstance(what, int):
                return message.is_response and message.status == what
            return not message.is_response and message.method == what

        while True:
            while self._waiting:
                message = self._waiting.popleft()
                if matches(message):
                    self._waiting.extendleft(reversed(skipped))
                    return message
                skipped.append(message)
            try:
                self._waiting.append(self._arrived.get(timeout=max(0, deadline - time.monotonic())))
            except queue.Empty:
                self._waiting.extend(skipped)
                seen = ", ".join(str(m) for m in self._waiting) or "nothing"
                name = getattr(what, "__name__", what)
                raise Timeout(f"{self.side} expected {name} within {seconds:g} s; waiting: {seen}")

    def expect_nothing(self, what, seconds):
        """Fails if a message that is `what` arrives within the time."""
        try:
            message = self.expect(what, seconds)
        except Timeout:
            return
        raise AssertionError(f"{self.side} must not receive {message}")

    def invite(self, number, sdp=None, headers=(), from_user="+4940555", call_id=None, host=None):
        """Sends an INVITE and answers its Dialog (the caller's side)."""
        dialog = Dialog(self, call_id or token(self.mark), token(self.mark),
                        f"<sip:{from_user}@{self.host}>",
                        f"<sip:{number}@{host or self.sbc_host}>",
                        f"sip:{number}@{host or self.sbc_host}")
        dialog.request("INVITE", sdp, headers)
        return dialog

    def respond(self, request, status, reason="", sdp=None, headers=(), tag=None, contact=True):
        """Answers a request; the same answer is repeated whenever the request is. `tag` is our To
        tag (made up where the request carries none)."""
        to_value = request.header("to")
        if status > 100 and not request.tag("to"):
            to_value += f";tag={tag or token(self.mark)}"
        lines = [f"SIP/2.0 {status} {reason or 'Test'}"]
        lines += [f"Via: {v}" for v in request.all("via")]
        lines += [f"Record-Route: {v}" for v in request.all("record-route")]
        lines += [f"From: {request.header('from')}", f"To: {to_value}",
                  f"Call-ID: {request.call_id}", f"CSeq: {request.header('cseq')}"]
        if contact and request.method == "INVITE" and 100 < status < 300:
            lines.append(f"Contact: <{self.contact}>")
        data = finish(lines + list(headers), sdp)
        self._answers[(request.branch(), request.method)] = data
        self._send(data)
        return SipMessage(data)

    def accept(self, request, sdp, headers=(), tag=None):
        """Answers 200 with a body and answers the Dialog (the callee's side)."""
        tag = tag or token(self.mark)
        answer = self.respond(request, 200, "OK", sdp, headers, tag)
        return Dialog.of_callee(self, request, answer)
