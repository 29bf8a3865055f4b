// SPDX-License-Identifier: BSD-2-Clause
// RFC 3261 table 4 and RFC 6026 section 8.4.
#include "signaling/transaction/timers.hpp"

#include <gtest/gtest.h>

namespace portcullis::transaction {
namespace {

TEST(TimerValues, FollowTable4) {
    const TimerValues timers;
    const Milliseconds zero{0};
    EXPECT_EQ(timers.timer_b(), Milliseconds(32000));
    EXPECT_EQ(timers.timer_d(false), Milliseconds(32000));
    EXPECT_EQ(timers.timer_d(true), zero);
    EXPECT_EQ(timers.timer_f(), Milliseconds(32000));
    EXPECT_EQ(timers.timer_h(), Milliseconds(32000));
    EXPECT_EQ(timers.timer_i(false), timers.t4);
    EXPECT_EQ(timers.timer_i(true), zero);
    EXPECT_EQ(timers.timer_j(false), Milliseconds(32000));
    EXPECT_EQ(timers.timer_j(true), zero);
    EXPECT_EQ(timers.timer_k(false), timers.t4);
    EXPECT_EQ(timers.timer_k(true), zero);
    EXPECT_EQ(timers.timer_l(), Milliseconds(32000));
    EXPECT_EQ(timers.timer_m(), Milliseconds(32000));
}

TEST(TimerValues, ScaleWithT1) {
    const TimerValues timers{.t1 = Milliseconds(100), .t2 = Milliseconds(300)};
    EXPECT_EQ(timers.timer_b(), Milliseconds(6400));
    EXPECT_EQ(timers.doubled(Milliseconds(100)), Milliseconds(200));
    EXPECT_EQ(timers.doubled(Milliseconds(200)), Milliseconds(300));
}

}  // namespace
}  // namespace portcullis::transaction
