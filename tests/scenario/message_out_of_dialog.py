# SPDX-License-Identifier: BSD-2-Clause
"""Requests outside of calls by policy: MESSAGE, OPTIONS to a number, PUBLISH with its entity tags (RFC
3903), REFER and an unknown method pass from trunk to trunk with topology hidden where the trunk may send
them, and the far side's answer comes back as it is. Otherwise OPTIONS is answered here, an unknown method
501, the others 405 with Allow, and nothing crosses."""
from tests.support.calls import NUMBER
from tests.support.capture import Capture
from tests.support.dialog import Dialog
from tests.support.lab import ADDRESS, SBC, Lab
from tests.support.peer_checks import options_of
from tests.support.peer_pair import PeerPair, changed
from tests.support.sipmsg import token
from tests.support.ua import UserAgent

TIMEOUT = 400

BODY = "Grüße from pbx.example"
PLAIN = "Content-Type: text/plain"
# What the far side says, and what the sender is told: a request's own fate, never a dialog's (481) or
# loop's of the other side, nor a challenge that only the trunk's account could answer.
REFUSALS = ((404, 404), (486, 486), (488, 488), (489, 489), (500, 500), (603, 603), (302, 480),
            (401, 403), (407, 403), (481, 500), (482, 500))


def between_stacks():
    with Lab(changed(pbx={"pass_out_of_dialog": ["message", "publish"]})) as lab:
        pair = PeerPair(lab)
        sending = pair.pbx.new_call()
        sending.request_of("MESSAGE", pair.pbx.uri(NUMBER), body=BODY, headers=["Subject: hello"])
        received = pair.carrier.incoming("MESSAGE").request
        assert received.text == BODY and received.header("content-type") == "text/plain"
        assert NUMBER in received.uri and not received.all("contact"), "RFC 3428 5: no Contact"
        assert sending.expect_final("MESSAGE").status == 200

        publishing = pair.pbx.new_call()
        publishing.request_of("PUBLISH", pair.pbx.uri(NUMBER), event="presence", expires=60,
                              body="<presence/>", content_type="application/pidf+xml")
        received = pair.carrier.incoming("PUBLISH").request
        assert received.header("event") == "presence" and received.text == "<presence/>"
        assert publishing.expect_final("PUBLISH").status == 200
        assert_hidden(pair.wire("carrier"))
        lab.wait_idle(80)


class Asker:
    """The scripted ends: what one asks, as the other got it, and the answer to that."""

    def __init__(self, lab):
        self.pbx, self.carrier = UserAgent(lab, "pbx"), UserAgent(lab, "carrier")
        self.dialog = self.answer = None  # of the latest request

    def send(self, method, headers=(), body=None):
        agent = self.pbx
        self.dialog = Dialog(agent, token(), token(), f"<sip:+4940555@{agent.host}>",
                             f"<sip:{NUMBER}@{agent.sbc_host}>", f"sip:{NUMBER}@{agent.sbc_host}")
        self.dialog.request(method, body, headers)

    def final(self, method):
        return self.pbx.expect(lambda m: m.is_response and m.method == method and m.status >= 200,
                               call_id=self.dialog.call_id)

    def ask(self, method, status, headers=(), body=None, answer_headers=()):
        """(the request as the carrier got it, its answer as the PBX got it)."""
        self.send(method, headers, body)
        received = self.carrier.expect(method)
        self.answer = self.carrier.respond(received, status, headers=answer_headers)
        return received, self.final(method)


def options(asker):
    """RFC 3261 11: what the far side can do is asked of the far side; the answer's status is its own."""
    received, answer = asker.ask("OPTIONS", 200, ["Accept: application/sdp"],
                                 answer_headers=["Allow: INVITE, ACK, BYE, X-SECRET"])
    assert received.uri.startswith(f"sip:{NUMBER}@{ADDRESS['carrier']}"), received.uri
    assert received.header("from").startswith("<sip:+4940555@" + SBC["carrier"]), received.headers
    assert received.header("max-forwards") == "69" and received.header("accept"), received.headers
    assert answer.status == 200 and "invite" in options_of(answer, "allow"), answer.headers
    assert "x-secret" not in options_of(answer, "allow"), "the far side's Allow crossed"
    assert asker.ask("OPTIONS", 404)[1].status == 404


def unknown(asker):
    received, answer = asker.ask("FETCH", 299, [PLAIN, "X-Own: 1"], "x")
    assert (received.start, received.text) == (f"FETCH {received.uri} SIP/2.0", "x")
    assert received.header("cseq").endswith(" FETCH") and not received.all("x-own"), received.headers
    assert (answer.status, answer.method) == (299, "FETCH"), answer


