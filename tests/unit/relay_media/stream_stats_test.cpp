// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/stream_stats.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::relay {
namespace {

struct Case {
    const char* name;
    std::vector<std::uint16_t> sequence;
    std::uint64_t expected;
    std::uint64_t lost;
    std::uint64_t duplicates;
    std::uint64_t reordered;
    Arrival last;
};

class Sequence : public testing::TestWithParam<Case> {};

TEST_P(Sequence, Figures) {
    SequenceTracker tracker;
    SequenceHistory history;
    Arrival last = Arrival::First;
    for (const auto number : GetParam().sequence) last = tracker.on_packet(history, 7, number);
    EXPECT_EQ(tracker.expected(history), GetParam().expected);
    EXPECT_EQ(tracker.lost(history, GetParam().sequence.size()), GetParam().lost);
    EXPECT_EQ(history.duplicates.get(), GetParam().duplicates);
    EXPECT_EQ(history.reordered.get(), GetParam().reordered);
    EXPECT_EQ(last, GetParam().last);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3550AppendixA, Sequence,
    testing::Values(
        Case{"One", {5}, 1, 0, 0, 0, Arrival::First},
        Case{"InOrder", {5, 6, 7}, 3, 0, 0, 0, Arrival::InOrder},
        Case{"Wrap", {65534, 65535, 0, 1}, 4, 0, 0, 0, Arrival::InOrder},
        Case{"OneLost", {5, 7}, 3, 1, 0, 0, Arrival::Gap},
        Case{"LostOverTheWrap", {65534, 1}, 4, 2, 0, 0, Arrival::Gap},
        Case{"LateNotLost", {5, 7, 6}, 3, 0, 0, 1, Arrival::Reordered},
        Case{"LateOverTheWrap", {65535, 1, 0}, 3, 0, 0, 1, Arrival::Reordered},
        Case{"Duplicate", {5, 6, 6}, 2, 0, 1, 0, Arrival::Duplicate},
        Case{"DuplicateOfAnOlderOne", {5, 6, 7, 5}, 3, 0, 1, 0, Arrival::Duplicate},
        Case{"DuplicateOfALateOne", {5, 7, 6, 6}, 3, 0, 1, 1, Arrival::Duplicate},
        Case{"EarlierThanTheFirst", {5, 4}, 2, 0, 0, 1, Arrival::Reordered},
        Case{"EarlierThanZero", {0, 65535}, 2, 0, 0, 1, Arrival::Reordered},
        Case{"LateByMoreThanTheWindow", {0, 50, 10}, 51, 48, 0, 1, Arrival::Reordered},
        Case{"DropoutLimit", {0, 2999}, 3000, 2998, 0, 0, Arrival::Gap},
        Case{"StrayIsIgnored", {0, 1, 30000, 2}, 3, 0, 0, 0, Arrival::InOrder},
        Case{"TwoInSequenceRestart", {0, 1, 30000, 30001}, 4, 0, 0, 0, Arrival::Restarted},
        Case{"RestartThenLoss", {0, 1, 30000, 30001, 30003}, 6, 1, 0, 0, Arrival::Gap},
        Case{"RestartOverTheWrap", {30000, 65535, 0}, 3, 0, 0, 0, Arrival::Restarted}),
    [](const auto& row) { return row.param.name; });

TEST(SequenceSources, AnotherSsrcBeginsAnew) {
    SequenceTracker tracker;
    SequenceHistory history;
    EXPECT_EQ(tracker.on_packet(history, 1, 100), Arrival::First);
    EXPECT_EQ(tracker.on_packet(history, 1, 102), Arrival::Gap);
    EXPECT_EQ(tracker.on_packet(history, 2, 40000), Arrival::NewSource);
    EXPECT_EQ(tracker.on_packet(history, 2, 40001), Arrival::InOrder);
    EXPECT_EQ(tracker.expected(history), 5U);  // 3 of the first, 2 of the second
    EXPECT_EQ(tracker.lost(history, 4), 1U);
    EXPECT_EQ(history.ssrc_changes.get(), 1U);
    EXPECT_EQ(tracker.ssrc.get(), 2U);
}

TEST(SequenceSources, SsrcZeroIsASource) {
    SequenceTracker tracker;
    SequenceHistory history;
    EXPECT_EQ(tracker.on_packet(history, 0, 0), Arrival::First);
    EXPECT_EQ(tracker.on_packet(history, 0, 1), Arrival::InOrder);
    EXPECT_EQ(tracker.expected(history), 2U);
}

TEST(SequenceLong, ManyCyclesCountEveryPacket) {
    SequenceTracker tracker;
    SequenceHistory history;
    constexpr std::uint64_t kPackets = 1000000;
    for (std::uint64_t i = 0; i < kPackets; ++i) {
        (void)tracker.on_packet(history, 9, static_cast<std::uint16_t>(i));
    }
    EXPECT_EQ(tracker.expected(history), kPackets);
    EXPECT_EQ(tracker.lost(history, kPackets - 3), 3U);
}

constexpr std::uint32_t kClock = 8000;

TEST(Jitter, EvenArrivalHasNone) {
    JitterEstimator jitter;
    for (std::uint32_t i = 0; i < 50; ++i) jitter.on_packet(1000000 + i * 20000, i * 160, kClock);
    EXPECT_EQ(jitter.jitter_us(), 0U);
}

// A.8 by hand: |D| = 80 units (10 ms) once: J = 80/16 = 5 units = 625 us.
TEST(Jitter, OneLatePacket) {
    JitterEstimator jitter;
    jitter.on_packet(1000000, 0, kClock);
    jitter.on_packet(1030000, 160, kClock);
    EXPECT_EQ(jitter.jitter.get(), 80U);  // x 16
    EXPECT_EQ(jitter.jitter_us(), 625U);
    EXPECT_EQ(jitter.highest_jitter_us(), 625U);
}

TEST(Jitter, AlternatingByTwoMillisecondsSettlesThere) {
    JitterEstimator jitter;
    for (std::uint32_t i = 0; i < 2000; ++i) {
        jitter.on_packet(1000000 + i * 20000 + (i % 2) * 2000, i * 160, kClock);
    }
    EXPECT_NEAR(jitter.jitter_us(), 2000, 130);  // the integers of A.8 round within a unit
}

TEST(Jitter, TimestampWrapIsNoJump) {
    JitterEstimator jitter;
    jitter.on_packet(1000000, 0xffffff60, kClock);
    jitter.on_packet(1020000, 0, kClock);
    EXPECT_EQ(jitter.jitter_us(), 0U);
}

TEST(Jitter, NewTimestampBaseIsNoJitter) {
    JitterEstimator jitter;
    jitter.on_packet(1000000, 0, kClock);
    jitter.on_packet(1020000, 5000000, kClock);
    EXPECT_EQ(jitter.jitter_us(), 0U);
    jitter.on_packet(1040000, 5000160, kClock);
    EXPECT_EQ(jitter.jitter_us(), 0U);
}

TEST(Jitter, OtherClockKeepsTheFigureInItsUnit) {
    JitterEstimator jitter;
    jitter.on_packet(1000000, 0, kClock);
    jitter.on_packet(1030000, 160, kClock);
    jitter.on_packet(1050000, 77777, 48000);
    EXPECT_EQ(jitter.jitter_us(), 625U);
    EXPECT_EQ(jitter.highest_jitter_us(), 625U);
    jitter.on_packet(1070000, 77777 + 960, 48000);
    EXPECT_LT(jitter.jitter_us(), 625U);
}

TEST(Jitter, RestartForgetsTheOldSource) {
    JitterEstimator jitter;
    jitter.on_packet(1000000, 0, kClock);
    jitter.on_packet(1030000, 160, kClock);
    jitter.restart();
    jitter.on_packet(1050000, 999, kClock);
    EXPECT_EQ(jitter.jitter_us(), 0U);
    EXPECT_EQ(jitter.highest_jitter_us(), 625U);
}

}  // namespace
}  // namespace portcullis::relay
