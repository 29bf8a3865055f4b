#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of the peers against each other, without an appliance: where one of these fails, a scenario
that uses the peer says nothing about Portcullis. Needs root (network namespaces) and sofia_peer."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from tests.support import kamailio, stunnel  # noqa: E402
from tests.support.browser import Browser  # noqa: E402
from tests.support.capture import Capture  # noqa: E402
from tests.support.certs import Authority  # noqa: E402
from tests.support.lab import ADDRESS  # noqa: E402
from tests.support.linphone import Linphone  # noqa: E402
from tests.support.peer_checks import assert_one_dialog, options_of, requests, responses  # noqa: E402
from tests.support.peer_lab import PeerLab  # noqa: E402
from tests.support.sipp import Sipp  # noqa: E402
from tests.support.sofia_peer import SofiaPeer, talk_sdp  # noqa: E402

PBX, CARRIER = f"{ADDRESS['pbx']}:5060", f"{ADDRESS['carrier']}:5060"
BEHIND = f"{ADDRESS['carrier']}:5070"  # a peer on the carrier's side behind a Kamailio


class PeerTest(unittest.TestCase):
    """Each test has a wire of its own; `caller` is a Sofia-SIP on the PBX's side."""

    def setUp(self):
        self.lab = self.enterContext(PeerLab())
        self.capture = Capture(self.lab, "pbx")

    def caller(self, **options):
        return SofiaPeer(self.lab, "pbx", target=CARRIER, **options)

    def wire(self):
        return self.capture.stop().sip()

    def call(self, caller, callee, **options):
        """An answered call; both ends of it."""
        near = caller.invite("100", talk_sdp(caller, 31000), **options)
        far = callee.incoming()
        far.ring()
        near.expect(180)
        far.accept(talk_sdp(callee, 41000))
        near.expect(200)
        return near, far


