// SPDX-License-Identifier: BSD-2-Clause
// Trunks that have to show whose their requests are (RFC 3261 section 22, RFC 7616, RFC 8760;
// threats 31 and 32).
#include <fmt/format.h>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

constexpr const char* kUsers = R"({"users":[{"username":"alice","password":"wonderland"},
    {"username":"bob","password":"builder"}],"auth_realm":"pbx.example"})";

class ChallengeTest : public FlowTest {
 protected:
    void SetUp() override { adjust({{"/trunks/0/challenge", kUsers}}); }

    // A request of its own: another branch and CSeq.
    std::string next_invite(const std::string& headers = {},
                            const std::string& call_id = "call-1") {
        return renumbered(with(invite({}, call_id), headers), ++cseq_);
    }
    std::vector<std::string_view> challenges_in(const sip::Message& refused) {
        return refused.values(HeaderId::WwwAuthenticate);
    }
    // The challenge that the last request got, answered.
    std::string answer(const sip::Message& refused, const std::string& user = "alice",
                       const std::string& password = "wonderland",
                       const std::string& method = "INVITE",
                       const std::string& uri = "sip:4930123@198.18.0.1") {
        auth::DigestClient client({user, password, "pbx.example"});
        auth::ChallengeCount count;
        const auto value = client.answer(challenges_in(refused), {method, uri, {}}, count);
        EXPECT_TRUE(value) << refused.bytes();
        return "Authorization: " + value.value_or("") + "\n";
    }
    sip::MessagePtr challenge() {
        from_pbx(next_invite());
        return last(to_pbx(), "401");
    }
    // The answer that this INVITE gets.
    sip::MessagePtr refused(const std::string& headers) {
        from_pbx(next_invite(headers));
        const auto sent = to_pbx();
        EXPECT_EQ(sent.size(), 1U);
        return sent.back();
    }
    void give_up() {
        b_says(*last(to_carrier(), "INVITE"), 486);
        a_acks(*last(to_pbx(), "486"), cseq_);
    }
    [[nodiscard]] const ChallengeCounters& counters() const { return core->challenges(); }

    int cseq_ = 0;
};

TEST_F(ChallengeTest, ACallIsChallengedWithoutAnyState) {
    const auto refused = challenge();
    const auto offered = challenges_in(*refused);
    ASSERT_EQ(offered.size(), 2U);
    EXPECT_NE(offered[0].find("algorithm=SHA-256"), std::string_view::npos) << "strongest first";
    EXPECT_NE(offered[1].find("algorithm=MD5"), std::string_view::npos);
    for (const auto one : offered) {
        EXPECT_NE(one.find("realm=\"pbx.example\""), std::string_view::npos);
        EXPECT_EQ(one.find("stale"), std::string_view::npos);
    }
    EXPECT_EQ(transactions->table_size(), 0U);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(counters().challenged, 1U);
    a_acks(*refused, cseq_);
    expect_nothing_left();
}

TEST_F(ChallengeTest, TheRightAnswerEntersAndGoesNoFurther) {
    for (const bool md5 : {false, true}) {
        if (md5) {
            adjust({{"/trunks/0/challenge",
                     R"({"users":[{"username":"alice","password":"wonderland"}],
                         "auth_realm":"pbx.example","algorithms":["md5"]})"},
                    {"/trunks/1/session", R"({"pass_challenges":true})"}});
        }
        const auto credentials = answer(*challenge());
        from_pbx(next_invite(credentials +
                             "Proxy-Authorization: Digest username=\"u\", realm=\"far\", "
                             "nonce=\"n\", uri=\"sip:x\", response=\"r\"\n"));
        const auto sent = last(to_carrier(), "INVITE");
        EXPECT_FALSE(sent->has(HeaderId::Authorization));
        EXPECT_FALSE(contains(*sent, "wonderland") || contains(*sent, "pbx.example"));
        EXPECT_EQ(sent->has(HeaderId::ProxyAuthorization), md5) << "that is another's";
        b_says(*sent, 486);
        a_acks(*last(to_pbx(), "486"), cseq_);
    }
    EXPECT_EQ(counters().accepted, 2U);
    expect_nothing_left();
}

