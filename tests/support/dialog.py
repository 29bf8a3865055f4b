# SPDX-License-Identifier: BSD-2-Clause
"""One SIP dialog of a scripted user agent, either side of it (RFC 3261 section 12)."""
import random
import re

from tests.support.sipmsg import SipMessage, finish, token


class Dialog:
    """Holds what the next request needs: Call-ID, both ends with tags, target, route set, CSeq."""

    def __init__(self, agent, call_id, local_tag, local, remote, target):
        self.agent, self.call_id = agent, call_id
        self.local, self.remote = f"{local};tag={local_tag}", remote
        self.target, self.routes, self.cseq = target, [], random.randint(1, 1000)
        self.invite = None

    @classmethod
    def of_callee(cls, agent, request, answer):
        dialog = cls(agent, request.call_id, "unused", "", request.header("from"),
                     request.contact_uri())
        dialog.local = answer.header("to")
        dialog.routes = [v for v in request.all("record-route")]
        return dialog

    def take(self, answer):
        """Adopts the far end's tag, target and route set from a response; answers this dialog."""
        self.remote = answer.header("to")
        if answer.header("contact"):
            self.target = answer.contact_uri()
        if answer.method == "INVITE" and not self.routes:
            self.routes = list(reversed(answer.all("record-route")))
        return self

    def _lines(self, method, cseq, branch, headers):
        lines = [f"{method} {self.target} SIP/2.0",
                 f"Via: SIP/2.0/{self.agent.transport} {self.agent.host}:{self.agent.port};"
                 f"branch={branch};rport",
                 "Max-Forwards: 70"]
        lines += [f"Route: {route}" for route in self.routes]
        lines += [f"From: {self.local}", f"To: {self.remote}", f"Call-ID: {self.call_id}",
                  f"CSeq: {cseq} {method}"]
        if method in ("INVITE", "UPDATE"):
            lines.append(f"Contact: <{self.agent.contact}>")
        return lines + list(headers)

    def request(self, method, sdp=None, headers=()):
        """Sends a request within the dialog (or the one that makes it) and answers the message."""
        self.cseq += 1
        branch = "z9hG4bK" + token(self.agent.mark)
        data = finish(self._lines(method, self.cseq, branch, headers), sdp)
        message = SipMessage(data)
        if method == "INVITE":
            self.invite = message
            cseq, target = self.cseq, self.target
            lines = [f"ACK {target} SIP/2.0", f"Via: {message.header('via')}", "Max-Forwards: 70",
                     f"From: {self.local}", f"Call-ID: {self.call_id}", f"CSeq: {cseq} ACK"]
            lines += [f"Route: {route}" for route in self.routes]
            self.agent.on_failure_send(
                branch, lambda answer: finish(lines + [f"To: {answer.header('to')}"], None))
        self.agent.send_request(data, message)
        return message

    def ack(self, answer=None, sdp=None, headers=()):
        """ACKs a 2xx (13.2.2.4); with `answer`, the dialog of that very answer."""
        if answer is not None:
            self.take(answer)
        cseq = answer.cseq if answer is not None else self.cseq
        data = finish(self._lines("ACK", cseq, "z9hG4bK" + token(self.agent.mark), headers), sdp)
        self.agent.send_raw(data)

    def cancel(self, headers=()):
        """Cancels the INVITE (9.1): same branch, Request-URI and CSeq number."""
        invite = self.invite
        lines = [f"CANCEL {invite.uri} SIP/2.0", f"Via: {invite.header('via')}", "Max-Forwards: 70",
                 f"From: {invite.header('from')}", f"To: {invite.header('to')}",
                 f"Call-ID: {self.call_id}", f"CSeq: {invite.cseq} CANCEL", *headers]
        data = finish(lines, None)
        self.agent.send_request(data, SipMessage(data))

    def reinvite(self, sdp, headers=(), seconds=5.0):
        """A whole re-INVITE: request, 200, ACK. Answers the 200."""
        sent = self.request("INVITE", sdp, headers)
        answer = self.agent.expect(_final_of(sent), seconds)
        assert answer.status == 200, f"re-INVITE answered {answer}"
        self.ack(answer)
        return answer

    def bye(self, headers=(), seconds=5.0):
        """A whole BYE; answers the final response."""
        sent = self.request("BYE", None, headers)
        answer = self.agent.expect(_final_of(sent), seconds)
        assert answer.status == 200, f"BYE answered {answer}"
        return answer


def _final_of(request):
    def final_answer(message):
        return (message.is_response and message.status >= 200 and
                message.branch() == request.branch() and message.method == request.method)
    final_answer.__name__ = f"the final answer to {request.method}"
    return final_answer


def sdp(address, port, direction=None, version=1, payload_types=(8,), user="ua", extra=()):
    """A session description with one G.711 stream."""
    names = {0: "PCMU/8000", 8: "PCMA/8000", 101: "telephone-event/8000"}
    family = "IP6" if ":" in address else "IP4"
    lines = ["v=0", f"o={user} 4711 {version} IN {family} {address}", "s=-",
             f"c=IN {family} {address}", "t=0 0",
             f"m=audio {port} RTP/AVP {' '.join(str(p) for p in payload_types)}"]
    lines += [f"a=rtpmap:{p} {names[p]}" for p in payload_types if p in names]
    lines += [f"a={direction}"] if direction else []
    return "\r\n".join([*lines, "a=ptime:20", *extra, ""])


def origin(message):
    """(username, session id, version, address) of the o= line."""
    found = re.search(r"^o=(\S+) (\d+) (\d+) IN IP[46] (\S+)", message.text, re.M)
    return found.group(1), found.group(2), int(found.group(3)), found.group(4)
