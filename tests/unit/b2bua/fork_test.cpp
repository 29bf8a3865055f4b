// SPDX-License-Identifier: BSD-2-Clause
// Several early dialogs and several gateways of one call: what A hears, who wins, what A is told
// when all fail (RFC 3261 sections 12.1, 13.2.2.4 and 16.7).
#include <set>

#include "tests/unit/b2bua/flow.hpp"

namespace portcullis::b2bua {
namespace {

using namespace std::chrono_literals;
using sip::HeaderId;

class ForkTest : public FlowTest {
 protected:
    // Early media of three forks; what A got.
    std::vector<sip::MessagePtr> three_forks(const sip::Message& invite_b) {
        (void)to_pbx();
        for (int i = 1; i <= 3; ++i) {
            b_says(invite_b, 183,
                   {.tag = "fork-" + std::to_string(i), .body = sdp("198.18.1.2", 6000 + 100 * i)});
        }
        return to_pbx();
    }
    void finish(const sip::Message& invite_b, const std::string& tag) {
        b_says(invite_b, 200, {.tag = tag, .body = sdp("198.18.1.2", 6000)});
        const auto ok = last(to_pbx(), "200");
        a_acks(*ok);
        (void)to_carrier();
        end({nullptr, ok});
    }
    std::vector<sip::MessagePtr> to_second() { return take(kSecondGateway); }
    void second_says(const sip::Message& request, int code, const Says& says = {}) {
        Says there = says;
        there.contact = "sip:b@198.18.1.3:5060";
        b_says(request, code, there, kSecondGateway);
    }
    struct Both {
        sip::MessagePtr first;
        sip::MessagePtr second;
    };
    Both call_both(const std::string& extra = {}) {
        adjust({{"/routes/0/parallel", "true"}});
        from_pbx(invite(extra));
        (void)to_pbx();
        return {last(to_carrier(), "INVITE"), last(to_second(), "INVITE")};
    }
};

TEST_F(ForkTest, EachHasATagAndASessionOfItsOwn) {  // RFC 3261 section 12.1, RFC 8866 section 5.2
    const auto invite_b = call();
    const auto heard = three_forks(*invite_b);
    ASSERT_EQ(heard.size(), 3U);
    std::set<std::string> tags;
    for (const auto& progress : heard) {
        tags.emplace(progress->essentials().to_tag);
        EXPECT_TRUE(has_sdp(*progress));
    }
    EXPECT_EQ(tags.size(), 3U);
    b_says(*invite_b, 200, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->essentials().to_tag, heard[1]->essentials().to_tag);
    a_acks(*ok);
    EXPECT_EQ(calls->dialogs().size(), 2U);
    (void)to_carrier();
    end({nullptr, ok});
}

struct MediaCase {
    const char* policy;
    std::array<bool, 3> heard;
};
class ForkMediaTest : public ForkTest, public testing::WithParamInterface<MediaCase> {};

TEST_P(ForkMediaTest, PolicySaysWhichEarlyMediaAHears) {
    adjust({{"/trunks/1/session", GetParam().policy}});
    const auto invite_b = call();
    const auto heard = three_forks(*invite_b);
    ASSERT_EQ(heard.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(has_sdp(*heard[i]), GetParam().heard[i]) << i;
    finish(*invite_b, "fork-3");
}

INSTANTIATE_TEST_SUITE_P(
    Policies, ForkMediaTest,
    testing::Values(MediaCase{R"({"early_media":"latest"})", {true, true, true}},
                    MediaCase{R"({"early_media":"first"})", {true, false, false}},
                    MediaCase{R"({"early_media":"none"})", {false, false, false}}));

TEST_F(ForkTest, OneEarlyDialogKeepsItsFirstAnswerUntilTheWinnerIsOffered) {  // 13.2.1
    adjust({{"/realms/0/single_early_dialog", "true"}});
    const auto invite_b = call("Allow: INVITE, UPDATE\n");
    (void)to_pbx();
    b_says(*invite_b, 183, {.tag = "fork-1", .body = sdp("198.18.1.2", 6100, "a=recvonly\n")});
    const auto first = last(to_pbx(), "183");
    b_says(*invite_b, 183, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
    const auto second = last(to_pbx(), "183");
    EXPECT_EQ(second->essentials().to_tag, first->essentials().to_tag);
    EXPECT_EQ(second->body(), first->body());
    b_says(*invite_b, 200, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
    (void)to_carrier();
    const auto at_pbx = to_pbx();
    const auto ok = last(at_pbx, "200");
    EXPECT_EQ(ok->body(), first->body());
    // 14.1: no INVITE of ours before A's own is over.
    EXPECT_EQ(count(at_pbx, "INVITE"), 0U);
    a_acks(*ok);
    const auto offer = last(to_pbx(), "INVITE");
    EXPECT_FALSE(contains(*offer, "a=recvonly"));
    EXPECT_EQ(session_id(*offer), session_id(*ok));
    EXPECT_NE(session_version(*offer), session_version(*ok));
    a_says(*offer, 200, {.body = sdp("198.18.0.2", 4000)});
    EXPECT_EQ(count(to_pbx(), "ACK"), 1U);
    EXPECT_TRUE(to_carrier().empty());
    end({nullptr, ok});
}

TEST_F(ForkTest, OneEarlyDialogStaysOneOverFailover) {
    adjust({{"/realms/0/single_early_dialog", "true"}});
    const auto invite_b = call();
    b_says(*invite_b, 183, {.body = sdp("198.18.1.2", 6100)});
    const auto first = last(to_pbx(), "183");
    b_says(*invite_b, 503);
    const auto second = last(to_second(), "INVITE");
    second_says(*second, 180);
    EXPECT_EQ(last(to_pbx(), "180")->essentials().to_tag, first->essentials().to_tag);
    second_says(*second, 200, {.body = sdp("198.18.1.3", 6000)});
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(ok->essentials().to_tag, first->essentials().to_tag);
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    second_says(*last(to_second(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ForkTest, A199EndsOneDialogOfA) {  // RFC 6228 section 5
    const auto invite_b = call("Supported: 199\n");
    EXPECT_TRUE(invite_b->lists(sip::HeaderId::Supported, "199"));  // section 4
    const auto heard = three_forks(*invite_b);
    b_says(*invite_b, 199, {.tag = "fork-1"});
    EXPECT_EQ(last(to_pbx(), "199")->essentials().to_tag, heard[0]->essentials().to_tag);
    // That dialog is gone.
    a_asks("INFO", *heard[0], 2);
    (void)last(to_pbx(), "481");
    b_says(*invite_b, 199, {.tag = "fork-1"});
    finish(*invite_b, "fork-2");
}

TEST_F(ForkTest, A199IsNotForWhoDoesNotKnowIt) {  // RFC 6228 section 5
    const auto invite_b = call();
    b_says(*invite_b, 180, {.tag = "fork-1"});
    (void)to_pbx();
    b_says(*invite_b, 199, {.tag = "fork-1"});
    EXPECT_TRUE(to_pbx().empty());
    finish(*invite_b, "fork-2");
}

TEST_F(ForkTest, ASecond2xxIsAcknowledgedAndEnded) {  // RFC 3261 section 13.2.2.4
    const auto invite_b = call();
    (void)three_forks(*invite_b);
    b_says(*invite_b, 200, {.tag = "fork-1", .body = sdp("198.18.1.2", 6100)});
    const auto ok = last(to_pbx(), "200");
    (void)to_carrier();
    for (int i = 0; i < 2; ++i) {
        b_says(*invite_b, 200, {.tag = "fork-2", .body = sdp("198.18.1.2", 6200)});
        const auto ends = to_carrier();
        EXPECT_EQ(count(ends, "ACK"), 1U);
        EXPECT_EQ(count(ends, "BYE"), i == 0 ? 1U : 0U);
        if (i == 0) b_says(*last(ends, "BYE"), 200);
    }
    a_acks(*ok);
    end({nullptr, ok});
}

TEST_F(ForkTest, InParallelTheFirstAnswerCancelsTheOthers) {  // RFC 3261 section 16.7 item 10
    const auto both = call_both();
    EXPECT_NE(value(*both.first, HeaderId::CallId), value(*both.second, HeaderId::CallId));
    EXPECT_NE(both.first->body(), both.second->body());  // a leg of its own each
    b_says(*both.first, 180);
    const auto tag = std::string(last(to_pbx(), "180")->essentials().to_tag);
    second_says(*both.second, 180);
    EXPECT_NE(last(to_pbx(), "180")->essentials().to_tag, tag);
    second_says(*both.second, 200, {.body = sdp("198.18.1.3", 6000)});
    EXPECT_EQ(count(to_second(), "ACK"), 1U);
    const auto cancel = last(to_carrier(), "CANCEL");
    EXPECT_TRUE(contains(*cancel, "Reason: SIP;cause=200"));
    b_says(*cancel, 200);
    b_says(*both.first, 487);
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    second_says(*last(to_second(), "BYE"), 200);
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("198.18.1.3"), std::string::npos);
}

TEST_F(ForkTest, InParallelALateAnswerOfALoserIsEnded) {  // RFC 3261 section 13.2.2.4
    const auto both = call_both();
    b_says(*both.first, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto ok = last(to_pbx(), "200");
    (void)to_carrier();
    second_says(*both.second, 200, {.body = sdp("198.18.1.3", 6000)});
    const auto ends = to_second();
    EXPECT_EQ(count(ends, "ACK"), 1U);
    second_says(*last(ends, "BYE"), 200);
    a_acks(*ok);
    end({nullptr, ok});
}

TEST_F(ForkTest, InParallelA6xxEndsAll) {  // RFC 3261 section 16.7 item 5
    const auto both = call_both();
    b_says(*both.first, 180);
    second_says(*both.second, 603);
    b_says(*last(to_carrier(), "CANCEL"), 200);
    b_says(*both.first, 487);
    a_acks(*last(to_pbx(), "603"));
    expect_nothing_left();
}

// 15: who was called must not send BYE before it has answered; it ends no more than its dialog.
TEST_F(ForkTest, AByeOfOneForkEndsThatOne) {
    const auto invite_b = call("Supported: 199\n");
    const auto heard = three_forks(*invite_b);
    b_asks("BYE", *invite_b, 1, {}, {}, "fork-1");
    (void)last(to_carrier(), "200");
    const auto at_pbx = to_pbx();
    ASSERT_EQ(at_pbx.size(), 1U);
    EXPECT_EQ(at_pbx[0]->status_code(), 199);
    EXPECT_EQ(at_pbx[0]->essentials().to_tag, heard[0]->essentials().to_tag);
    b_asks("BYE", *invite_b, 2, {}, {}, "fork-1");
    (void)last(to_carrier(), "481");
    finish(*invite_b, "fork-2");
}

TEST_F(ForkTest, AByeOfTheOnlyForkGivesTheGatewayUp) {
    const auto invite_b = call();
    b_says(*invite_b, 180, {.tag = "fork-1"});
    (void)to_pbx();
    b_asks("BYE", *invite_b, 1, {}, {}, "fork-1");
    const auto at_carrier = to_carrier();
    (void)last(at_carrier, "200");
    b_says(*last(at_carrier, "CANCEL"), 200);
    b_says(*invite_b, 487, {.tag = "fork-1"});
    a_acks(*last(to_pbx(), "487"));
    expect_nothing_left();
}

TEST_F(ForkTest, AByeOfTheOnlyForkLeavesTheOtherGatewayRinging) {
    const auto both = call_both();
    b_says(*both.first, 180);
    second_says(*both.second, 180);
    (void)to_pbx();
    b_asks("BYE", *both.first, 1);
    const auto at_carrier = to_carrier();
    (void)last(at_carrier, "200");
    b_says(*last(at_carrier, "CANCEL"), 200);
    b_says(*both.first, 487);
    EXPECT_TRUE(to_pbx().empty());
    second_says(*both.second, 200, {.body = sdp("198.18.1.3", 6000)});
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    second_says(*last(to_second(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ForkTest, AByeOfAInOneEarlyDialogEndsThatOne) {  // RFC 3261 section 15
    const auto invite_b = call();
    const auto heard = three_forks(*invite_b);
    a_asks("BYE", *heard[0], 2);
    (void)last(to_pbx(), "200");
    const auto at_carrier = to_carrier();
    EXPECT_EQ(count(at_carrier, "CANCEL"), 0U);
    const auto bye = last(at_carrier, "BYE");
    EXPECT_EQ(bye->essentials().to_tag, "fork-1");
    b_says(*bye, 200);
    finish(*invite_b, "fork-3");
}

TEST_F(ForkTest, AByeOfAInItsOnlyEarlyDialogEndsTheCall) {
    const auto invite_b = call();
    b_says(*invite_b, 180);
    a_asks("BYE", *last(to_pbx(), "180"), 2);
    b_says(*last(to_carrier(), "CANCEL"), 200);
    b_says(*invite_b, 487);
    a_acks(*last(to_pbx(), "487"));
    expect_nothing_left();
}

TEST_F(ForkTest, InParallelEachRingsForItsOwnTime) {
    adjust({{"/trunks/1/timers", R"({"ring_timeout_s":60,"attempt_timeout_s":55})"},
            {"/routes/0/parallel", "true"}});
    from_pbx(invite());
    (void)to_pbx();
    const Both both{last(to_carrier(), "INVITE"), last(to_second(), "INVITE")};
    b_says(*both.first, 180);
    advance(20s);
    second_says(*both.second, 180);
    (void)to_pbx();
    advance(41s);
    b_says(*last(to_carrier(), "CANCEL"), 200);
    b_says(*both.first, 487);
    EXPECT_EQ(count(to_second(), "CANCEL"), 0U);
    advance(20s);
    second_says(*last(to_second(), "CANCEL"), 200);
    second_says(*both.second, 487);
    a_acks(*last(to_pbx(), "408"));
    expect_nothing_left();
}

struct BestCase {
    int first;
    int second;
    int told;
};
class BestFailureTest : public ForkTest, public testing::WithParamInterface<BestCase> {};

TEST_P(BestFailureTest, OfSeveralFailuresTheBestIsTold) {  // RFC 3261 section 16.7 item 6
    const auto both = call_both();
    b_says(*both.first, GetParam().first, {.headers = "Retry-After: 17\n"});
    EXPECT_TRUE(to_pbx().empty());
    second_says(*both.second, GetParam().second);
    const auto told = last(to_pbx(), std::to_string(GetParam().told));
    EXPECT_EQ(told->has(HeaderId::RetryAfter), GetParam().told == GetParam().first);
    a_acks(*told);
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Codes, BestFailureTest,
                         testing::Values(BestCase{486, 503, 486}, BestCase{503, 486, 486},
                                         BestCase{486, 404, 486}, BestCase{404, 484, 484},
                                         BestCase{500, 480, 480}, BestCase{408, 600, 600}));

TEST_F(ForkTest, InParallelOneThatIsSilentDoesNotHoldUpTheOther) {
    const auto both = call_both();
    second_says(*both.second, 180);
    (void)to_pbx();
    advance(6s);  // attempt_timeout_s
    EXPECT_TRUE(to_pbx().empty());
    second_says(*both.second, 200, {.body = sdp("198.18.1.3", 6000)});
    const auto ok = last(to_pbx(), "200");
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    second_says(*last(to_second(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ForkTest, InParallelAllSilentIs408) {
    (void)call_both();
    advance(40s);
    a_acks(*last(to_pbx(), "408"));
    expect_nothing_left();
}

TEST_F(ForkTest, TheOtherAnswersWhileTheRelayWorksOnTheFirst) {  // design 8.3
    const auto both = call_both();
    relay.hold = true;
    b_says(*both.first, 183, {.body = sdp("198.18.1.2", 6000)});
    second_says(*both.second, 183, {.body = sdp("198.18.1.3", 6000)});
    second_says(*both.second, 200, {.body = sdp("198.18.1.3", 6000)});
    b_says(*both.first, 200, {.body = sdp("198.18.1.2", 6000)});
    EXPECT_TRUE(to_pbx().empty());
    relay.hold = false;
    relay.answer();
    const auto ok = last(to_pbx(), "200");
    EXPECT_EQ(count(to_second(), "ACK"), 1U);
    b_says(*both.first, 200, {.body = sdp("198.18.1.2", 6000)});
    const auto ends = to_carrier();
    EXPECT_GE(count(ends, "ACK"), 1U);
    b_says(*last(ends, "BYE"), 200);
    a_acks(*ok);
    from_pbx(in_dialog("BYE", *ok, 2));
    second_says(*last(to_second(), "BYE"), 200);
    expect_nothing_left();
}

TEST_F(ForkTest, WithoutRoomOnTheTrunkTheCallIsRefused) {
    adjust({{"/trunks/1/capacity", R"({"max_calls":1})"}, {"/routes/0/parallel", "true"}});
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    // There is room for one of the two gateways.
    EXPECT_TRUE(to_second().empty());
    from_pbx(invite({}, "call-2"));
    const auto at_pbx = to_pbx();
    const auto refused = std::find_if(at_pbx.begin(), at_pbx.end(), [](const auto& m) {
        return m->is_response() && m->status_code() >= 400;
    });
    ASSERT_NE(refused, at_pbx.end());
    a_acks(**refused);
    finish(*invite_b, "b-tag");
}

}  // namespace
}  // namespace portcullis::b2bua
