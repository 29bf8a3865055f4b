// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/mos.hpp"

#include <gtest/gtest.h>

namespace portcullis::relay {
namespace {

TEST(Mos, NothingExpectedNothingJudged) { EXPECT_EQ(mos_x100({.encoding = "PCMA"}), 0); }

// R = 93.2 - 0.48 (20 ms) = 92.7: G.107 annex B gives 4.40.
TEST(Mos, CleanG711) {
    EXPECT_NEAR(mos_x100({.encoding = "PCMA", .expected = 1000}), 440, 1);
    EXPECT_EQ(mos_x100({.encoding = "pcmu", .expected = 1000}),
              mos_x100({.encoding = "PCMA", .expected = 1000}));
}

// Ie 11 (G.113): R = 81.7, MOS 4.09.
TEST(Mos, CleanG729) { EXPECT_NEAR(mos_x100({.encoding = "G729", .expected = 1000}), 409, 1); }

// 5 % loss on G.711 with concealment: Ie,eff = 95 * 5 / 30.1 = 15.8, R = 76.9.
TEST(Mos, FivePercentLoss) {
    EXPECT_NEAR(mos_x100({.encoding = "PCMA", .expected = 1000, .lost = 50}), 390, 2);
}

TEST(Mos, WorseWithMoreOfEverything) {
    const MosInput good{.encoding = "PCMA", .expected = 1000};
    MosInput lossy = good;
    lossy.lost = 100;
    MosInput jittery = good;
    jittery.jitter_us = 80000;
    MosInput late = good;
    late.one_way_ms = 400;
    EXPECT_LT(mos_x100(lossy), mos_x100(good));
    EXPECT_LT(mos_x100(jittery), mos_x100(good));
    EXPECT_LT(mos_x100(late), mos_x100(good));
}

TEST(Mos, StaysWithinTheScale) {
    EXPECT_EQ(mos_x100({.encoding = "G723", .expected = 10, .lost = 10, .one_way_ms = 5000}), 100);
    // More lost than expected is a reader's race, not a reason for a value off the scale.
    EXPECT_GE(mos_x100({.encoding = "PCMU", .expected = 10, .lost = 99}), 100);
}

TEST(Mos, UnknownCodecAsPcmu) {
    EXPECT_EQ(mos_x100({.encoding = "x-nothing", .expected = 10}),
              mos_x100({.encoding = "PCMU", .expected = 10}));
}

}  // namespace
}  // namespace portcullis::relay
