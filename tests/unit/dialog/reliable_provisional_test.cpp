// SPDX-License-Identifier: BSD-2-Clause
// RFC 3262: sequence, acknowledgement and repetition of reliable provisional responses.
#include "signaling/dialog/reliable_provisional.hpp"

#include <gtest/gtest.h>

#include "signaling/sip/parser.hpp"

namespace portcullis::dialog::testing {
namespace {

using namespace std::chrono_literals;
using Prack = ReliableSender::Prack;
using Due = ReliableSender::Due;
using Verdict = ReliableReceiver::Verdict;

constexpr TimePoint kStart{100h};

sip::RAck rack(const char* text) { return sip::parse_rack(text).value(); }

TEST(ReliableSender, OneIsOutstandingAtATimeAndNumbersCountOn) {
    ReliableSender sender(776, 314, 500ms);
    EXPECT_TRUE(sender.is_free());
    EXPECT_EQ(sender.sent(kStart), 776U);
    EXPECT_FALSE(sender.is_free());
    EXPECT_EQ(sender.on_prack(rack("777 314 INVITE")), Prack::Unknown);
    EXPECT_EQ(sender.on_prack(rack("776 315 INVITE")), Prack::Unknown);
    EXPECT_EQ(sender.on_prack(rack("776 314 UPDATE")), Prack::Unknown);
    EXPECT_EQ(sender.on_prack(rack("776 314 INVITE")), Prack::Acknowledged);
    EXPECT_EQ(sender.on_prack(rack("776 314 INVITE")), Prack::Unknown) << "a second time";
    EXPECT_EQ(sender.sent(kStart), 777U);
}

// T1, 2*T1, 4*T1 ... without an upper bound, to 64*T1.
TEST(ReliableSender, RepeatsWithDoublingIntervalsAndGivesUp) {
    ReliableSender sender(1, 1, 500ms);
    EXPECT_EQ(sender.due_at(), std::nullopt);
    (void)sender.sent(kStart);
    std::vector<Milliseconds> resent;
    TimePoint now = kStart;
    while (true) {
        now = sender.due_at().value();
        EXPECT_EQ(sender.on_time(now - 1ms), Due::Nothing);
        const auto due = sender.on_time(now);
        if (due == Due::GiveUp) break;
        ASSERT_EQ(due, Due::Resend);
        resent.push_back(std::chrono::duration_cast<Milliseconds>(now - kStart));
    }
    EXPECT_EQ(resent, (std::vector<Milliseconds>{500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms}));
    EXPECT_EQ(now - kStart, 32s);
    EXPECT_EQ(sender.due_at(), std::nullopt);
    EXPECT_EQ(sender.on_prack(rack("1 1 INVITE")), Prack::Unknown);
}

TEST(ReliableSender, StopsWithThePrackAndWithAFinalResponse) {
    ReliableSender sender(1, 1, 500ms);
    (void)sender.sent(kStart);
    EXPECT_EQ(sender.on_prack(rack("1 1 INVITE")), Prack::Acknowledged);
    EXPECT_EQ(sender.on_time(kStart + 1h), Due::Nothing);
    (void)sender.sent(kStart);
    sender.stop();
    EXPECT_EQ(sender.on_time(kStart + 1h), Due::Nothing);
}

sip::MessagePtr response(int code, const std::string& tag, const std::string& headers) {
    const auto parsed = sip::parse_message("SIP/2.0 " + std::to_string(code) +
                                           " x\r\n"
                                           "Via: SIP/2.0/UDP 198.18.0.2;branch=z9hG4bK1\r\n"
                                           "From: <sip:a@198.18.0.2>;tag=1\r\n"
                                           "To: <sip:b@198.18.0.1>" +
                                           (tag.empty() ? "" : ";tag=" + tag) +
                                           "\r\n"
                                           "Call-ID: c\r\n"
                                           "CSeq: 1 INVITE\r\n" +
                                           headers + "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text());
    return *parsed;
}

TEST(ReliableReceiver, CountsWithinEachEarlyDialog) {
    ReliableReceiver receiver;
    const auto judge = [&receiver](const std::string& tag, int rseq) {
        return receiver
            .on_response(
                *response(183, tag, "Require: 100rel\r\nRSeq: " + std::to_string(rseq) + "\r\n"))
            .verdict;
    };
    EXPECT_EQ(judge("x", 10), Verdict::Fresh);
    EXPECT_EQ(judge("x", 10), Verdict::Repeated);
    EXPECT_EQ(judge("x", 12), Verdict::Early);
    EXPECT_EQ(judge("x", 11), Verdict::Fresh);
    EXPECT_EQ(judge("x", 12), Verdict::Fresh);
    EXPECT_EQ(judge("x", 10), Verdict::Repeated);
    EXPECT_EQ(judge("y", 3), Verdict::Fresh) << "another fork";
    EXPECT_EQ(judge("x", 13), Verdict::Fresh);
}

struct PlainRow {
    const char* name;
    int code;
    const char* tag;
    const char* headers;
};
class Plain : public ::testing::TestWithParam<PlainRow> {};

TEST_P(Plain, IsNotReliable) {
    const auto& row = GetParam();
    ReliableReceiver receiver;
    EXPECT_EQ(receiver.on_response(*response(row.code, row.tag, row.headers)).verdict,
              Verdict::Unreliable);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Plain,
    ::testing::Values(PlainRow{"NotAsked", 183, "x", "RSeq: 1\r\n"},
                      PlainRow{"OnlySupported", 183, "x", "Supported: 100rel\r\nRSeq: 1\r\n"},
                      PlainRow{"NoNumber", 183, "x", "Require: 100rel\r\n"},
                      PlainRow{"NumberZero", 183, "x", "Require: 100rel\r\nRSeq: 0\r\n"},
                      PlainRow{"NoDialog", 183, "", "Require: 100rel\r\nRSeq: 1\r\n"},
                      PlainRow{"Trying", 100, "x", "Require: 100rel\r\nRSeq: 1\r\n"},
                      PlainRow{"Final", 200, "x", "Require: 100rel\r\nRSeq: 1\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ReliableReceiver, ManyForksDoNotGrowItForEver) {
    ReliableReceiver receiver;
    int reliable = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto judged = receiver.on_response(
            *response(183, "t" + std::to_string(i), "Require: 100rel\r\nRSeq: 1\r\n"));
        reliable += judged.verdict == Verdict::Fresh ? 1 : 0;
    }
    EXPECT_EQ(reliable, 64);
}

}  // namespace
}  // namespace portcullis::dialog::testing
