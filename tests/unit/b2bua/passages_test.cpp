// SPDX-License-Identifier: BSD-2-Clause
// Requests outside of calls, passed from trunk to trunk (RFC 3428, RFC 6665).
#include <fmt/format.h>

#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;

class PassagesTest : public Harness {
 protected:
    PassagesTest() {
        std::string document = kDocument;
        const std::string pass = R"("session":{"pass_out_of_dialog":["message","subscribe",)"
                                 R"("notify","publish","options","unknown"]},)";
        for (const char* trunk : {R"({"name":"pbx",)", R"({"name":"carrier",)"}) {
            const std::string text(trunk);
            document.insert(document.find(text) + text.size(), pass);
        }
        configure(document);
    }
    static std::string request(const std::string& method, const std::string& extra = {},
                               const std::string& body = {}) {
        return fmt::format(
            "{0} sip:4930123@198.18.0.1 SIP/2.0\n"
            "Via: SIP/2.0/UDP 198.18.0.2:5060;branch=z9hG4bK-{0}\nMax-Forwards: 70\n"
            "From: \"Alice\" <sip:1001@canary.pbx>;tag=pbx-tag\nTo: <sip:4930123@198.18.0.1>\n"
            "Call-ID: passage-1\nCSeq: 1 {0}\nContact: <sip:1001@198.18.0.2:5060>\n"
            "User-Agent: canary-agent\n{1}Content-Length: {2}\n\n{3}",
            method, extra, body.size(), body);
    }
    // A NOTIFY of the carrier in the dialog that our SUBSCRIBE makes.
    static std::string notify(const sip::Message& subscribe, int cseq, const std::string& state) {
        auto text = in_dialog("NOTIFY", subscribe, cseq, {}, true);
        return text.insert(text.find("Content-Length"),
                           "Contact: <sip:b@198.18.1.2:5060>\nEvent: message-summary\n"
                           "Subscription-State: " +
                               state + "\n");
    }
    static std::string accepted(const sip::Message& subscribe) {
        auto text = respond(subscribe, 200, "b-tag", "sip:b@198.18.1.2:5060");
        return text.insert(text.find("Content-Length"), "Expires: 600\n");
    }
    void expect_none_left() {
        EXPECT_EQ(core->passages().size(), 0U);
        expect_nothing_left();
    }
};

TEST_F(PassagesTest, AMessageCrossesAndItsAnswerReturns) {
    from_pbx(request("MESSAGE", "Content-Type: text/plain\n", "hello"));
    const auto out = last(to_carrier(), "MESSAGE");
    EXPECT_EQ(out->request_uri_text(), "sip:4930123@198.18.1.2:5060");
    EXPECT_EQ(out->body(), "hello");
    EXPECT_EQ(out->header(sip::HeaderId::ContentType), "text/plain");
    EXPECT_EQ(out->essentials().max_forwards, 69U);
    EXPECT_FALSE(out->has(sip::HeaderId::Contact));  // RFC 3428 section 4
    for (const auto* secret : {"canary", "198.18.0.", "passage-1", "pbx-tag"}) {
        EXPECT_EQ(out->bytes().find(secret), std::string_view::npos) << out->bytes();
    }
    from_carrier(respond(*out, 202, "b-tag", ""));
    (void)last(to_pbx(), "202");
    expect_none_left();
}

struct FailedPassage {
    int code;
    const char* told;
    bool second;  // goes to the second gateway first
};
class FailedPassageTest : public PassagesTest, public testing::WithParamInterface<FailedPassage> {};

TEST_P(FailedPassageTest, FailsOverOrIsTold) {
    from_pbx(request("MESSAGE"));
    from_carrier(respond(*last(to_carrier(), "MESSAGE"), GetParam().code, "b-tag", ""));
    const auto second = take("198.18.1.3:5060");
    EXPECT_EQ(second.size(), GetParam().second ? 1U : 0U);
    if (GetParam().second) {
        from_carrier(respond(*last(second, "MESSAGE"), 404, "b-tag", ""), "198.18.1.3:5060");
    }
    (void)last(to_pbx(), GetParam().told);
    expect_none_left();
}