class Sofia(PeerTest):
    def setUp(self):
        super().setUp()
        self.a = self.caller()
        self.b = SofiaPeer(self.lab, "carrier", target=PBX)

    def test_reliable_provisional_responses_and_update_before_the_answer(self):
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        far = self.b.incoming()
        far.ring()
        far.ring(talk_sdp(self.b, 41000), status=183, reliable=True)
        near.expect(183)
        far.expect("PRACK")
        near.expect(200, method="PRACK")
        near.update(talk_sdp(self.a, 31000, "sendonly", 2))
        far.expect("UPDATE")
        far.respond(200, talk_sdp(self.b, 41000, "recvonly", 2), method="UPDATE")
        near.expect(200, method="UPDATE")
        far.accept()
        near.expect(200, method="INVITE")
        far.bye()
        near.expect("BYE")
        messages = self.wire()
        assert_one_dialog(messages)
        ringing, progress = responses(messages, 180)[0], responses(messages, 183)[0]
        self.assertFalse(ringing.header("rseq"))
        self.assertIn("100rel", options_of(progress, "require"))
        prack = requests(messages, "PRACK")[0]
        self.assertEqual(prack.header("rack").split()[0], progress.header("rseq"))

    def test_offer_in_a_reliable_response_is_answered_in_prack(self):
        near = self.a.invite("100")
        far = self.b.incoming()
        far.ring(talk_sdp(self.b, 41000), status=183, reliable=True)
        self.assertTrue(near.expect(183).body)
        near.prack(talk_sdp(self.a, 31000))
        self.assertTrue(far.expect("PRACK").body)
        near.expect(200, method="PRACK")
        far.accept()
        near.expect(200, method="INVITE")
        near.bye()

    def test_manual_prack_leaves_the_response_repeating(self):
        near = self.a.invite("100", talk_sdp(self.a, 31000), manual=["PRACK"])
        far = self.b.incoming()
        far.ring(status=183, reliable=True)
        near.expect(183)
        far.expect_nothing("PRACK", 1.2)
        self.assertGreaterEqual(len(responses(self.wire(), 183)), 2)
        near.prack()
        far.expect("PRACK")

    def test_reinvite_late_offer_info_message_options(self):
        near, far = self.call(self.a, self.b)
        far.invite()
        near.expect("INVITE")
        near.respond(200, talk_sdp(self.a, 31000, None, 2))
        far.expect(200)
        far.ack(talk_sdp(self.b, 41000, None, 2))
        self.assertTrue(near.expect("ACK").body)
        for method in ("INFO", "MESSAGE", "OPTIONS"):
            near.request_of(method, body="x" if method != "OPTIONS" else None)
            far.expect(method)
            near.expect(200, method=method)
        outside = self.a.new_call()
        outside.request_of("MESSAGE", self.a.uri("100"), body="hello")
        self.assertEqual(self.b.incoming("MESSAGE").request.text, "hello")
        outside.expect(200, method="MESSAGE")
        near.bye()

    def test_session_timer_is_negotiated_and_422_is_obeyed(self):
        strict = SofiaPeer(self.lab, "carrier", port=5070, min_se=200)
        near = self.a.new_call()
        near.invite(f"sip:100@{BEHIND}", talk_sdp(self.a, 31000),
                    timer={"seconds": 100, "min_se": 90, "refresher": "local"})
        far = strict.incoming()
        far.accept(talk_sdp(strict, 41000))
        answer = near.expect(200)
        self.assertEqual(answer.header("session-expires").replace(" ", ""), "200;refresher=uac")
        refused = responses(self.wire(), 422)[0]
        self.assertEqual(refused.header("min-se"), "200")
        near.bye()

    def test_blind_transfer_with_progress(self):
        target = SofiaPeer(self.lab, "carrier", port=5080)
        near, far = self.call(self.a, self.b)
        near.refer(f"sip:200@{ADDRESS['carrier']}:5080", referred_by="<sip:a@pbx.example>")
        refer = far.expect("REFER")
        self.assertIn("sip:200@", refer.header("refer-to"))
        near.expect(202, method="REFER")
        third = self.b.new_call()
        third.invite(f"sip:200@{ADDRESS['carrier']}:5080", talk_sdp(self.b, 41000), referral=far)
        answering = target.incoming()
        answering.accept(talk_sdp(target, 42000))
        while True:
            notify = near.expect("NOTIFY")
            self.assertEqual(notify.header("event").split(";")[0], "refer")
            if "200" in notify.text:
                break
        near.bye()
        third.bye()

    def test_attended_transfer_names_the_dialog(self):
        near, far = self.call(self.a, self.b)
        other, far_other = self.call(self.a, self.b)
        near.refer(self.a.uri("100"), replaces=other)
        refer_to = far.expect("REFER").header("refer-to")
        self.assertIn("?replaces=", refer_to.lower())
        self.assertIn(far_other.request.call_id.split("@")[0], refer_to)
        replacing = self.b.new_call()
        replacing.invite(self.b.uri("100"), talk_sdp(self.b, 41000), replaces=far_other)
        offered = self.a.incoming()
        value = offered.request.header("replaces")
        self.assertIn(f"to-tag={other.answer.tag('from')}", value)
        self.assertIn(f"from-tag={other.answer.tag('to')}", value)
        offered.accept(talk_sdp(self.a, 31000))
        for call in (replacing, near, other):
            call.bye()

    def test_subscribe_notify_publish(self):
        near = self.a.new_call()
        near.request_of("SUBSCRIBE", self.a.uri("100"), event="presence", expires=60)
        far = self.b.incoming("SUBSCRIBE")
        near.expect(202, method="SUBSCRIBE")
        far.request_of("NOTIFY", event="presence", substate="active", body="<presence/>",
                       content_type="application/pidf+xml")
        while not (notify := near.expect("NOTIFY")).body:
            pass
        self.assertIn("active", notify.header("subscription-state"))
        publishing = self.a.new_call()
        publishing.request_of("PUBLISH", self.a.uri("100"), event="presence", body="<presence/>",
                              content_type="application/pidf+xml", expires=60)
        self.b.incoming("PUBLISH")

    def test_cancel_reject_and_redirect(self):
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        far = self.b.incoming()
        far.ring()
        near.expect(180)
        near.cancel()
        far.expect("CANCEL")
        near.expect(487)
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        self.b.incoming().respond(486)
        near.expect(486)
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        self.b.incoming().redirect("<sip:1@198.18.1.9>;q=0.7", "<sip:2@198.18.1.8>;q=0.5")
        contacts = near.expect(302).all("contact")
        self.assertEqual(len(",".join(contacts).split(",")), 2, contacts)

    def test_a_peer_that_expects_too_much_says_no(self):
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        with self.assertRaises(AssertionError):
            near.expect(180, seconds=0.3)
        with self.assertRaises(AssertionError):
            near.respond(200)
            near.expect(200, seconds=1)


class SofiaTls(PeerTest):
    def test_call_over_tls(self):
        authority = Authority(f"{self.lab.folder}/ca")
        folders = {s: authority.issue(s, addresses=[ADDRESS[s]]) for s in ADDRESS}
        a = SofiaPeer(self.lab, "pbx", certificates=folders["pbx"])
        b = SofiaPeer(self.lab, "carrier", certificates=folders["carrier"])
        near = a.new_call()
        near.invite(f"sip:100@{ADDRESS['carrier']}:5061;transport=tls", talk_sdp(a, 31000))
        far = b.incoming()
        self.assertIn("/TLS", far.request.header("via"))
        far.accept(talk_sdp(b, 41000))
        near.expect(200)
        near.bye()


