// SPDX-License-Identifier: BSD-2-Clause
// Diversion and History-Info: each as it is, and one made of the other (RFC 7544).
#include "signaling/headers/redirection.hpp"

#include <gtest/gtest.h>

#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

using config::PrivacyHandling;
using config::RedirectionForm;

Sides towards(RedirectionForm form) { return {kTrusted, kTrusted, {}, {.redirection = form}}; }
Sides untrusted(RedirectionForm form, PrivacyHandling privacy = PrivacyHandling::Apply) {
    return {kTrusted, kUntrusted, {}, {.privacy = privacy, .redirection = form}};
}

const char* const kTwoDiversions =
    "Diversion: \"Bo\" <sip:2@pbx.example;x=1>;reason=no-answer;counter=1;privacy=full;screen=no\n"
    "Diversion: <sip:1@pbx.example>;reason=user-busy;counter=1;limit=5;x=pbx.example";
const char* const kHistory =
    "History-Info: <sip:1@pbx.example?Privacy=none>;index=1, "
    "<sip:2@pbx.example;cause=486?Privacy=history>;index=1.1;mp=1;x=pbx.example, "
    "<sip:3@pbx.example;cause=408>;index=1.1.1;mp=1.1";

const PassCase kCases[] = {
    {"RFC 5806 6: with our host and only its own parameters", "INVITE", kTwoDiversions,
     "Diversion: \"Bo\" <sip:2@sbc.example>;reason=no-answer;counter=1;privacy=full;screen=no\n"
     "Diversion: <sip:1@sbc.example>;reason=user-busy;counter=1;limit=5"},
    {"RFC 5806 6: an unregistered reason is unknown, a counter has two digits", "INVITE",
     "Diversion: <sip:1@pbx.example>;reason=\"pbx.example\";counter=4294967295",
     "Diversion: <sip:1@sbc.example>;reason=unknown;counter=99"},
    {"a quoted reason is read", "INVITE", "Diversion: <sip:1@h>;reason=\"user-busy\";counter=0",
     "Diversion: <sip:1@sbc.example>;reason=user-busy;counter=1"},
    {"an untrusted side's is removed",
     "INVITE",
     kTwoDiversions,
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"an untrusted side is told nothing",
     "INVITE",
     kTwoDiversions,
     "",
     {kTrusted, kUntrusted, {}, {}}},
    {"RFC 5806 3: in an INVITE only", "INVITE in dialog", kTwoDiversions, ""},
    {"RFC 7044 5: hosts, parameters and escaped headers rewritten", "INVITE", kHistory,
     "History-Info: <sip:1@sbc.example?Privacy=none>;index=1\n"
     "History-Info: <sip:2@sbc.example;cause=486?Privacy=history>;index=1.1;mp=1\n"
     "History-Info: <sip:3@sbc.example;cause=408>;index=1.1.1;mp=1.1"},
    {"RFC 7044 5: rc and np, and the escaped Reason", "INVITE",
     "History-Info: <sip:1@h?Reason=SIP%3Bcause%3D302%3Btext%3D%22h%22%2CQ.850%3Bcause%3D17>;"
     "index=1, <sip:2@h>;index=1.1;rc=1, <sip:2@h>;index=1.1.1;np=1.1",
     "History-Info: <sip:1@sbc.example?Reason=SIP%3Bcause%3D302%2CQ.850%3Bcause%3D17>;index=1\n"
     "History-Info: <sip:2@sbc.example>;index=1.1;rc=1\n"
     "History-Info: <sip:2@sbc.example>;index=1.1.1;np=1.1"},
    {"RFC 3261 25.1: a user part may hold what begins a URI's headers", "INVITE",
     "History-Info: <sip:1?x@h?Privacy=none&Reason=SIP%3Bcause%3D302>;index=1",
     "History-Info: <sip:1?x@sbc.example?Privacy=none&Reason=SIP%3Bcause%3D302>;index=1"},
    {"RFC 7044 5: an entry without index gets one", "INVITE",
     "History-Info: <sip:1@h>, <sip:2@h>;index=x",
     "History-Info: <sip:1@sbc.example>;index=1\n"
     "History-Info: <sip:2@sbc.example>;index=1.1"},
    {"RFC 7044 3: in a response", "180 INVITE", kHistory,
     "History-Info: <sip:1@sbc.example?Privacy=none>;index=1\n"
     "History-Info: <sip:2@sbc.example;cause=486?Privacy=history>;index=1.1;mp=1\n"
     "History-Info: <sip:3@sbc.example;cause=408>;index=1.1.1;mp=1.1"},
    {"RFC 7544 5: Diversion becomes History-Info, oldest first", "INVITE", kTwoDiversions,
     "History-Info: <sip:1@sbc.example>;index=1\n"
     "History-Info: \"Bo\" <sip:2@sbc.example;cause=486?Privacy=history>;index=1.1;mp=1\n"
     "History-Info: <sip:+4930222@sbc.example;cause=408>;index=1.1.1;mp=1.1",
     towards(RedirectionForm::HistoryInfo)},
    {"RFC 7544 6: History-Info becomes Diversion, newest first", "INVITE", kHistory,
     "Diversion: <sip:2@sbc.example>;reason=no-answer;counter=1;privacy=full\n"
     "Diversion: <sip:1@sbc.example>;reason=user-busy;counter=1;privacy=off",
     towards(RedirectionForm::Diversion)},
    {"RFC 7544 6: retargeting without a cause is no diversion", "INVITE",
     "History-Info: <sip:1@h>;index=1, <sip:1@proxy.h>;index=1.1;rc=1, "
     "<sip:2@h;cause=302>;index=1.1.1;mp=1.1, <sip:2@10.0.0.1>;index=1.1.1.1;rc=1.1.1",
     "Diversion: <sip:1@sbc.example>;reason=unconditional;counter=1",
     towards(RedirectionForm::Diversion)},
    {"RFC 7544 6: mp says who diverted, not the place in the tree", "INVITE",
     "History-Info: <sip:1@h>;index=1, <sip:2@h>;index=1.1;rc=1, "
     "<sip:3@h;cause=302>;index=1.2;mp=1",
     "Diversion: <sip:1@sbc.example>;reason=unconditional;counter=1",
     towards(RedirectionForm::Diversion)},
    {"RFC 4244 4.3.3.1.2: the older form has the Reason at the one who diverted", "INVITE",
     "History-Info: <sip:1@h?Reason=SIP%3Bcause%3D486>;index=1, <sip:2@h>;index=1.1",
     "Diversion: <sip:1@sbc.example>;reason=user-busy;counter=1",
     towards(RedirectionForm::Diversion)},
    {"RFC 7544 5: a counter becomes entries of which nothing is known", "INVITE",
     "Diversion: <sip:1@h>;reason=unconditional;counter=3",
     "History-Info: <sip:1@sbc.example>;index=1\n"
     "History-Info: <sip:unknown@unknown.invalid;cause=404>;index=1.1;mp=1\n"
     "History-Info: <sip:unknown@unknown.invalid;cause=404>;index=1.1.1;mp=1.1\n"
     "History-Info: <sip:+4930222@sbc.example;cause=302>;index=1.1.1.1;mp=1.1.1",
     towards(RedirectionForm::HistoryInfo)},
    {"RFC 7544 6: and back", "INVITE",
     "History-Info: <sip:1@h>;index=1, <sip:unknown@unknown.invalid;cause=404>;index=1.1;mp=1, "
     "<sip:unknown@unknown.invalid;cause=404>;index=1.1.1;mp=1.1, "
     "<sip:2@h;cause=302>;index=1.1.1.1;mp=1.1.1",
     "Diversion: <sip:1@sbc.example>;reason=unconditional;counter=3",
     towards(RedirectionForm::Diversion)},
    {"RFC 7544 4: both forms from one", "INVITE", "Diversion: <sip:1@h>;reason=away",
     "Diversion: <sip:1@sbc.example>;reason=away;counter=1\n"
     "History-Info: <sip:1@sbc.example>;index=1\n"
     "History-Info: <sip:+4930222@sbc.example;cause=404>;index=1.1;mp=1",
     towards(RedirectionForm::Both)},
    {"a call that was not diverted has no history", "INVITE", "", "",
     towards(RedirectionForm::Both)},
    {"RFC 3323 5: privacy=full of one diversion is applied", "INVITE", kTwoDiversions,
     "Diversion: \"Anonymous\" <sip:anonymous@anonymous.invalid>;reason=no-answer;counter=1;"
     "screen=no\n"
     "Diversion: <sip:1@sbc.example>;reason=user-busy;counter=1;limit=5",
     untrusted(RedirectionForm::Diversion)},
    {"RFC 7044 10.1.2: Privacy=history of one entry is applied", "INVITE", kHistory,
     "History-Info: <sip:1@sbc.example?Privacy=none>;index=1\n"
     "History-Info: \"Anonymous\" <sip:anonymous@anonymous.invalid;cause=486>;index=1.1;mp=1\n"
     "History-Info: <sip:3@sbc.example;cause=408>;index=1.1.1;mp=1.1",
     untrusted(RedirectionForm::HistoryInfo)},
    {"RFC 7044 10.1.2: Privacy: history hides all of them", "INVITE",
     "Privacy: history\nHistory-Info: <sip:1@h>;index=1, <sip:2@h;cause=302>;index=1.1;mp=1",
     "History-Info: \"Anonymous\" <sip:anonymous@anonymous.invalid>;index=1\n"
     "History-Info: \"Anonymous\" <sip:anonymous@anonymous.invalid;cause=302>;index=1.1;mp=1",
     untrusted(RedirectionForm::Pass)},
    {"a tel diversion is told in History-Info as a SIP user where it has a cause", "INVITE",
     "Diversion: <tel:+491>;reason=away, <tel:+492>;reason=away",
     "History-Info: <tel:+492>;index=1\n"
     "History-Info: <sip:+491@sbc.example;cause=404>;index=1.1;mp=1\n"
     "History-Info: <sip:+4930222@sbc.example;cause=404>;index=1.1.1;mp=1.1",
     towards(RedirectionForm::HistoryInfo)},
};

