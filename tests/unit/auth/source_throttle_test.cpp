// SPDX-License-Identifier: BSD-2-Clause
// SourceThrottle: five wrong answers in 30 s shut an address out for 120 s, and nobody else.
#include "signaling/auth/source_throttle.hpp"

#include <gtest/gtest.h>

namespace portcullis::auth::testing {
namespace {

using namespace std::chrono_literals;

using Failure = SourceThrottle::Failure;

class ThrottleTest : public ::testing::Test {
 protected:
    static IpAddress address(std::uint32_t last) { return IpAddress::v4(0xc6120000U + last); }
    // Each of them a guess of its own. True: it denies the source.
    bool fail(const IpAddress& from, const std::string& user = "alice") {
        return throttle.failed(from, user, std::to_string(++guess), now) == Failure::Denied;
    }
    bool denied(const IpAddress& from, const std::string& user = "alice") {
        return throttle.denied(from, user, now);
    }

    TimePoint now{100h};
    int guess = 0;
    SourceThrottle throttle;
    const IpAddress guesser = address(1);
    const IpAddress other = address(2);
};

TEST_F(ThrottleTest, TheFifthWrongAnswerDenies) {
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail(guesser, "user" + std::to_string(i)));
    EXPECT_FALSE(denied(guesser));
    EXPECT_TRUE(fail(guesser));
    EXPECT_TRUE(denied(guesser));
    EXPECT_TRUE(denied(guesser, "bob")) << "whoever he claims to be";
    EXPECT_FALSE(denied(other));
    now += 119s;
    EXPECT_TRUE(denied(guesser));
    now += 1s;
    EXPECT_FALSE(denied(guesser));
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail(guesser));
    EXPECT_TRUE(fail(guesser)) << "and again";
}

TEST_F(ThrottleTest, SlowMistakesDoNot) {
    for (int i = 0; i < 50; ++i) {
        EXPECT_FALSE(fail(guesser));
        now += 8s;
    }
    EXPECT_FALSE(denied(guesser));
}

TEST_F(ThrottleTest, ARetransmissionIsNoGuess) {
    EXPECT_EQ(throttle.failed(guesser, "alice", "one", now), Failure::Counted);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(throttle.failed(guesser, "alice", "one", now), Failure::Repeated);
    }
    EXPECT_FALSE(denied(guesser));
}

// Behind the same NAT as the guesser.
TEST_F(ThrottleTest, AUserWhoIsKnownThereGoesOn) {
    throttle.succeeded(guesser, "bob", now);
    for (int i = 0; i < 5; ++i) (void)fail(guesser);
    EXPECT_TRUE(denied(guesser));
    EXPECT_FALSE(denied(guesser, "bob"));
    // Guessing at him counts for himself, and for him only.
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail(guesser, "bob"));
    EXPECT_TRUE(fail(guesser, "bob"));
    EXPECT_TRUE(denied(guesser, "bob"));
    EXPECT_FALSE(denied(other, "bob"));
    now += 2min;
    EXPECT_FALSE(denied(guesser, "bob"));
    now += 24h;
    for (int i = 0; i < 5; ++i) (void)fail(guesser);
    EXPECT_TRUE(denied(guesser, "bob")) << "a day is long enough to be known";
}

// A right password between the guesses does not start them afresh.
TEST_F(ThrottleTest, ASuccessPardonsNothing) {
    for (int i = 0; i < 4; ++i) {
        (void)fail(guesser);
        throttle.succeeded(guesser, "bob", now);
    }
    EXPECT_TRUE(fail(guesser));
}

// One host has a whole /64 of addresses.
TEST_F(ThrottleTest, AnIpv6SourceIsItsSubnet) {
    const auto host = [](int last) {
        return *IpAddress::parse("2001:db8::" + std::to_string(last));
    };
    for (int i = 1; i < 5; ++i) EXPECT_FALSE(fail(host(i)));
    EXPECT_TRUE(fail(host(5)));
    EXPECT_TRUE(denied(host(6)));
    EXPECT_FALSE(denied(*IpAddress::parse("2001:db8:0:1::6")));
}

TEST_F(ThrottleTest, IsBounded) {
    SourceThrottle small({.sources = 16});
    throttle.succeeded(other, "bob", now);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        (void)small.failed(address(i), "u", "r", now);
        small.succeeded(address(i), "u", now);
    }
    EXPECT_EQ(small.size(), 32U);
}

}  // namespace
}  // namespace portcullis::auth::testing