INSTANTIATE_TEST_SUITE_P(Codes, FailedPassageTest,
                         testing::Values(FailedPassage{404, "404", false},
                                         FailedPassage{503, "404", true},
                                         FailedPassage{302, "480", false},
                                         FailedPassage{401, "403", false}));

TEST_F(PassagesTest, ASilentGatewayIsPassedOver) {
    from_pbx(request("MESSAGE"));
    (void)to_carrier();
    advance(6s);
    from_carrier(respond(*last(take("198.18.1.3:5060"), "MESSAGE"), 200, "b-tag", ""),
                 "198.18.1.3:5060");
    (void)last(to_pbx(), "200");
    expect_none_left();
}

TEST_F(PassagesTest, NoAnswerAtAllIs408) {
    from_pbx(request("MESSAGE"));
    advance(45s);
    (void)last(to_pbx(), "408");
    expect_none_left();
}

// One gateway of the carrier is known to be as `first` says; both are watched.
std::shared_ptr<const trunk::TrunkStates> carrier_with(trunk::Health first, trunk::Health second) {
    const auto gateway = [](const char* name, const char* remote, trunk::Health health) {
        return trunk::GatewayState{
            .name = name,
            .monitored = true,
            .addresses = {{.remote = *Endpoint::parse(remote), .health = health}}};
    };
    trunk::TrunkState carrier{
        .name = "carrier",
        .gateways = {gateway("sip:198.18.1.2:5060;transport=udp", "198.18.1.2:5060", first),
                     gateway("sip:198.18.1.3:5060;transport=udp", "198.18.1.3:5060", second)}};
    return std::make_shared<const trunk::TrunkStates>(std::vector{std::move(carrier)});
}

TEST_F(PassagesTest, AGatewayThatIsDownIsLeftOut) {
    using trunk::Health;
    trunks.update(carrier_with(Health::Down, Health::Up));
    from_pbx(request("MESSAGE"));
    EXPECT_TRUE(to_carrier().empty());
    from_carrier(respond(*last(take("198.18.1.3:5060"), "MESSAGE"), 200, "b-tag", ""),
                 "198.18.1.3:5060");
    (void)last(to_pbx(), "200");
    trunks.update(carrier_with(Health::Down, Health::Down));
    auto again = request("MESSAGE");
    again.replace(again.find("branch=z9hG4bK"), 14, "branch=z9hG4bK-2");
    again.replace(again.find("passage-1"), 9, "passage-2");
    from_pbx(again);
    (void)last(to_pbx(), "503");
    EXPECT_TRUE(reports.empty()) << "that they are up or down was known";
    expect_none_left();
}

// What a MESSAGE sees of a gateway counts for the routes of calls too.
TEST_F(PassagesTest, ASilentGatewayIsReported) {
    using trunk::Health;
    trunks.update(carrier_with(Health::Up, Health::Up));
    from_pbx(request("MESSAGE"));
    advance(6s);
    from_carrier(respond(*last(take("198.18.1.3:5060"), "MESSAGE"), 200, "b-tag", ""),
                 "198.18.1.3:5060");
    (void)last(to_pbx(), "200");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports.front().remote.text(), "198.18.1.2:5060");
    EXPECT_EQ(reports.front().sighting, trunk::Sighting::Silent);
}

// Design 8.12: who may answer the far side's challenge, and with what.
TEST_F(PassagesTest, AChallengeCrossesWherePolicyTrustsTheSenderWithIt) {
    std::string document = kDocument;
    for (const auto& [trunk, session] :
         {std::pair{R"({"name":"pbx",)", R"({"pass_out_of_dialog":["message"]})"},
          std::pair{R"({"name":"carrier",)", R"({"pass_challenges":true})"}}) {
        const std::string text(trunk);
        document.insert(document.find(text) + text.size(),
                        std::string(R"("session":)") + session + ",");
    }
    configure(document);
    from_pbx(request("MESSAGE"));
    auto challenge = respond(*last(to_carrier(), "MESSAGE"), 407, "b-tag", "");
    challenge.insert(challenge.find("Content-Length"),
                     "Proxy-Authenticate: Digest realm=\"far\", nonce=\"n\"\n");
    from_carrier(challenge);
    const auto told = last(to_pbx(), "407");
    EXPECT_EQ(told->header(sip::HeaderId::ProxyAuthenticate), "Digest realm=\"far\", nonce=\"n\"");
    auto again = request("MESSAGE",
                         "Proxy-Authorization: Digest username=\"u\", realm=\"far\", "
                         "nonce=\"n\", uri=\"sip:x\", response=\"r\"\n");
    again.replace(again.find("branch=z9hG4bK"), 14, "branch=z9hG4bK-2");
    again.replace(again.find("passage-1"), 9, "passage-2");
    from_pbx(again);
    const auto answered = last(to_carrier(), "MESSAGE");
    EXPECT_TRUE(answered->has(sip::HeaderId::ProxyAuthorization));
    from_carrier(respond(*answered, 200, "b-tag", ""));
    (void)last(to_pbx(), "200");
    expect_none_left();
}

