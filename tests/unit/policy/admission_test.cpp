// SPDX-License-Identifier: BSD-2-Clause
#include "policy/admission.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace portcullis::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{std::chrono::hours(1)};

Trunk trunk(config::CapacityConfig capacity) {
    Trunk out;
    out.name = "carrier";
    out.capacity = capacity;
    return out;
}

TEST(Admission, CountsEvenWithoutLimits) {
    Admission admission;
    const Trunk unlimited = trunk({});
    std::vector<CallToken> tokens;
    for (int i = 0; i < 1000; ++i) {
        auto token = admission.reserve_call(unlimited, kStart);
        ASSERT_TRUE(token);
        tokens.push_back(std::move(*token));
    }
    EXPECT_EQ(admission.calls("carrier"), 1000U);
    tokens.clear();
    EXPECT_EQ(admission.calls("carrier"), 0U);
    EXPECT_EQ(admission.calls("nobody"), 0U);
}

TEST(Admission, RefusesTheCallPastTheLimitAsTheTrunkSays) {
    Admission admission;
    const Trunk limited = trunk({.max_calls = 2, .reject_code = 486, .retry_after = seconds(7)});
    auto first = admission.reserve_call(limited, kStart);
    auto second = admission.reserve_call(limited, kStart);
    const auto third = admission.reserve_call(limited, kStart);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, 486);
    EXPECT_EQ(third.error().retry_after, seconds(7));
    EXPECT_EQ(third.error().reason, "trunk carrier: all 2 calls in use");
    first->release();
    first->release();
    EXPECT_EQ(admission.calls("carrier"), 1U);
    EXPECT_TRUE(admission.reserve_call(limited, kStart));
}

TEST(Admission, TokensMove) {
    Admission admission;
    CallToken kept;
    EXPECT_FALSE(kept);
    {
        auto token = admission.reserve_call(trunk({}), kStart);
        kept = std::move(*token);
    }
    EXPECT_TRUE(kept);
    EXPECT_EQ(admission.calls("carrier"), 1U);
    kept = CallToken{};
    EXPECT_EQ(admission.calls("carrier"), 0U);
}

TEST(Admission, TokensMayOutliveIt) {
    CallToken token;
    {
        Admission admission;
        token = *admission.reserve_call(trunk({}), kStart);
    }
    token.release();
}

struct RateStep {
    milliseconds at;
    int admitted;  // of 100 calls tried at that time
};

struct RateCase {
    const char* name;
    std::uint32_t max_cps;
    std::uint32_t burst;
    std::vector<RateStep> steps;
};

class RateTest : public testing::TestWithParam<RateCase> {};

TEST_P(RateTest, AdmitsTheBurstThenTheRate) {
    Admission admission;
    const Trunk limited = trunk({.max_cps = GetParam().max_cps, .burst = GetParam().burst});
    for (const RateStep& step : GetParam().steps) {
        int admitted = 0;
        for (int i = 0; i < 100; ++i) {
            const auto token = admission.reserve_call(limited, kStart + step.at);
            admitted += token ? 1 : 0;
        }
        EXPECT_EQ(admitted, step.admitted) << step.at.count() << " ms";
    }
    // A call refused for its rate holds no place.
    EXPECT_EQ(admission.calls("carrier"), 0U);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateTest,
                         testing::Values(RateCase{"BurstIsTheRate",
                                                  10,
                                                  0,
                                                  {{milliseconds(0), 10},
                                                   {milliseconds(99), 0},
                                                   {milliseconds(100), 1},
                                                   {milliseconds(500), 4},
                                                   {milliseconds(10000), 10}}},
                                         RateCase{"OneByOne",
                                                  10,
                                                  1,
                                                  {{milliseconds(0), 1},
                                                   {milliseconds(50), 0},
                                                   {milliseconds(100), 1},
                                                   {milliseconds(10000), 1}}},
                                         RateCase{"LongBurst",
                                                  1,
                                                  50,
                                                  {{milliseconds(0), 50},
                                                   {milliseconds(999), 0},
                                                   {milliseconds(1000), 1},
                                                   {milliseconds(11000), 10}}}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Admission, CountsSurviveAChangeOfLimits) {
    Admission admission;
    std::vector<CallToken> tokens;
    for (int i = 0; i < 5; ++i) {
        tokens.push_back(*admission.reserve_call(trunk({.max_calls = 10}), kStart));
    }
    EXPECT_FALSE(admission.reserve_call(trunk({.max_calls = 3}), kStart));
    tokens.resize(2);
    EXPECT_TRUE(admission.reserve_call(trunk({.max_calls = 3}), kStart));
}

TEST(Admission, RecoveredCallsCountWhateverTheLimit) {
    Admission admission;
    const CallToken a = admission.adopt_call("carrier");
    const CallToken b = admission.adopt_call("carrier");
    EXPECT_EQ(admission.calls("carrier"), 2U);
    EXPECT_FALSE(admission.reserve_call(trunk({.max_calls = 1}), kStart));
}

TEST(Admission, FiguresTellWhatHappened) {
    Admission admission;
    const Trunk limited = trunk({.max_calls = 1, .max_cps = 1, .burst = 1});
    {
        const auto token = admission.reserve_call(limited, kStart);
        EXPECT_FALSE(admission.reserve_call(limited, kStart));
    }
    EXPECT_FALSE(admission.reserve_call(limited, kStart));
    const auto figures = admission.figures();
    ASSERT_EQ(figures.size(), 1U);
    EXPECT_EQ(figures[0].trunk, "carrier");
    EXPECT_EQ(figures[0].calls, 0U);
    EXPECT_EQ(figures[0].admitted, 1U);
    EXPECT_EQ(figures[0].refused_calls, 1U);
    EXPECT_EQ(figures[0].refused_rate, 1U);
}

// Shards reserve at once: never more than the limit, and never one refused below it for good.
TEST(Admission, ThreadsTogetherKeepTheLimit) {
    Admission admission;
    const Trunk limited = trunk({.max_calls = 3});
    std::atomic<int> holding{0};
    std::atomic<int> most{0};
    const auto work = [&] {
        for (int i = 0; i < 20000; ++i) {
            const auto token = admission.reserve_call(limited, kStart);
            if (!token) continue;
            const int now = ++holding;
            int seen = most.load();
            while (seen < now && !most.compare_exchange_weak(seen, now)) {
            }
            --holding;
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
    threads.clear();
    EXPECT_LE(most.load(), 3);
    EXPECT_EQ(admission.calls("carrier"), 0U);
}

}  // namespace
}  // namespace portcullis::policy
