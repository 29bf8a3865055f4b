# SPDX-License-Identifier: BSD-2-Clause
"""A far end on libsofia-sip-ua (tests/peers/sofia_peer): a stack that is not ours, with PRACK, UPDATE,
session timers, REFER and Replaces. It does the protocol; the test says when and with which SDP."""
import collections
import json
import os
import queue
import subprocess
import threading
import time

from tests.support.dialog import sdp
from tests.support.lab import ADDRESS, ROOT, SBC
from tests.support.sipmsg import SipMessage
from tests.support.wait import Timeout


def program():
    """The built sofia_peer: of LAB_BUILD, or the newest of the usual build folders."""
    folders = [os.environ["LAB_BUILD"]] if os.environ.get("LAB_BUILD") else \
        [f"{ROOT}/build/{name}" for name in ("release", "dev")]
    found = [f"{f}/bin/sofia_peer" for f in folders if os.path.exists(f"{f}/bin/sofia_peer")]
    if not found:
        raise AssertionError(f"sofia_peer is not built in {' or '.join(folders)} "
                             "(ninja -C BUILD sofia_peer)")
    return max(found, key=os.path.getmtime)


class Event:
    """What the peer told: `kind` request, response, state, notice or error; `message` is the SIP
    message where there was one (a local time-out has none)."""

    def __init__(self, told):
        self.told = told
        self.kind, self.call, self.name = told["event"], told.get("call", ""), told.get("name", "")
        self.status, self.state = told.get("status"), told.get("state")
        self.message = SipMessage(told["text"].encode()) if told.get("text") else None

    def __str__(self):
        what = str(self.message) if self.message else \
            self.state or told_text(self.told)
        return f"{self.call or '-'}: {what}"


def told_text(told):
    return " ".join(str(told[k]) for k in ("name", "status", "phrase", "text", "command") if k in told)