TEST_F(PassagesTest, ASubscriptionLivesUntilItEnds) {
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    const auto out = last(to_carrier(), "SUBSCRIBE");
    EXPECT_EQ(out->header(sip::HeaderId::Event), "message-summary");
    EXPECT_EQ(out->header(sip::HeaderId::Expires), "600");
    from_carrier(accepted(*out));
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->header(sip::HeaderId::Expires), "600");
    EXPECT_FALSE(ok->essentials().to_tag.empty());
    from_carrier(notify(*out, 1, "active;expires=599"));
    const auto told = last(to_pbx(), "NOTIFY");
    EXPECT_EQ(told->request_uri_text(), "sip:1001@198.18.0.2:5060");
    EXPECT_EQ(told->header(sip::HeaderId::SubscriptionState), "active;expires=599");
    EXPECT_EQ(told->bytes().find("198.18.1."), std::string_view::npos);
    from_pbx(respond(*told, 200, "", ""));
    (void)last(to_carrier(), "200");
    // Refreshed in its dialog.
    auto refresh = in_dialog("SUBSCRIBE", *ok, 2);
    refresh.insert(refresh.find("Content-Length"),
                   "Contact: <sip:1001@198.18.0.2:5060>\nEvent: message-summary\nExpires: 600\n");
    from_pbx(refresh);
    const auto again = last(to_carrier(), "SUBSCRIBE");
    EXPECT_EQ(again->essentials().call_id, out->essentials().call_id);
    EXPECT_EQ(again->essentials().cseq.number, 2U);
    from_carrier(accepted(*again));
    (void)last(to_pbx(), "200");
    EXPECT_EQ(core->passages().size(), 1U);
    from_carrier(notify(*out, 2, "terminated;reason=timeout"));
    from_pbx(respond(*last(to_pbx(), "NOTIFY"), 200, "", ""));
    (void)last(to_carrier(), "200");
    expect_none_left();
}

TEST_F(PassagesTest, WhatHasNoPlaceInASubscriptionIsToldWhatHas) {  // RFC 3261 section 21.4.6
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    from_carrier(accepted(*last(to_carrier(), "SUBSCRIBE")));
    const auto ok = last(to_pbx(), "200");
    from_pbx(in_dialog("INFO", *ok, 2));
    EXPECT_EQ(last(to_pbx(), "405")->header(sip::HeaderId::Allow), "NOTIFY, SUBSCRIBE");
    EXPECT_TRUE(to_carrier().empty());
    advance(640s);
    expect_none_left();
}

TEST_F(PassagesTest, ASubscriptionThatIsNotRefreshedIsForgotten) {
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    from_carrier(accepted(*last(to_carrier(), "SUBSCRIBE")));
    advance(640s);
    expect_none_left();
}

TEST_F(PassagesTest, ANotifyThatOvertakesTheAnswerWaitsForIt) {  // RFC 6665 4.1.2.4
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    const auto out = last(to_carrier(), "SUBSCRIBE");
    from_carrier(notify(*out, 1, "active"));
    EXPECT_TRUE(to_carrier().empty());
    from_carrier(accepted(*out));
    const auto at_pbx = to_pbx();
    (void)last(at_pbx, "200");
    from_pbx(respond(*last(at_pbx, "NOTIFY"), 481, "", ""));
    (void)last(to_carrier(), "481");
    expect_none_left();
}