// Threat 31: the same answer, whoever it claims to be.
TEST_F(ChallengeTest, AnUnknownUserIsAWrongPassword) {
    std::vector<std::string> answers;
    for (const char* const user : {"alice", "nobody"}) {
        const auto reply = refused(answer(*challenge(), user, "guess"));
        EXPECT_EQ(reply->status_code(), 403);
        EXPECT_FALSE(reply->has(HeaderId::WwwAuthenticate));
        std::string names;
        for (std::size_t i = 0; i < reply->header_count(); ++i) {
            names += std::string(reply->header_at(i).name) + " ";
        }
        answers.push_back(names);
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_EQ(counters().wrong, 2U);
    EXPECT_TRUE(to_carrier().empty());
    expect_nothing_left();
}

// Threat 32, RFC 7616 section 5.5.
TEST_F(ChallengeTest, CredentialsServeOnce) {
    const auto credentials = answer(*challenge());
    from_pbx(next_invite(credentials));
    give_up();
    const auto again = refused(credentials);
    EXPECT_EQ(again->status_code(), 401);
    for (const auto one : challenges_in(*again)) {
        EXPECT_NE(one.find("stale=true"), std::string_view::npos);
    }
    from_pbx(next_invite(answer(*again)));
    give_up();
    expect_nothing_left();
}

TEST_F(ChallengeTest, AnOldNonceIsStale) {
    const auto credentials = answer(*challenge());
    advance(301s);
    const auto again = refused(credentials);
    EXPECT_EQ(again->status_code(), 401);
    EXPECT_NE(challenges_in(*again).front().find("stale=true"), std::string_view::npos);
    EXPECT_EQ(counters().stale, 1U);
}

// A retransmission is of the transaction that the answer made; nothing is asked again.
TEST_F(ChallengeTest, ARetransmissionIsNotAReplay) {
    const auto text = next_invite(answer(*challenge()));
    from_pbx(text);
    from_pbx(text);
    EXPECT_EQ(count(to_pbx(), "401"), 0U);
    EXPECT_EQ(counters().stale, 0U);
    give_up();
    expect_nothing_left();
}

// Of another address of the trunk: what was overheard is of no use there.
TEST_F(ChallengeTest, ANonceIsForOneAddress) {
    adjust(
        {{"/trunks/0/challenge", kUsers}, {"/trunks/0/match", R"({"sources":["198.18.0.0/24"]})"}});
    const auto credentials = answer(*challenge());
    receive(next_invite(credentials), "core-v4", "198.18.0.1:5060", "198.18.0.77:5060");
    const auto reply = transport.sent.back().message;
    EXPECT_EQ(reply->status_code(), 401);
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(counters().stale, 1U);
}

// Threat 31: five wrong answers in 30 s, then 120 s of silence about what is right.
TEST_F(ChallengeTest, WhoGuessesIsNotLookedAt) {
    from_pbx(next_invite(answer(*challenge(), "bob", "builder")));
    give_up();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refused(answer(*challenge(), "alice", "guess"))->status_code(), 403);
    }
    EXPECT_EQ(counters().wrong, 5U);
    EXPECT_EQ(refused(answer(*challenge()))->status_code(), 403) << "right, but too late";
    EXPECT_EQ(counters().denied, 1U);
    // Who is known there goes on.
    from_pbx(next_invite(answer(*challenge(), "bob", "builder")));
    give_up();
    advance(121s);
    from_pbx(next_invite(answer(*challenge())));
    give_up();
    expect_nothing_left();
}

struct MethodCase {
    const char* name;
    const char* uri;
    bool challenged;
};

class ChallengedMethod : public ChallengeTest, public testing::WithParamInterface<MethodCase> {};