class LinphonePhone(PeerTest):
    def test_reliable_early_media_timer_hold_and_hangup(self):
        a = self.caller()
        phone = Linphone(self.lab, "carrier", rel="required", early_media=True, timer=120,
                         refresher="uac", target=PBX)
        near = a.invite("linphone", talk_sdp(a, 31000))
        progress = near.expect(183)
        self.assertIn("100rel", options_of(progress, "require"))
        self.assertEqual(progress.media()[0], ADDRESS["carrier"])
        near.expect(200, method="PRACK")
        phone.expect("IncomingEarlyMedia")
        phone.answer()
        near.expect(200, method="INVITE")
        phone.expect("StreamsRunning")
        phone.terminate()
        near.expect("BYE")
        phone.expect("End")

        phone.call("555")
        far = a.incoming()
        self.assertIn("100rel", options_of(far.request, "supported"))
        self.assertTrue(far.request.header("session-expires").startswith("120"))
        far.ring(talk_sdp(a, 31000), status=183, reliable=True)
        far.expect("PRACK")
        far.accept()
        number = phone.expect("StreamsRunning")
        phone.pause()
        self.assertEqual(far.expect("INVITE").media()[2], "sendonly")
        far.accept(talk_sdp(a, 31000, "recvonly", 2))
        phone.expect("Paused")
        phone.resume(number)
        far.expect("INVITE")
        far.accept(talk_sdp(a, 31000, None, 3))
        phone.expect("StreamsRunning")
        far.bye()
        phone.expect("End")

    def test_sha256_digest_against_kamailio(self):
        for algorithm, offered in (("SHA-256", "SHA-256"), ("MD5", "MD5")):
            with self.subTest(algorithm):
                phone = Linphone(self.lab, "pbx", target=CARRIER,
                                 auth=("alice", "secret", "carrier.example", offered))
                server = kamailio.digest(self.lab, "carrier", BEHIND, "alice", "secret",
                                         algorithm=algorithm)
                behind = SofiaPeer(self.lab, "carrier", port=5070)
                phone.call("200")
                far = behind.incoming()
                far.accept(talk_sdp(behind, 41000))
                phone.expect("StreamsRunning")
                phone.terminate()
                far.expect("BYE")
                for process in (phone, behind, server):
                    process.stop()
        answered = [m for m in self.wire() if m.method == "INVITE" and m.header("proxy-authorization")]
        self.assertEqual([("SHA-256" in m.header("proxy-authorization")) for m in answered],
                         [True, False])


class KamailioServer(PeerTest):
    def setUp(self):
        super().setUp()
        self.a = self.caller()
        self.b = SofiaPeer(self.lab, "carrier", port=5070, target=CARRIER)

    def test_record_routing_proxy(self):
        kamailio.proxy(self.lab, "carrier", BEHIND, PBX)
        near, far = self.call(self.a, self.b)
        near.invite(None, talk_sdp(self.a, 31000, "sendonly", 2))
        far.expect("INVITE")
        far.accept(talk_sdp(self.b, 41000, "recvonly", 2))
        near.expect(200)
        far.bye()
        near.expect("BYE")
        messages = self.wire()
        assert_one_dialog(messages)
        again = requests(messages, "INVITE", ADDRESS["pbx"])[1]
        self.assertIn(ADDRESS["carrier"], again.header("route"))
        self.assertIn(":5070", again.uri)

    def test_digest_md5(self):
        kamailio.digest(self.lab, "carrier", BEHIND, "alice", "secret")
        near, _ = self.call(self.a, self.b, user="alice", password="secret")
        near.bye()
        wrong = self.a.invite("100", talk_sdp(self.a, 31000), user="alice", password="guess")
        wrong.expect(407)
        wrong.expect(407)
        self.b.expect_no_call(0.3)

    def test_register_with_digest(self):
        kamailio.digest(self.lab, "carrier", BEHIND, "alice", "secret")
        binding = self.a.new_call()
        binding.request_of("REGISTER", f"sip:alice@{CARRIER}", registrar=f"sip:{CARRIER}",
                           user="alice", password="secret", expires=120)
        binding.expect(200, method="REGISTER")
        back = self.b.new_call()
        back.invite(f"sip:alice@{CARRIER}", talk_sdp(self.b, 41000))
        self.a.incoming().respond(486)
        back.expect(486)

    def test_forker_returns_every_2xx(self):
        c = SofiaPeer(self.lab, "carrier", port=5080)
        kamailio.forker(self.lab, "carrier", [BEHIND, f"{ADDRESS['carrier']}:5080"])
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        one, two = self.b.incoming(), c.incoming()
        one.ring()
        two.ring()
        near.expect(180)
        near.expect(180)
        one.respond(200, talk_sdp(self.b, 41000))
        two.respond(200, talk_sdp(c, 42000))
        one.expect("ACK")
        two.expect("ACK")
        self.assertEqual(len({m.tag("to") for m in responses(self.wire(), 200, "INVITE")}), 2)

    def test_redirect(self):
        kamailio.redirect(self.lab, "carrier", ["sip:9@198.18.1.9:5060", "sip:8@198.18.1.8"])
        near = self.a.invite("100", talk_sdp(self.a, 31000))
        contacts = ",".join(near.expect(302).all("contact"))
        self.assertEqual([c.split(">")[0] for c in contacts.split("<")[1:]],
                         ["sip:9@198.18.1.9:5060", "sip:8@198.18.1.8"])


