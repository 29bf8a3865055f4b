// SPDX-License-Identifier: BSD-2-Clause
// The timer wheel against a plain ordered map, and at its edges.
#include "signaling/shard/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace portcullis::shard {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{seconds(1'000'000)};

struct DelayCase {
    milliseconds delay;
    milliseconds first_fire;  // the earliest advance() that may and must fire it
};

class DelayTest : public testing::TestWithParam<DelayCase> {};

TEST_P(DelayTest, FiresAtTheTickNotBefore) {
    TimerWheel wheel(kStart);
    bool fired = false;
    (void)wheel.schedule(kStart + GetParam().delay, [&] { fired = true; });
    wheel.advance(kStart + GetParam().first_fire - milliseconds(1));
    EXPECT_FALSE(fired);
    wheel.advance(kStart + GetParam().first_fire);
    EXPECT_TRUE(fired);
    EXPECT_EQ(wheel.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Delays, DelayTest,
                         testing::Values(DelayCase{milliseconds(0), milliseconds(10)},
                                         DelayCase{milliseconds(-50), milliseconds(10)},
                                         DelayCase{milliseconds(1), milliseconds(10)},
                                         DelayCase{milliseconds(10), milliseconds(10)},
                                         DelayCase{milliseconds(11), milliseconds(20)},
                                         DelayCase{milliseconds(500), milliseconds(500)},
                                         DelayCase{milliseconds(32000), milliseconds(32000)},
                                         DelayCase{milliseconds(40960), milliseconds(40960)},
                                         DelayCase{milliseconds(40970), milliseconds(40970)},
                                         DelayCase{milliseconds(7'200'000),
                                                   milliseconds(7'200'000)}));

TEST(TimerWheel, CancelIsExactAndIdsAreNotReused) {
    TimerWheel wheel(kStart);
    int fired = 0;
    const TimerId first = wheel.schedule(kStart + seconds(1), [&] { ++fired; });
    EXPECT_TRUE(wheel.cancel(first));
    EXPECT_FALSE(wheel.cancel(first));
    EXPECT_FALSE(wheel.cancel(TimerId{}));
    const TimerId second = wheel.schedule(kStart + seconds(1), [&] { fired += 10; });
    EXPECT_NE(first, second);
    EXPECT_FALSE(wheel.cancel(first)) << "the node is the same, the timer is not";
    wheel.advance(kStart + seconds(2));
    EXPECT_EQ(fired, 10);
    EXPECT_FALSE(wheel.cancel(second));
    EXPECT_FALSE(wheel.next_deadline());
}

TEST(TimerWheel, CallbacksMayScheduleAndCancelInTheirOwnBucket) {
    TimerWheel wheel(kStart);
    std::vector<int> order;
    TimerId third;
    (void)wheel.schedule(kStart + seconds(1), [&] {
        order.push_back(1);
        wheel.cancel(third);
        (void)wheel.schedule(kStart + seconds(1), [&] { order.push_back(4); });
        // Same bucket, one turn later.
        (void)wheel.schedule(kStart + seconds(1) + 4096 * TimerWheel::kTick,
                             [&] { order.push_back(5); });
    });
    (void)wheel.schedule(kStart + seconds(1), [&] { order.push_back(2); });
    third = wheel.schedule(kStart + seconds(1), [&] { order.push_back(3); });
    wheel.advance(kStart + seconds(1));
    EXPECT_EQ(order, (std::vector{1, 2}));
    wheel.advance(kStart + seconds(2));
    EXPECT_EQ(order, (std::vector{1, 2, 4}));
    wheel.advance(kStart + hours(1));
    EXPECT_EQ(order, (std::vector{1, 2, 4, 5}));
}

TEST(TimerWheel, ALateAdvanceFiresInOrderOfDeadline) {
    TimerWheel wheel(kStart);
    std::vector<int> order;
    for (const int second : {90, 1, 50, 3, 41, 2}) {
        (void)wheel.schedule(kStart + seconds(second),
                             [&order, second] { order.push_back(second); });
    }
    EXPECT_EQ(wheel.advance(kStart + hours(1)), 6U);
    EXPECT_EQ(order, (std::vector{1, 2, 3, 41, 50, 90}));
}

// A driver that sleeps until next_deadline() misses nothing and does not spin.
TEST(TimerWheel, NextDeadlineDrivesEveryTimerOnTime) {
    TimerWheel wheel(kStart);
    std::mt19937 random(7);
    std::multimap<TimePoint, int> expected;
    std::vector<std::pair<TimePoint, TimePoint>> fired;  // deadline, when
    TimePoint now = kStart;
    for (int i = 0; i < 2000; ++i) {
        const TimePoint at = kStart + milliseconds(random() % 200'000);
        (void)wheel.schedule(at, [&fired, &now, at] { fired.emplace_back(at, now); });
    }
    int wakes = 0;
    while (const auto next = wheel.next_deadline()) {
        ASSERT_GT(*next, now);
        now = *next;
        wheel.advance(now);
        ++wakes;
    }
    ASSERT_EQ(fired.size(), 2000U);
    EXPECT_LT(wakes, 2000 * 7);
    for (const auto& [deadline, when] : fired) {
        EXPECT_GE(when, deadline);
        EXPECT_LE(when - deadline, 2 * TimerWheel::kTick);
    }
}

TEST(TimerWheel, AgreesWithAMapUnderRandomLoad) {
    TimerWheel wheel(kStart);
    std::mt19937 random(42);
    struct Entry {
        TimePoint at;
        TimerId id;
    };
    std::map<int, Entry> model;
    std::vector<int> fired;
    TimePoint now = kStart;
    for (int step = 0; step < 50'000; ++step) {
        switch (random() % 4) {
            case 0:
            case 1: {
                const TimePoint at = now + milliseconds(random() % 90'000);
                const TimerId id = wheel.schedule(at, [&fired, step] { fired.push_back(step); });
                model.emplace(step, Entry{at, id});
                break;
            }
            case 2:
                if (!model.empty()) {
                    auto victim = model.lower_bound(static_cast<int>(random() % 50'000));
                    if (victim == model.end()) victim = model.begin();
                    ASSERT_TRUE(wheel.cancel(victim->second.id));
                    model.erase(victim);
                }
                break;
            default:
                now += milliseconds(random() % 300);
                fired.clear();
                wheel.advance(now);
                for (const int name : fired) {
                    ASSERT_TRUE(model.contains(name));
                    ASSERT_LE(model[name].at, now);
                    model.erase(name);
                }
                for (const auto& [name, entry] : model) {
                    ASSERT_GT(entry.at + TimerWheel::kTick, now) << "overdue";
                }
        }
        ASSERT_EQ(wheel.size(), model.size());
    }
}

}  // namespace
}  // namespace portcullis::shard