TEST_P(ChallengedMethod, OutsideOfCalls) {
    const auto& [method, uri, challenged] = GetParam();
    from_pbx(with_body(fmt::format("{0} {1} SIP/2.0\nVia: SIP/2.0/UDP "
                                   "198.18.0.2:5060;branch=z9hG4bK-1\nMax-Forwards: 70\n"
                                   "From: <sip:1001@pbx>;tag=a\nTo: <sip:1@198.18.0.1>\n"
                                   "Call-ID: c\nCSeq: 1 {0}\n",
                                   method, uri),
                       {}));
    const auto sent = to_pbx();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent.front()->status_code() == 401, challenged) << sent.front()->bytes();
}

INSTANTIATE_TEST_SUITE_P(
    Methods, ChallengedMethod,
    testing::Values(MethodCase{"MESSAGE", "sip:1@198.18.0.1", true},
                    MethodCase{"SUBSCRIBE", "sip:1@198.18.0.1", true},
                    MethodCase{"PUBLISH", "sip:1@198.18.0.1", true},
                    MethodCase{"REFER", "sip:1@198.18.0.1", true},
                    MethodCase{"REGISTER", "sip:198.18.0.1", true},
                    MethodCase{"OPTIONS", "sip:1@198.18.0.1", true},
                    MethodCase{"OPTIONS", "sip:198.18.0.1", false},  // a keep-alive
                    MethodCase{"CANCEL", "sip:1@198.18.0.1", false}),
    [](const auto& row) {
        return std::string(row.param.name) +
               (std::string_view(row.param.uri).find('@') == std::string_view::npos ? "Ping" : "");
    });

// Within its call the peer is known by tags and address; from elsewhere it shows who it is
// (design 8.7).
TEST_F(ChallengeTest, WithinACallOnlyFromElsewhere) {
    from_pbx(next_invite(answer(*challenge()) + kAllowUpdate));
    const auto invite_b = last(to_carrier(), "INVITE");
    b_says(*invite_b, 200, {.body = sdp("198.18.1.2", 6000), .headers = kAllowUpdate});
    const auto ok = last(to_pbx(), "200");
    (void)last(to_carrier(), "ACK");
    a_acks(*ok, cseq_);
    const auto bye = [&](int cseq, const std::string& headers) {
        receive(with(in_dialog("BYE", *ok, cseq), headers), "core-v4", "198.18.0.1:5060",
                "198.18.0.77:5060");
        const auto reply = transport.sent.back().message;
        return reply;
    };
    const auto asked = bye(50, {});
    ASSERT_EQ(asked->status_code(), 401);
    // A keep-alive is not asked outside of calls; within one it would move the leg.
    receive(in_dialog("OPTIONS", *ok, 50), "core-v4", "198.18.0.1:5060", "198.18.0.77:5060");
    EXPECT_EQ(transport.sent.back().message->status_code(), 401);
    EXPECT_EQ(bye(51, answer(*asked, "alice", "guess", "BYE", "sip:x@198.18.0.1"))->status_code(),
              403);
    EXPECT_EQ(calls->size(), 1U) << "the call lives";
    transport.sent.clear();
    const auto again = bye(52, {});
    (void)bye(53, answer(*again, "alice", "wonderland", "BYE", "sip:x@198.18.0.1"));
    b_says(*last(to_carrier(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ChallengeTest, OtherTrunksAreNotAsked) {
    from_carrier(
        with_body("INVITE sip:1@198.18.1.1 SIP/2.0\nVia: SIP/2.0/UDP "
                  "198.18.1.2:5060;branch=z9hG4bK-9\nMax-Forwards: 70\n"
                  "From: <sip:4930@c>;tag=c\nTo: <sip:1@198.18.1.1>\nCall-ID: c9\n"
                  "CSeq: 1 INVITE\nContact: <sip:c@198.18.1.2>\n",
                  sdp("198.18.1.2", 6000)));
    EXPECT_EQ(count(to_pbx(), "INVITE"), 1U);
}

}  // namespace
}  // namespace portcullis::b2bua
