// SPDX-License-Identifier: BSD-2-Clause
// RFC 4028, message by message: what we say, who refreshes, when it is over.
#include "signaling/dialog/session_timer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signaling/sip/parser.hpp"

namespace portcullis::dialog::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Use = SessionTimerTerms::Use;

sip::MessagePtr message(const std::string& start_line, const std::string& headers) {
    const auto parsed = sip::parse_message(start_line +
                                           "\r\n"
                                           "Via: SIP/2.0/UDP 198.18.0.2;branch=z9hG4bK1\r\n"
                                           "From: <sip:a@198.18.0.2>;tag=1\r\n"
                                           "To: <sip:b@198.18.0.1>;tag=2\r\n"
                                           "Call-ID: c\r\n"
                                           "CSeq: 1 INVITE\r\n"
                                           "Max-Forwards: 70\r\n" +
                                           headers + "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text());
    return *parsed;
}
sip::MessagePtr request(const std::string& headers) {
    return message("INVITE sip:b@198.18.0.1 SIP/2.0", headers);
}
sip::MessagePtr response(const std::string& headers, int code = 200) {
    return message("SIP/2.0 " + std::to_string(code) + " x", headers);
}

constexpr TimePoint kNow{100h};

// Section 9, table 2, and the interval: what the request says and what our 2xx answers.
struct AnswerRow {
    const char* name;
    SessionTimerTerms terms;
    const char* headers;
    const char* answer;  // Session-Expires; empty: no timer
    bool requires_timer;
    bool we_refresh;
};

class Answer : public ::testing::TestWithParam<AnswerRow> {};

TEST_P(Answer, FollowsTheRequest) {
    const auto& row = GetParam();
    SessionTimer timer(row.terms);
    ASSERT_EQ(timer.on_request(*request(row.headers)), std::nullopt);
    const auto headers = timer.response_headers(kNow);
    const bool active = *row.answer != '\0';
    EXPECT_EQ(timer.is_active(), active);
    if (!active) {
        EXPECT_THAT(headers, IsEmpty());
        return;
    }
    if (row.requires_timer) {
        EXPECT_THAT(headers,
                    ElementsAre(Pair("Session-Expires", row.answer), Pair("Require", "timer")));
    } else {
        EXPECT_THAT(headers, ElementsAre(Pair("Session-Expires", row.answer)));
    }
    EXPECT_EQ(timer.refreshes(), row.we_refresh);
}

constexpr SessionTimerTerms kAccept{};
constexpr SessionTimerTerms kOffer{.use = Use::Offer, .expires = 600s};
constexpr SessionTimerTerms kOff{.use = Use::Off};

INSTANTIATE_TEST_SUITE_P(
    Table, Answer,
    ::testing::Values(
        AnswerRow{"NothingAskedNothingGiven", kAccept, "Supported: timer\r\n", "", false, false},
        AnswerRow{"WeAskOfOneWhoKnowsIt", kOffer, "Supported: timer\r\n", "600;refresher=uac", true,
                  false},
        AnswerRow{"WeAskOfOneWhoDoesNot", kOffer, "", "600;refresher=uas", false, true},
        AnswerRow{"TheUacRefreshes", kAccept,
                  "Supported: timer\r\nSession-Expires: 1200;refresher=uac\r\n",
                  "1200;refresher=uac", true, false},
        AnswerRow{"TheUacWantsUsTo", kAccept, "k: timer\r\nx: 1200;refresher=uas\r\n",
                  "1200;refresher=uas", false, true},
        AnswerRow{"NobodyNamed", kAccept, "Supported: 100rel, timer\r\nSession-Expires: 1200\r\n",
                  "1200;refresher=uac", true, false},
        AnswerRow{"AProxyAsksForOneWhoDoesNotKnow", kAccept, "Session-Expires: 1200\r\n",
                  "1200;refresher=uas", false, true},
        AnswerRow{"LongerThanWeAgreeTo", kOffer, "Supported: timer\r\nSession-Expires: 3600\r\n",
                  "600;refresher=uac", true, false},
        AnswerRow{"NotBelowItsMinimum", kOffer,
                  "Supported: timer\r\nSession-Expires: 3600\r\nMin-SE: 900\r\n",
                  "900;refresher=uac", true, false},
        AnswerRow{"OurWishNotBelowItsMinimum", kOffer, "Supported: timer\r\nMin-SE: 900\r\n",
                  "900;refresher=uac", true, false},
        AnswerRow{"RequiredIsKnown", kAccept,
                  "Require: timer\r\nSession-Expires: 1200;refresher=uac\r\n", "1200;refresher=uac",
                  true, false},
        AnswerRow{"Broken", kAccept, "Supported: timer\r\nSession-Expires: soon\r\n", "", false,
                  false},
        AnswerRow{"Off", kOff, "Supported: timer\r\nSession-Expires: 1200;refresher=uas\r\n", "",
                  false, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(SessionTimer, TooShortIsRefusedToWhoUnderstandsIt) {
    SessionTimer timer({.min_se = 120s});
    EXPECT_EQ(timer.on_request(*request("Supported: timer\r\nSession-Expires: 119\r\n")), "120");
    EXPECT_EQ(timer.on_request(*request("Session-Expires: 119\r\n")), std::nullopt);
    EXPECT_EQ(timer.on_request(*request("Supported: timer\r\nSession-Expires: 120\r\n")),
              std::nullopt);
    SessionTimer lax({.min_se = 1s});
    EXPECT_EQ(lax.on_request(*request("Supported: timer\r\nSession-Expires: 89\r\n")), "90");
}

TEST(SessionTimer, AsUacWhatThe2xxSaysCounts) {
    SessionTimer timer(kOffer);
    EXPECT_THAT(timer.request_headers(), ElementsAre(Pair("Session-Expires", "600")));
    timer.on_response(*response("Require: timer\r\nSession-Expires: 300;refresher=uac\r\n"), kNow);
    EXPECT_TRUE(timer.refreshes());
    EXPECT_EQ(timer.refresh_at(), kNow + 150s);
    EXPECT_EQ(timer.give_up_at(), kNow + 268s) << "32 s before the end";
    EXPECT_THAT(timer.request_headers(), ElementsAre(Pair("Session-Expires", "300;refresher=uac")))
        << "who refreshes goes on";
    timer.on_response(*response("Session-Expires: 90;refresher=uas\r\n"), kNow);
    EXPECT_FALSE(timer.refreshes());
    EXPECT_EQ(timer.refresh_at(), std::nullopt);
    EXPECT_EQ(timer.give_up_at(), kNow + 60s) << "a third of a short one";
    EXPECT_THAT(timer.request_headers(), ElementsAre(Pair("Session-Expires", "90;refresher=uas")));
    timer.on_response(*response(""), kNow);
    EXPECT_FALSE(timer.is_active()) << "a 2xx without it turns it off";
    EXPECT_EQ(timer.give_up_at(), std::nullopt);
}

TEST(SessionTimer, APeerThatNamesNobodyOrALudicrousIntervalHarmsNobody) {
    SessionTimer timer(kOffer);
    timer.on_response(*response("Session-Expires: 1\r\n"), kNow);
    EXPECT_EQ(timer.interval(), 90s);
    EXPECT_TRUE(timer.refreshes());
    timer.on_response(*response("Session-Expires: 99999999999;refresher=uas\r\n"), kNow);
    EXPECT_GT(*timer.give_up_at(), kNow + std::chrono::hours(24));
}

TEST(SessionTimer, A422RaisesWhatWeAskForButNotForEver) {
    SessionTimer timer(kOffer);
    EXPECT_TRUE(timer.on_too_small(*response("Min-SE: 900\r\n", 422)));
    EXPECT_THAT(timer.request_headers(),
                ElementsAre(Pair("Session-Expires", "900"), Pair("Min-SE", "900")));
    EXPECT_FALSE(timer.on_too_small(*response("Min-SE: 900\r\n", 422))) << "that is what we said";
    EXPECT_FALSE(timer.on_too_small(*response("", 422)));
    EXPECT_FALSE(timer.on_too_small(*response("Min-SE: 4294967295\r\n", 422)));
}

TEST(SessionTimer, WhoOnlyAcceptsAsksForNothing) {
    SessionTimer timer(kAccept);
    EXPECT_THAT(timer.request_headers(), IsEmpty());
    timer.on_response(*response("Session-Expires: 1800;refresher=uac\r\n"), kNow);
    EXPECT_TRUE(timer.refreshes()) << "a proxy may have asked on our behalf (8.2)";
    SessionTimer off(kOff);
    off.on_response(*response("Session-Expires: 1800;refresher=uac\r\n"), kNow);
    EXPECT_FALSE(off.is_active());
}

TEST(SessionTimer, AfterARestartItCountsAnew) {
    SessionTimer timer(kOffer);
    timer.on_response(*response("Session-Expires: 300;refresher=uas\r\n"), kNow);
    timer.restart(kNow + 1000s);
    EXPECT_EQ(timer.give_up_at(), kNow + 1268s);
}

}  // namespace
}  // namespace portcullis::dialog::testing