class Redirections : public testing::TestWithParam<PassCase> {};
TEST_P(Redirections, AreTold) { check(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Rows, Redirections, testing::ValuesIn(kCases));

struct ReasonCase {
    const char* reason;
    std::uint16_t cause;
    const char* back;
};

// RFC 7544 sections 5 and 6.
const ReasonCase kReasons[] = {
    {"unknown", 404, "unknown"},       {"unconditional", 302, "unconditional"},
    {"user-busy", 486, "user-busy"},   {"no-answer", 408, "no-answer"},
    {"deflection", 480, "deflection"}, {"unavailable", 503, "unavailable"},
    {"time-of-day", 404, "unknown"},   {"do-not-disturb", 404, "unknown"},
    {"follow-me", 404, "unknown"},     {"out-of-service", 404, "unknown"},
    {"away", 404, "unknown"},
};

TEST(Reasons, BecomeCausesAndComeBack) {
    for (const auto& row : kReasons) {
        const auto history =
            history_of({{.party = {.user = "1"}, .reason = row.reason}}, {.user = "2"});
        ASSERT_EQ(history.size(), 2U) << row.reason;
        EXPECT_EQ(history[1].cause, row.cause) << row.reason;
        const auto diversions = diversions_of(history);
        ASSERT_EQ(diversions.size(), 1U) << row.reason;
        EXPECT_EQ(diversions[0].reason, row.back);
    }
    // RFC 4458: deflection while alerting.
    const auto deflected = diversions_of({{.party = {.user = "1"}, .index = {1}},
                                          {.party = {.user = "2"},
                                           .index = {1, 1},
                                           .target = HistoryTarget::Mp,
                                           .target_index = {1},
                                           .cause = 487}});
    ASSERT_EQ(deflected.size(), 1U);
    EXPECT_EQ(deflected[0].reason, "deflection");
}

// However long a list is and whatever it counts, what is made of it is bounded.
TEST(Redirections, AreBounded) {
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += "Diversion: <sip:1@h>;reason=away;counter=99\n";
    lines += "Diversion: <sip:first@h>;reason=away";
    const auto message = make_message("INVITE", lines);
    EXPECT_EQ(crossed(*message, towards(RedirectionForm::Diversion)).size(), kMaxRedirections);
    const auto history = crossed(*message, towards(RedirectionForm::HistoryInfo));
    EXPECT_EQ(history.size(), kMaxRedirections + 1);
    EXPECT_EQ(history.front().second, "<sip:first@sbc.example>;index=1");
}

TEST(Redirections, CountersSurviveTheWayThereAndBack) {
    for (const std::uint32_t first : {1U, 2U, 5U}) {
        for (const std::uint32_t second : {1U, 3U}) {
            const std::vector<Diversion> diversions{
                {.party = {.user = "2"}, .reason = "no-answer", .counter = second},
                {.party = {.user = "1"}, .reason = "user-busy", .counter = first}};
            const auto back = diversions_of(history_of(diversions, {.user = "3"}));
            ASSERT_EQ(back.size(), 2U);
            EXPECT_EQ(back[0].counter + back[1].counter, first + second);
            EXPECT_EQ(back[0].party.user, "2");
            EXPECT_EQ(back[0].reason, "no-answer");
            EXPECT_EQ(back[1].party.user, "1");
            EXPECT_EQ(back[1].reason, "user-busy");
        }
    }
}

}  // namespace
}  // namespace portcullis::headers
