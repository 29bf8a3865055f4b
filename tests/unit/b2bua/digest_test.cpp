// SPDX-License-Identifier: BSD-2-Clause
// Challenges of a trunk: answered with our account there, and nowhere else; without one they are
// the caller's (RFC 3261 section 22, RFC 7616, design 8.12).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class DigestTest : public FlowTest {
 protected:
    void SetUp() override { take_account(); }

    void take_account() {
        drop_account();
        adjust({{"/trunks/1/authentication",
                 R"({"username":"sbc-user","password":"canary-password",
                     "auth_realm":"carrier.test"})"}});
    }
    void drop_account() { configure(kDocument); }

    static std::string challenge(int code, const std::string& nonce = "n1",
                                 const std::string& more = {},
                                 const std::string& realm = "carrier.test") {
        return std::string(code == 407 ? "Proxy-Authenticate" : "WWW-Authenticate") +
               ": Digest realm=\"" + realm + "\", nonce=\"" + nonce + "\", qop=\"auth\"" + more +
               "\n";
    }
    void challenges(const sip::Message& request, int code, const std::string& header) {
        b_says(request, code, {.headers = header});
    }
    // The credentials in a request of ours, with the Request-URI as their uri.
    static void expect_credentials(const sip::Message& request, int code,
                                   const std::string& nonce = "n1") {
        const auto id = code == 407 ? HeaderId::ProxyAuthorization : HeaderId::Authorization;
        const auto text = value(request, id);
        for (const auto& part : {std::string("username=\"sbc-user\""), "nonce=\"" + nonce + "\"",
                                 "uri=\"" + std::string(request.request_uri_text()) + "\""}) {
            EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << request.bytes();
        }
        EXPECT_EQ(request.bytes().find("canary-password"), std::string_view::npos);
    }
    sip::MessagePtr answered(const sip::Message& invite_b) {
        b_says(invite_b, 200, {.body = sdp("198.18.1.2", 6000), .headers = kAllowUpdate});
        const auto ok = last(to_pbx(), "200");
        (void)to_carrier();
        a_acks(*ok);
        return ok;
    }
};

TEST_F(DigestTest, AChallengeIsAnsweredOnce) {  // RFC 3261 section 22.2
    for (const int code : {401, 407}) {
        take_account();
        const auto first = call(kAllowUpdate);
        EXPECT_FALSE(first->has(HeaderId::Authorization));
        challenges(*first, code, challenge(code));
        const auto at_carrier = to_carrier();
        EXPECT_EQ(count(at_carrier, "ACK"), 1U);
        const auto second = last(at_carrier, "INVITE");
        expect_credentials(*second, code);
        EXPECT_EQ(value(*second, HeaderId::CallId), value(*first, HeaderId::CallId));
        EXPECT_EQ(second->essentials().from_tag, first->essentials().from_tag);
        EXPECT_EQ(second->essentials().cseq.number, 2U);
        EXPECT_NE(second->essentials().top_via.branch, first->essentials().top_via.branch);
        EXPECT_EQ(second->body(), first->body());
        const auto ok = answered(*second);
        end({nullptr, ok});
    }
}

TEST_F(DigestTest, ASecondChallengeIsARefusal) {
    const auto first = call();
    challenges(*first, 401, challenge(401));
    challenges(*last(to_carrier(), "INVITE"), 401, challenge(401, "n2"));
    const auto refused = last(to_pbx(), "403");
    EXPECT_FALSE(refused->has(HeaderId::WwwAuthenticate));
    EXPECT_EQ(count(to_carrier(), "INVITE"), 0U);
    a_acks(*refused);
    expect_nothing_left();
}

TEST_F(DigestTest, AStaleNonceIsReplacedOnce) {  // RFC 7616 section 3.3
    challenges(*call(), 407, challenge(407));
    challenges(*last(to_carrier(), "INVITE"), 407, challenge(407, "n2", ", stale=true"));
    const auto third = last(to_carrier(), "INVITE");
    expect_credentials(*third, 407, "n2");
    EXPECT_EQ(third->essentials().cseq.number, 3U);
    challenges(*third, 407, challenge(407, "n3", ", stale=true"));
    a_acks(*last(to_pbx(), "403"));
    EXPECT_EQ(count(to_carrier(), "INVITE"), 0U);
    expect_nothing_left();
}

TEST_F(DigestTest, AnotherRealmGetsNothing) {  // design 8.12
    challenges(*call(), 401, challenge(401, "n1", "", "elsewhere.test"));
    EXPECT_EQ(count(to_carrier(), "INVITE"), 0U);
    const auto refused = last(to_pbx(), "403");
    EXPECT_FALSE(refused->has(HeaderId::WwwAuthenticate));
    a_acks(*refused);
    expect_nothing_left();
}

