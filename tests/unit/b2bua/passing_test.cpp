// SPDX-License-Identifier: BSD-2-Clause
// Requests within a call that pass from one side to the other: INFO, MESSAGE, NOTIFY and unknown
// ones (RFC 6086, RFC 3428, RFC 3261 section 8.2.1).
#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class PassingTest : public FlowTest {
 protected:
    static std::string typed(std::string message, const std::string& type) {
        const std::string plain = "application/sdp";
        return message.replace(message.find(plain), plain.size(), type);
    }
};

struct PassCase {
    const char* method;
    const char* type;
    const char* body;
};
class PassMethodTest : public PassingTest, public testing::WithParamInterface<PassCase> {};

TEST_P(PassMethodTest, GoesAcrossInBothDirections) {
    const auto& row = GetParam();
    const auto call = establish();
    from_pbx(typed(in_dialog(row.method, *call.ok_a, 2, row.body), row.type));
    EXPECT_TRUE(to_pbx().empty());
    const auto at_b = last(to_carrier(), row.method);
    EXPECT_EQ(at_b->request_uri_text(), "sip:b@198.18.1.2:5060");
    EXPECT_EQ(at_b->essentials().max_forwards, 69U);
    EXPECT_EQ(value(*at_b, HeaderId::ContentType), row.type);
    EXPECT_EQ(at_b->body().substr(0, 6), std::string_view(row.body).substr(0, 6));
    EXPECT_FALSE(contains(*at_b, "198.18.0."));
    b_says(*at_b, 200);
    const auto ok = last(to_pbx(), "200");
    EXPECT_FALSE(contains(*ok, "canary-"));
    EXPECT_FALSE(contains(*ok, "b-tag"));

    from_carrier(typed(in_dialog(row.method, *call.invite_b, 1, row.body, true), row.type));
    const auto at_a = last(to_pbx(), row.method);
    EXPECT_FALSE(contains(*at_a, "198.18.1."));
    a_says(*at_a, 202);
    (void)last(to_carrier(), "202");
    end(call);
}

INSTANTIATE_TEST_SUITE_P(Methods, PassMethodTest,
                         testing::Values(PassCase{"INFO", "application/dtmf-relay",
                                                  "Signal=5\nDuration=160\n"},
                                         PassCase{"INFO", "application/dtmf", "5 hash"},
                                         PassCase{"MESSAGE", "text/plain", "hello there\n"}));

struct CodeCase {
    int code;  // of the far side; 0: silence
    int told;
};
class PassFailureTest : public PassingTest, public testing::WithParamInterface<CodeCase> {};

TEST_P(PassFailureTest, IsToldWithoutHarmToTheCall) {  // RFC 3261 section 12.2.1.2
    const auto call = establish();
    from_pbx(typed(in_dialog("INFO", *call.ok_a, 2, "Signal=5\n"), "application/dtmf-relay"));
    const auto at_b = last(to_carrier(), "INFO");
    if (GetParam().code != 0) {
        b_says(*at_b, 100);
        b_says(*at_b, GetParam().code);
    } else {
        advance(33s);
    }
    (void)last(to_pbx(), std::to_string(GetParam().told));
    (void)to_carrier();
    EXPECT_EQ(calls->size(), 1U);
    end(call);
}

INSTANTIATE_TEST_SUITE_P(Codes, PassFailureTest,
                         testing::Values(CodeCase{415, 415}, CodeCase{469, 469}, CodeCase{481, 500},
                                         CodeCase{302, 480}, CodeCase{420, 500}, CodeCase{503, 503},
                                         CodeCase{603, 603}, CodeCase{0, 408}));

TEST_F(PassingTest, AFloodIsBounded) {
    const auto call = establish();
    for (int i = 0; i < 20; ++i) {
        from_pbx(
            typed(in_dialog("INFO", *call.ok_a, 2 + i, "Signal=5\n"), "application/dtmf-relay"));
    }
    const auto at_b = to_carrier();
    EXPECT_EQ(count(at_b, "INFO"), 16U);
    EXPECT_EQ(count(to_pbx(), "503"), 4U);
    for (const auto& info : at_b) b_says(*info, 200);
    EXPECT_EQ(count(to_pbx(), "200"), 16U);
    end(call);
}