TEST_F(PassagesTest, ANotifyOfASubscriptionThatFailedGets481) {
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    const auto out = last(to_carrier(), "SUBSCRIBE");
    from_carrier(notify(*out, 1, "active"));
    from_carrier(respond(*out, 403, "b-tag", ""));
    (void)last(to_pbx(), "403");
    (void)last(to_carrier(), "481");
    expect_none_left();
}

TEST_F(PassagesTest, OnlyTheTagsOfTheDialogGetIn) {
    from_pbx(request("SUBSCRIBE", "Event: message-summary\nExpires: 600\n"));
    const auto out = last(to_carrier(), "SUBSCRIBE");
    from_carrier(accepted(*out));
    (void)to_pbx();
    auto foreign = notify(*out, 1, "active");
    from_carrier(foreign.replace(foreign.find("b-tag"), 5, "x-tag"));
    (void)last(to_carrier(), "481");
    // Right tags from an address of nobody's (design 8.7).
    receive(notify(*out, 1, "active"), "peer-v4", "198.18.1.1:5060", "198.18.1.99:5060");
    EXPECT_EQ(take("198.18.1.99:5060").size(), 1U);
    EXPECT_TRUE(to_pbx().empty());
}

struct RefusedPassage {
    const char* method;
    const char* extra;
    const char* answer;
};
class RefusedPassageTest : public PassagesTest,
                           public testing::WithParamInterface<RefusedPassage> {};

TEST_P(RefusedPassageTest, IsAnsweredHere) {
    from_pbx(request(GetParam().method, GetParam().extra));
    (void)last(to_pbx(), GetParam().answer);
    EXPECT_TRUE(to_carrier().empty());
    expect_none_left();
}

INSTANTIATE_TEST_SUITE_P(
    Requests, RefusedPassageTest,
    testing::Values(RefusedPassage{"SUBSCRIBE", "Event: dialog\n", "489"},
                    RefusedPassage{"SUBSCRIBE", "", "489"},  // RFC 6665 section 7.2.1
                    RefusedPassage{"MESSAGE", "Require: x-unknown\n", "420"},
                    RefusedPassage{"REFER", "Refer-To: <sip:1@x.example>\n", "405"},
                    RefusedPassage{"UPDATE", "", "481"}, RefusedPassage{"INFO", "", "481"}));

TEST_F(PassagesTest, NothingPassesByDefault) {  // threats 35
    configure(kDocument);
    for (const char* method : {"MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER"}) {
        from_pbx(request(method, "Event: message-summary\n"));
        EXPECT_TRUE(last(to_pbx(), "405")->has(sip::HeaderId::Allow)) << method;
    }
    from_pbx(request("FROBNICATE"));
    (void)last(to_pbx(), "501");
    from_pbx(request("OPTIONS"));
    (void)last(to_pbx(), "200");
    EXPECT_TRUE(to_carrier().empty());
    expect_none_left();
}

// RFC 3261 sections 11.2 and 8.2.1: whatever the far side allows, the sender is told what we take.
TEST_F(PassagesTest, WhatIsAllowedIsOursToSay) {
    for (const int code : {200, 405, 404}) {
        from_pbx(request("OPTIONS"));
        auto answer = respond(*last(to_carrier(), "OPTIONS"), code, "b-tag", "");
        answer.insert(answer.find("Content-Length"), "Allow: X-CANARY\n");
        from_carrier(answer);
        const auto told = last(to_pbx(), std::to_string(code));
        EXPECT_EQ(told->has(sip::HeaderId::Allow), code != 404) << told->bytes();
        EXPECT_EQ(told->bytes().find("CANARY"), std::string_view::npos) << told->bytes();
        advance(40s);  // the branch is free again
    }
    expect_none_left();
}

TEST_F(PassagesTest, AnUnknownMethodMayPass) {
    from_pbx(request("FROBNICATE"));
    const auto out = last(to_carrier(), "FROBNICATE");
    EXPECT_EQ(out->essentials().cseq.method_text, "FROBNICATE");
    from_carrier(respond(*out, 200, "b-tag", ""));
    (void)last(to_pbx(), "200");
    expect_none_left();
}

}  // namespace
}  // namespace portcullis::b2bua