class SofiaPeer:
    """One sofia_peer process on one side. `manual` names methods that only the test answers (an
    UPDATE or PRACK with an offer, and every INVITE, always wait for it). `target` is where calls go:
    the appliance unless told otherwise. `certificates`: a folder with agent.pem and cafile.pem, to
    listen for TLS on `port` + 1 too."""

    def __init__(self, lab, side, port=5060, address=None, manual=(), supported=None, allow=None,
                 min_se=None, certificates=None, target=None, namespace=None):
        self.lab, self.side, self.port = lab, side, port
        self.address = address or ADDRESS[side]
        self.target = target or f"{SBC[side]}:5060"
        self._names = 0
        self.agreed = {}  # call -> the SDP that answers its offers
        self._speaking = threading.Lock()
        self._calls = {}
        self._waiting = collections.deque()
        self._arrived = queue.Queue()
        command = [program(), "--url", f"sip:{self.address}:{port}"]
        for option, value in (("--supported", supported), ("--allow", allow), ("--min-se", min_se),
                              ("--manual", ",".join(manual))):
            if value:
                command += [option, str(value)]
        if certificates:
            command += ["--sips-url", f"sips:{self.address}:{port + 1}", "--certificates", certificates]
        self._log = open(f"{lab.folder}/sofia-{side}-{port}.log",  # pylint: disable=consider-using-with
                         "w", encoding="utf-8")
        errors = open(f"{lab.folder}/sofia-{side}-{port}.err", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(
            lab.command(namespace or side, *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors)
        errors.close()
        lab.on_exit(self.stop)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.expect(lambda e: e.kind == "ready", 10)

    def stop(self):
        """Ends the process; calls that are still up are ended first, for at most two seconds."""
        if self._process.poll() is None:
            try:
                self._process.stdin.close()
                self._process.wait(2)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self._process.kill()
                self._process.wait()
        self._reader.join(2)
        self._process.stdout.close()
        self._log.close()

    def _read(self):
        for line in self._process.stdout:
            if not self._log.closed:
                self._log.write(f"{time.time():.3f} < {line.decode('utf-8', 'replace')}")
            event = Event(json.loads(line))
            self._agree(event)
            self._arrived.put(event)
        self._arrived.put(Event({"event": "ended"}))

    def _agree(self, event):
        body, message = self.agreed.get(event.call), event.message
        if body is None or event.kind != "request":
            return
        if message.method == "INVITE" or (message.method == "UPDATE" and message.body):
            self.send("respond", event.call, status=200, sdp=body, method=message.method)

    def send(self, do, call, **parameters):
        """One command; parameters that are None are left out."""
        command = {"do": do, "call": call, **{k: v for k, v in parameters.items() if v is not None}}
        line = json.dumps(command)
        with self._speaking:
            if not self._log.closed:
                self._log.write(f"{time.time():.3f} > {line}\n")
                self._log.flush()
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def expect(self, matches, seconds=5.0, what=None):
        """The next event for which `matches` says yes; other events stay for later. A command that
        the peer refuses fails whoever is waiting."""
        deadline = time.monotonic() + seconds
        skipped = []
        while True:
            while self._waiting:
                event = self._waiting.popleft()
                if matches(event):
                    self._waiting.extendleft(reversed(skipped))
                    return event
                if event.kind in ("error", "ended"):
                    raise AssertionError(f"sofia_peer ({self.side}): {event.kind} "
                                         f"{told_text(event.told)}{self._errors()}")
                skipped.append(event)
            try:
                self._waiting.append(self._arrived.get(timeout=max(0, deadline - time.monotonic())))
            except queue.Empty:
                self._waiting.extend(skipped)
                seen = ", ".join(str(e) for e in self._waiting if e.kind != "state") or "nothing"
                raise Timeout(f"{self.side} expected {what or 'an event'} within {seconds:g} s; "
                              f"waiting: {seen}") from None

    def _errors(self):
        with open(f"{self.lab.folder}/sofia-{self.side}-{self.port}.err", "rb") as file:
            text = file.read().decode("utf-8", "replace").strip()
        return f"; {text}" if text else ""

    def uri(self, number):
        return f"sip:{number}@{self.target}"

    def new_call(self):
        """A call that has not said anything yet: for requests outside of a dialog too."""
        self._names += 1
        call = SofiaCall(self, f"out{self._names}")
        self._calls[call.name] = call
        return call

    def invite(self, number, body=None, **options):
        """Calls; see SofiaCall.invite."""
        call = self.new_call()
        call.invite(self.uri(number), body, **options)
        return call

    def incoming(self, method="INVITE", seconds=5.0):
        """The next request that begins something new; its call knows it as `request`."""
        event = self.expect(
            lambda e: e.kind == "request" and e.message.method == method
            and e.call not in self._calls, seconds, f"a new {method}")
        call = self._calls[event.call] = SofiaCall(self, event.call)
        call.request = event.message
        return call

    def expect_no_call(self, seconds, method="INVITE"):
        """Fails if such a request arrives within the time."""
        try:
            call = self.incoming(method, seconds)
        except Timeout:
            return
        raise AssertionError(f"{self.side} must not receive {call.request}")


class SofiaCall:
    """One call of the peer. `request` is the INVITE it came from, `answer` its last 2xx."""

    def __init__(self, peer, name):
        self.peer, self.name = peer, name
        self.request = self.answer = None

    def _send(self, do, **parameters):
        self.peer.send(do, self.name, **parameters)

    # --- waiting -------------------------------------------------------------------------------
    def expect(self, what, seconds=5.0, method=None):
        """A request (by method) or a response (by status, optionally to `method`) of this call."""
        def matches(event):
            if event.call != self.name or event.message is None:
                return False
            if isinstance(what, int):
                return event.kind == "response" and event.message.is_response and \
                    event.message.status == what and method in (None, event.message.method)
            return event.kind == "request" and event.message.method == what
        message = self.peer.expect(matches, seconds, f"{what} in {self.name}").message
        if message.is_response and message.method == "INVITE" and 200 <= message.status < 300:
            self.answer = message
        return message

    def expect_final(self, method, seconds=5.0):
        """The final answer to that request of ours, whatever it says; None: nobody answered."""
        def matches(event):
            if event.call != self.name or event.kind != "response":
                return False
            if event.message is None:
                return event.name.lower() == f"nua_r_{method.lower()}" and event.status >= 200
            return event.message.method == method and event.message.status >= 200
        return self.peer.expect(matches, seconds, f"a final answer to {method}").message

    def expect_state(self, state, seconds=5.0):
        """nua's word for the call: ready, terminated, …"""
        self.peer.expect(lambda e: e.call == self.name and e.kind == "state" and e.state == state,
                         seconds, f"state {state} of {self.name}")

    def expect_nothing(self, what, seconds):
        """Fails if that arrives within the time."""
        try:
            message = self.expect(what, seconds)
        except Timeout:
            return
        raise AssertionError(f"{self.peer.side} must not receive {message}")

    # --- speaking ------------------------------------------------------------------------------
    def invite(self, to=None, body=None, **options):
        """INVITE or re-INVITE. Options: headers, from_, user and password (answers a challenge),
        manual (ACK, PRACK: the test sends them), timer {seconds, refresher local|remote|any, min_se,
        update}, supported, replaces (a call of this peer), referral (the call whose REFER it obeys),
        route."""
        if "from_" in options:
            options["from"] = options.pop("from_")
        elif to is not None:
            options["from"] = f"<sip:+4940555@{self.peer.address}>"
        for name in ("replaces", "referral"):
            if options.get(name) is not None:
                options[name] = options[name].name
        self._send("invite", to=to, sdp=body, **options)

    def respond(self, status, body=None, method="INVITE", **options):
        """Answers a request. Options: reason, reliable, headers, contacts, timer."""
        self._send("respond", status=status, sdp=body, method=method, **options)

    def ring(self, body=None, status=180, reliable=False, **options):
        self.respond(status, body, reliable=reliable, **options)

    def accept(self, body=None, **options):
        """200 to the INVITE; answers the ACK."""
        self.respond(200, body, **options)
        return self.expect("ACK")

    def agree(self, body):
        """From now on every re-INVITE, and UPDATE with an offer, in this dialog is answered with this
        SDP at once (None: no longer); the test still sees the requests."""
        self.peer.agreed[self.name] = body

    def redirect(self, *contacts, status=302):
        self.respond(status, contacts=list(contacts))

    def reinvite(self, body=None, **options):
        """A whole re-INVITE that is accepted; the 200."""
        self.invite(None, body, **options)
        answer = self.expect(200, method="INVITE")
        return answer

    def update(self, body=None, **options):
        self._send("update", sdp=body, **options)

    def ack(self, body=None, **options):
        self._send("ack", sdp=body, **options)

    def prack(self, body=None, **options):
        """PRACK of the newest reliable response (`rack` says another)."""
        self._send("prack", sdp=body, **options)

    def cancel(self, **options):
        self._send("cancel", **options)

    def bye(self, seconds=5.0, **options):
        """BYE; answers the final response."""
        self._send("bye", **options)
        answer = self.expect_final("BYE", seconds)
        assert answer is not None and answer.status == 200, f"BYE answered {answer}"
        return answer

    def refer(self, refer_to, replaces=None, **options):
        """REFER in this call; with `replaces`, attended: the target is asked to replace that call."""
        self._send("refer", refer_to=refer_to, replaces=replaces.name if replaces else None, **options)

    def request_of(self, method, to=None, **options):
        """INFO, MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH, REGISTER inside this call's dialog, or
        outside of one with `to`. Options: body, content_type, headers, event, expires, substate,
        user, password, registrar."""
        do = method.lower()
        if to is not None and "from" not in options:
            options["from"] = f"<sip:+4940555@{self.peer.address}>"
        if do in ("info", "message", "options", "subscribe", "notify", "publish", "register",
                  "unsubscribe", "unregister"):
            self._send(do, to=to, **options)
        else:
            self._send("method", method=method, to=to, **options)


def talk_sdp(peer, port, direction=None, version=1, **options):
    """A description whose audio is at the peer's own address."""
    return sdp(peer.address, port, direction, version, user=f"sofia{peer.port}", **options)