TEST_F(PassingTest, TheEndOfTheCallAnswersWhatIsUnderWay) {
    const auto call = establish();
    from_pbx(typed(in_dialog("INFO", *call.ok_a, 2, "Signal=5\n"), "application/dtmf-relay"));
    const auto at_b = last(to_carrier(), "INFO");
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    const auto at_pbx = to_pbx();
    (void)last(at_pbx, "487");
    a_says(*last(at_pbx, "BYE"), 200);
    b_says(*at_b, 200);
    expect_nothing_left();
}

TEST_F(PassingTest, WhatIsNotPassedIsRefusedWithAllow) {  // RFC 3261 sections 8.2.1 and 21.4.6
    const auto call = establish();
    int cseq = 2;
    for (const auto* const method : {"NOTIFY", "PUBLISH", "SUBSCRIBE"}) {
        a_asks(method, *call.ok_a, cseq++);
        const auto refused = last(to_pbx(), "405");
        EXPECT_TRUE(refused->lists(HeaderId::Allow, "UPDATE"));
    }
    a_asks("FROBNICATE", *call.ok_a, 50);
    (void)last(to_pbx(), "501");
    EXPECT_TRUE(to_carrier().empty());
    end(call);
}

TEST_F(PassingTest, BothTrunksHaveToTakeIt) {
    adjust({{"/trunks/1/session", R"({"pass_in_dialog":["message"]})"}});
    const auto call = establish();
    from_pbx(typed(in_dialog("INFO", *call.ok_a, 2, "Signal=5\n"), "application/dtmf-relay"));
    (void)last(to_pbx(), "405");
    end(call);
}

TEST_F(PassingTest, UnknownMethodsAndNotifyPassByPolicy) {
    const char* const list = R"({"pass_in_dialog":["unknown","notify"]})";
    adjust({{"/trunks/0/session", list}, {"/trunks/1/session", list}});
    const auto call = establish();
    a_asks("FROBNICATE", *call.ok_a, 2);
    const auto unknown = last(to_carrier(), "FROBNICATE");
    EXPECT_TRUE(contains(*unknown, "FROBNICATE\r\n"));  // in CSeq
    b_says(*unknown, 200);
    (void)last(to_pbx(), "200");
    a_asks("NOTIFY", *call.ok_a, 3, {},
           "Event: dialog\nSubscription-State: active;expires=60\nX-Secret: canary\n");
    const auto notify = last(to_carrier(), "NOTIFY");
    EXPECT_EQ(value(*notify, HeaderId::Event), "dialog");
    EXPECT_TRUE(notify->has(HeaderId::SubscriptionState));
    EXPECT_TRUE(notify->has(HeaderId::Contact));
    EXPECT_FALSE(contains(*notify, "canary"));
    b_says(*notify, 200);
    (void)last(to_pbx(), "200");
    end(call);
}

TEST_F(PassingTest, PassesWithinAnEarlyDialog) {  // RFC 6086 section 4.1
    const auto invite_b = call();
    b_says(*invite_b, 183);
    const auto progress = last(to_pbx(), "183");
    from_pbx(typed(in_dialog("INFO", *progress, 2, "Signal=5\n"), "application/dtmf-relay"));
    const auto at_b = last(to_carrier(), "INFO");
    // The answer overtakes; the INFO is still answered.
    b_says(*invite_b, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto ok = last(to_pbx(), "200");
    b_says(*at_b, 200);
    EXPECT_EQ(last(to_pbx(), "200")->method(), sip::Method::Info);
    a_acks(*ok);
    (void)to_carrier();
    end({nullptr, ok});
}

TEST_F(PassingTest, AnInfoOfAFailedGatewayIsAnswered) {
    const auto invite_b = call();
    b_says(*invite_b, 183);
    const auto progress = last(to_pbx(), "183");
    from_pbx(typed(in_dialog("INFO", *progress, 2, "Signal=5\n"), "application/dtmf-relay"));
    (void)last(to_carrier(), "INFO");
    b_says(*invite_b, 503);
    const auto second = last(take(kSecondGateway), "INVITE");
    b_says(*second, 180, Says(), kSecondGateway);
    advance(33s);  // the INFO's transaction times out
    EXPECT_EQ(count(to_pbx(), "408"), 1U);
    b_says(*second, 486, Says(), kSecondGateway);
    a_acks(*last(to_pbx(), "486"));
    expect_nothing_left();
}

}  // namespace
}  // namespace portcullis::b2bua
