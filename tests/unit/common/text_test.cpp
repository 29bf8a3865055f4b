// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/text.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/base/random.hpp"
#include "common/base/token_bucket.hpp"

namespace portcullis {
namespace {

TEST(Text, NumbersAreStrict) {
    EXPECT_EQ(text::to_number<std::uint16_t>("65535"), 65535);
    for (const char* bad : {"65536", "-1", "+1", "", " 1", "1 ", "0x1"}) {
        EXPECT_FALSE(text::to_number<std::uint16_t>(bad)) << bad;
    }
}

TEST(Text, PrintableIsOneLineAndBounded) {
    EXPECT_EQ(text::printable("a\r\nb\"\x80"), "a\\x0d\\x0ab\\\"\\x80");
    EXPECT_EQ(text::printable("abcdef", 3), "abc...");
}

TEST(Text, HexRoundTrip) {
    EXPECT_EQ(text::from_hex(text::to_hex("\x01\xff")), "\x01\xff");
    EXPECT_FALSE(text::from_hex("abc"));
    EXPECT_FALSE(text::from_hex("zz"));
}

TEST(Random, TokensDifferAndKeepToTheirAlphabet) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto token = random_token(24);
        EXPECT_EQ(token.find_first_not_of("0123456789abcdefghijklmnopqrstuv"), std::string::npos);
        EXPECT_TRUE(seen.insert(token).second);
    }
}

TEST(Random, BelowReachesEveryValue) {
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_below(7));
    EXPECT_EQ(seen.size(), 7U);
    EXPECT_EQ(*seen.rbegin(), 6U);
}

TEST(TokenBucket, AllowsTheBurstThenTheRate) {
    TokenBucket bucket(10.0, 2.0);
    TimePoint now{std::chrono::seconds(1)};
    EXPECT_TRUE(bucket.take(now));
    EXPECT_TRUE(bucket.take(now));
    EXPECT_FALSE(bucket.take(now));
    now += std::chrono::milliseconds(100);
    EXPECT_TRUE(bucket.take(now));
    EXPECT_FALSE(bucket.take(now));
}

}  // namespace
}  // namespace portcullis