TEST_F(DigestTest, TheNextCallNeedsNoChallenge) {  // RFC 7616 section 3.3
    challenges(*call(), 401, challenge(401));
    b_says(*last(to_carrier(), "INVITE"), 486);
    a_acks(*last(to_pbx(), "486"));
    from_pbx(invite({}, "call-2"));
    const auto ahead = last(to_carrier(), "INVITE");
    expect_credentials(*ahead, 401);
    EXPECT_NE(value(*ahead, HeaderId::Authorization).find("nc=00000002"), std::string::npos);
    b_says(*ahead, 486);
    from_pbx(
        with_body("ACK sip:x@198.18.0.1 SIP/2.0\nVia: SIP/2.0/UDP "
                  "198.18.0.2:5060;branch=z9hG4bK-call-2\nFrom: <sip:1001@canary.pbx>"
                  ";tag=pbx-tag\nTo: <sip:4930123@198.18.0.1>;tag=x\nCall-ID: call-2\n"
                  "CSeq: 1 ACK\n",
                  {}));
    expect_nothing_left();
}

TEST_F(DigestTest, AfterATryingTheSilentGatewayIsStillLeft) {
    const auto first = call();
    b_says(*first, 100);
    challenges(*first, 407, challenge(407));
    (void)last(to_carrier(), "INVITE");
    advance(7s);  // attempt_timeout_s counts for the repeated INVITE as well
    const auto second = last(take("198.18.1.3:5060"), "INVITE");
    b_says(*second, 486, Says(), "198.18.1.3:5060");
    a_acks(*last(to_pbx(), "486"));
    expect_nothing_left();
}

struct WithinCase {
    const char* method;
    int code;
};
class DigestWithinTest : public DigestTest, public testing::WithParamInterface<WithinCase> {};

TEST_P(DigestWithinTest, RequestsWithinTheCallAreAnsweredToo) {  // RFC 3261 section 22.3
    const auto& row = GetParam();
    const std::string method = row.method;
    const auto made = establish_with(kAllowUpdate, kAllowUpdate);
    const bool offers = method != "INFO";
    a_asks(method, *made.ok_a, 2, offers ? sdp("198.18.0.2", 4000, "a=sendonly\n") : "");
    const auto first = last(to_carrier(), method);
    EXPECT_FALSE(first->has(HeaderId::Authorization));
    challenges(*first, row.code, challenge(row.code));
    const auto second = last(to_carrier(), method);
    expect_credentials(*second, row.code);
    EXPECT_EQ(second->essentials().cseq.number, first->essentials().cseq.number + 1);
    EXPECT_EQ(second->body(), first->body());
    b_says(*second, 200, {.body = offers ? sdp("198.18.1.2", 6000, "a=recvonly\n") : ""});
    const auto ok = last(to_pbx(), "200");
    if (method == "INVITE") a_acks(*ok, 2);
    (void)to_carrier();
    // The nonce is known now: the BYE goes with credentials at once.
    from_pbx(in_dialog("BYE", *made.ok_a, 3));
    const auto bye = last(to_carrier(), "BYE");
    expect_credentials(*bye, row.code);
    b_says(*bye, 200);
    expect_nothing_left();
}

TEST_P(DigestWithinTest, RejectedTheyFailWithoutHarm) {
    const auto& row = GetParam();
    const std::string method = row.method;
    const auto made = establish_with(kAllowUpdate, kAllowUpdate);
    a_asks(method, *made.ok_a, 2, method != "INFO" ? sdp("198.18.0.2", 4000) : "");
    challenges(*last(to_carrier(), method), row.code, challenge(row.code));
    challenges(*last(to_carrier(), method), row.code, challenge(row.code, "n2"));
    const auto refused = last(to_pbx(), "403");
    EXPECT_FALSE(refused->has(HeaderId::WwwAuthenticate));
    if (method == "INVITE") a_acks(*refused, 2);
    (void)to_carrier();
    EXPECT_EQ(calls->size(), 1U);
    end(made);
}

INSTANTIATE_TEST_SUITE_P(Methods, DigestWithinTest,
                         testing::Values(WithinCase{"INVITE", 401}, WithinCase{"INVITE", 407},
                                         WithinCase{"UPDATE", 401}, WithinCase{"INFO", 407}));

TEST_F(DigestTest, AChallengedByeIsSentAgain) {  // RFC 3261 section 22.3
    const auto made = establish_with(kAllowUpdate, kAllowUpdate);
    from_pbx(in_dialog("BYE", *made.ok_a, 2));
    const auto first = last(to_carrier(), "BYE");
    challenges(*first, 401, challenge(401));
    const auto second = last(to_carrier(), "BYE");
    expect_credentials(*second, 401);
    EXPECT_EQ(second->essentials().cseq.number, first->essentials().cseq.number + 1);
    EXPECT_NE(second->essentials().top_via.branch, first->essentials().top_via.branch);
    EXPECT_EQ(second->essentials().to_tag, first->essentials().to_tag);
    EXPECT_EQ(second->essentials().via_count, 1U);
    challenges(*second, 401, challenge(401, "n2"));
    EXPECT_TRUE(to_carrier().empty());
    expect_nothing_left();
    EXPECT_EQ(calls->errands().size(), 0U);
}