class BrowserPhone(PeerTest):
    def setUp(self):
        super().setUp()
        authority = Authority(f"{self.lab.folder}/ca")
        folder = authority.issue("carrier.example", addresses=[ADDRESS["carrier"]])
        self.certificate = f"{folder}/cert.pem"
        kamailio.websocket(self.lab, "carrier", BEHIND, tls={"folder": folder, "ca": authority.ca})

    def phone(self, side, user, scheme):
        secure = scheme == "wss"
        browser = Browser(self.lab, side, pin=self.certificate if secure else None)
        browser.register(f"{scheme}://{ADDRESS['carrier']}:{8443 if secure else 8080}",
                         f"sip:{user}@carrier.example")
        return browser

    def test_browser_and_udp_peer_call_each_other(self):
        behind = SofiaPeer(self.lab, "carrier", port=5070)
        alice = self.phone("pbx", "alice", "wss")
        alice.call("sip:555@carrier.example")
        far = behind.incoming()
        self.assertIn("UDP/TLS/RTP/SAVPF", far.request.text)
        far.ring()
        alice.expect("progress")
        far.respond(486)
        self.assertEqual(alice.expect("failed")["status"], 486)
        near = behind.new_call()
        near.invite(f"sip:alice@{CARRIER}", talk_sdp(behind, 41000))
        alice.expect("incoming")
        alice.hangup(486)
        near.expect(486)

    def test_two_browsers_talk_over_wss_and_ws(self):
        alice, bob = self.phone("pbx", "alice", "wss"), self.phone("carrier", "bob", "ws")
        alice.call("sip:bob@carrier.example")
        bob.expect("incoming")
        bob.answer()
        for browser in (alice, bob):
            browser.expect("confirmed", 15)
            self.assertGreater(browser.wait_media()["received"], 0)
        bob.hangup()
        alice.expect("ended")

    def test_unknown_certificate_is_refused(self):
        mallory = Browser(self.lab, "pbx")
        mallory.send("start", url=f"wss://{ADDRESS['carrier']}:8443",
                     uri="sip:m@carrier.example", register=True)
        self.assertTrue(mallory.expect("disconnected")["error"])


class Stunnel(PeerTest):
    def test_one_tls_connection_for_each_sipp_call(self):
        authority = Authority(f"{self.lab.folder}/ca")
        ours = authority.issue("pbx.example")
        theirs = authority.issue("carrier.example", addresses=[ADDRESS["carrier"]])
        server = stunnel.server(self.lab, "carrier", theirs, ca=authority.ca)
        client = stunnel.client(self.lab, "pbx", f"{ADDRESS['carrier']}:5061", ca=authority.ca,
                                certificate=ours)
        answering = Sipp(self.lab, "carrier", "uas_media", calls=20, transport="t1", via="TLS")
        Sipp(self.lab, "pbx", "uac_media", calls=20, rate=20, transport="tn", via="TLS", talk=0.1,
             target=f"{ADDRESS['pbx']}:15061", extra=("-max_socket", "50")).wait()
        answering.wait()
        self.assertEqual((client.handshakes(), server.handshakes()), (20, 20))
        self.assertEqual(client.failures() + server.failures(), [])

    def test_wrong_name_and_missing_certificate_are_refused(self):
        authority = Authority(f"{self.lab.folder}/ca")
        theirs = authority.issue("carrier.example", addresses=["198.18.1.77"])
        server = stunnel.server(self.lab, "carrier", theirs, ca=authority.ca)
        client = stunnel.client(self.lab, "pbx", f"{ADDRESS['carrier']}:5061", ca=authority.ca)
        Sipp(self.lab, "carrier", "uas_media", transport="t1")
        calling = Sipp(self.lab, "pbx", "uac_media", transport="t1", timeout=2,
                       target=f"{ADDRESS['pbx']}:15061")
        with self.assertRaises(AssertionError):
            calling.wait()
        self.assertEqual(server.handshakes(), 0)
        self.assertTrue(client.failures())


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("peer_selftest.py: needs root (network namespaces)")
    unittest.main()