def refer(asker):
    """RFC 3515: the referral and its NOTIFY have dialogs of their own on each side."""
    to = f"<sip:+4930777@{ADDRESS['pbx']}:5060;x=pbx>"
    pbx, carrier = asker.pbx, asker.carrier
    received, answer = asker.ask(
        "REFER", 202, [f"Refer-To: {to}", f"Contact: <{pbx.contact}>"],
        answer_headers=[f"Contact: <{carrier.contact}>", "Expires: 60"])
    assert received.header("refer-to") == f"<sip:+4930777@{SBC['carrier']}>", received.headers
    assert SBC["carrier"] in received.contact_uri(), received.header("contact")
    assert answer.status == 202 and SBC["pbx"] in answer.contact_uri(), answer.headers
    far = Dialog(carrier, received.call_id, token(), "", received.header("from"),
                 received.contact_uri())
    far.local = asker.answer.header("to")
    far.request("NOTIFY", "SIP/2.0 200 OK\r\n", [
        "Event: refer", "Subscription-State: terminated;reason=noresource",
        "Content-Type: message/sipfrag", f"Contact: <{carrier.contact}>"])
    notify = pbx.expect("NOTIFY")
    assert notify.call_id == asker.dialog.call_id and notify.tag("from") == answer.tag("to")
    assert notify.text == "SIP/2.0 200 OK\r\n" and notify.header("event") == "refer"
    pbx.respond(notify, 200, "OK")
    assert carrier.expect(lambda m: m.is_response and m.method == "NOTIFY").status == 200


def publish(asker):
    """RFC 3903 4: the entity tag comes back and is believed again; one that is too old is refused."""
    event = ["Event: presence", "Expires: 600"]
    received, answer = asker.ask(
        "PUBLISH", 200, [*event, "Content-Type: application/pidf+xml"], "<presence/>",
        ["SIP-ETag: dx200xyz", "Expires: 300"])
    assert not received.all("sip-if-match") and received.header("expires") == "600"
    assert answer.all("sip-etag") == ["dx200xyz"] and answer.header("expires") == "300"
    received, answer = asker.ask("PUBLISH", 412, [*event, "SIP-If-Match: dx200xyz"])
    assert received.all("sip-if-match") == ["dx200xyz"] and not received.body
    assert answer.status == 412
    answer = asker.ask("PUBLISH", 423, event, answer_headers=["Min-Expires: 900"])[1]
    assert (answer.status, answer.header("min-expires")) == (423, "900"), answer.headers


def refusals(asker):
    for said, told in REFUSALS:
        _, answer = asker.ask("MESSAGE", said, [PLAIN], "x", [
            "Retry-After: 7", f"Contact: <sip:{ADDRESS['carrier']}>",
            'WWW-Authenticate: Digest realm="carrier.example", nonce="1"'])
        assert answer.status == told, f"{said} came back as {answer}"
        assert answer.header("retry-after") == "7" and not answer.all("www-authenticate")
        assert not answer.all("contact"), "the far side's Contact crossed"


def passed():
    with Lab(changed(pbx={"pass_out_of_dialog": ["message", "options", "publish", "refer",
                                                 "unknown"]})) as lab:
        captures = {side: Capture(lab, side) for side in SBC}
        asker = Asker(lab)
        for part in (options, unknown, refer, publish, refusals):
            part(asker)
        assert_hidden(captures["carrier"].sip())
        inner = captures["pbx"].raw()
        for secret in (ADDRESS["carrier"], "carrier.example"):
            assert secret.encode() not in inner, f"{secret} crossed"
        lab.wait_idle(80)


def assert_hidden(messages):
    for message in messages:
        if message.source[0] == SBC["carrier"]:
            assert ADDRESS["pbx"].encode() not in message.raw, f"topology in {message}"


def refused():
    with Lab() as lab:
        outer = Capture(lab, "carrier")
        asker = Asker(lab)
        for method, status in (("MESSAGE", 405), ("SUBSCRIBE", 405), ("PUBLISH", 405), ("REFER", 405),
                               ("NOTIFY", 405), ("FETCH", 501), ("OPTIONS", 200)):
            asker.send(method, ["Event: presence", "Refer-To: <sip:+4930777@pbx.example>",
                                f"Contact: <{asker.pbx.contact}>", PLAIN], "x")
            answer = asker.final(method)
            assert answer.status == status, f"{method} answered {answer}"
            if status != 501:
                # What it lists is what the appliance knows; MESSAGE may still be one for calls.
                assert "invite" in options_of(answer, "allow"), answer.headers
        asker.carrier.expect_nothing(lambda m: True, 0.3)
        assert not outer.sip(), "something crossed"


def run():
    between_stacks()
    passed()
    refused()