TEST_F(DigestTest, AChallengedPrackIsSentAgain) {  // RFC 3262 section 6: like any request
    const auto invite_b = call(kAllowUpdate);
    b_says(*invite_b, 183,
           {.body = sdp("198.18.1.2", 6000), .headers = "Require: 100rel\nRSeq: 5\n"});
    const auto first = last(to_carrier(), "PRACK");
    challenges(*first, 407, challenge(407));
    const auto second = last(to_carrier(), "PRACK");
    expect_credentials(*second, 407);
    EXPECT_EQ(value(*second, HeaderId::RAck), "5 1 INVITE");
    EXPECT_EQ(second->essentials().cseq.number, first->essentials().cseq.number + 1);
    b_says(*second, 200);
    b_says(*invite_b, 200);
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    (void)to_carrier();
    from_pbx(in_dialog("BYE", *ok, 3));
    // The dialog counts on from what the PRACKs used.
    EXPECT_EQ(last(to_carrier(), "BYE")->essentials().cseq.number,
              second->essentials().cseq.number + 1);
    expect_nothing_left();
}

TEST_F(DigestTest, TheAccessSideIsNeverAnswered) {  // design 8.12
    const auto made = establish_with(kAllowUpdate, kAllowUpdate);
    b_asks("INVITE", *made.invite_b, 1, sdp("198.18.1.2", 6000, "a=sendonly\n"));
    const auto offer = last(to_pbx(), "INVITE");
    a_says(*offer, 401, {.headers = challenge(401)});
    EXPECT_EQ(count(to_pbx(), "INVITE"), 0U);
    const auto refused = last(to_carrier(), "403");
    EXPECT_FALSE(refused->has(HeaderId::WwwAuthenticate));
    from_carrier(in_dialog("ACK", *made.invite_b, 1, {}, true));
    end(made);
}

TEST_F(DigestTest, WithoutAnAccountNobodysCredentialsCross) {
    drop_account();
    const auto first = call(
        "Authorization: Digest username=\"1001\", realm=\"carrier.test\", nonce=\"x\", "
        "uri=\"sip:a\", response=\"00\"\n");
    EXPECT_FALSE(first->has(HeaderId::Authorization));
    challenges(*first, 401, challenge(401));
    const auto refused = last(to_pbx(), "403");
    EXPECT_FALSE(refused->has(HeaderId::WwwAuthenticate));
    a_acks(*refused);
    (void)to_carrier();
    expect_nothing_left();
}

TEST_F(DigestTest, WithoutAnAccountAChallengeMayBeTheCallers) {  // design 8.12
    drop_account();
    adjust({{"/trunks/1/session", R"({"pass_challenges":true})"}});
    for (const int code : {401, 407}) {
        const auto id = code == 407 ? HeaderId::ProxyAuthorization : HeaderId::Authorization;
        const auto first = call();
        challenges(*first, code, challenge(code));
        const auto refused = last(to_pbx(), std::to_string(code));
        EXPECT_TRUE(contains(*refused, "realm=\"carrier.test\", nonce=\"n1\""));
        a_acks(*refused);
        (void)to_carrier();
        const std::string credentials =
            std::string(sip::name(id)) +
            ": Digest username=\"1001\", realm=\"carrier.test\", "
            "nonce=\"n1\", uri=\"sip:4930123@198.18.0.1\", response=\"00\"\n";
        from_pbx(renumbered(invite(credentials), 2));
        const auto second = last(to_carrier(), "INVITE");
        EXPECT_TRUE(contains(*second, "username=\"1001\""));
        b_says(*second, 200, {.body = sdp("198.18.1.2", 6000)});
        const auto ok = last(to_pbx(), "200");
        (void)to_carrier();
        a_acks(*ok, 2);
        // And so within the call.
        a_asks("INVITE", *ok, 3, sdp("198.18.0.2", 4000, "a=sendonly\n"));
        challenges(*last(to_carrier(), "INVITE"), code, challenge(code, "n2"));
        const auto again = last(to_pbx(), std::to_string(code));
        EXPECT_TRUE(contains(*again, "nonce=\"n2\""));
        a_acks(*again, 3);
        (void)to_carrier();
        a_asks("INFO", *ok, 4, {}, credentials);
        const auto info = last(to_carrier(), "INFO");
        EXPECT_TRUE(contains(*info, "username=\"1001\""));
        b_says(*info, 200);
        (void)to_pbx();
        from_pbx(with(in_dialog("BYE", *ok, 5), credentials));
        const auto bye = last(to_carrier(), "BYE");
        EXPECT_TRUE(contains(*bye, "username=\"1001\""));
        b_says(*bye, 200);
        expect_nothing_left();
    }
}

TEST_F(DigestTest, WithAnAccountTheCallersCredentialsStayHere) {  // design 8.12
    const auto invite_b = call(
        "Authorization: Digest username=\"1001\", realm=\"r\", nonce=\"x\", "
        "uri=\"sip:a\", response=\"00\"\n");
    EXPECT_FALSE(invite_b->has(HeaderId::Authorization));
    b_says(*invite_b, 486);
    a_acks(*last(to_pbx(), "486"));
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
