// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/auth/throttle.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"

namespace portcullis::mgmt {
namespace {

using std::chrono::seconds;

class Throttle : public ::testing::Test {
 protected:
    // How many of `attempts` failures are answered 401.
    int plain(const std::string& remote, int attempts) {
        int count = 0;
        for (int i = 0; i < attempts; ++i) {
            if (throttle_.on_failure(remote, clock_.now()) == seconds{0}) ++count;
        }
        return count;
    }
    portcullis::testing::FakeClock clock_;
    LoginThrottle throttle_;
};

TEST_F(Throttle, LetsTenThroughThenOneEverySixSeconds) {
    EXPECT_EQ(plain("192.0.2.1", 60), 10);
    EXPECT_EQ(throttle_.on_failure("192.0.2.1", clock_.now()), seconds{6});
    clock_.advance(seconds{12});
    EXPECT_EQ(plain("192.0.2.1", 60), 2);
}

TEST_F(Throttle, CountsAddressesApart) {
    EXPECT_EQ(plain("192.0.2.1", 60), 10);
    EXPECT_EQ(plain("192.0.2.2", 60), 10);
}

TEST_F(Throttle, TakesAnIpv6NetworkAsOneHost) {
    EXPECT_EQ(plain("2001:db8::1", 60), 10);
    EXPECT_EQ(plain("2001:db8::ffff:2", 60), 0);
    EXPECT_EQ(plain("2001:db8:0:1::1", 60), 10);
}

TEST_F(Throttle, KeepsBoundedMemoryAndStillThrottles) {
    const auto address = [](std::size_t i) {
        return "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    };
    for (std::size_t i = 0; i < LoginThrottle::kMaxAddresses; ++i)
        EXPECT_EQ(plain(address(i), 1), 1);
    // All others share one bucket.
    int allowed = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        allowed += plain(address(LoginThrottle::kMaxAddresses + i), 1);
    }
    EXPECT_EQ(allowed, 10);
    // Once the old ones are idle there is room again.
    clock_.advance(seconds{61});
    EXPECT_EQ(plain("198.51.100.1", 60), 10);
}

}  // namespace
}  // namespace portcullis::mgmt
