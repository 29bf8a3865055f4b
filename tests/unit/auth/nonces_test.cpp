// SPDX-License-Identifier: BSD-2-Clause
// Nonces: what we gave out, for how long, and that nothing is taken twice.
#include "signaling/auth/nonces.hpp"

#include <gtest/gtest.h>

namespace portcullis::auth::testing {
namespace {

using namespace std::chrono_literals;
using Verdict = Nonces::Verdict;

constexpr Nonces::Key kNonceKey{std::byte{7}};

class NoncesTest : public ::testing::Test {
 protected:
    bool take(const std::string& nonce, std::uint32_t count) {
        if (nonces.check(nonce, count, now) != Verdict::Good) return false;
        nonces.use(nonce, count, now);
        return true;
    }

    TimePoint now{100h};
    Nonces nonces{kNonceKey, 1, {.lifetime = 60s, .used = 4}};
};

TEST_F(NoncesTest, LiveForTheirLifetime) {
    const auto nonce = nonces.make(now);
    EXPECT_NE(nonces.make(now), nonce);
    now += 60s;
    EXPECT_EQ(nonces.check(nonce, 1, now), Verdict::Good);
    now += 1ms;
    EXPECT_EQ(nonces.check(nonce, 1, now), Verdict::Stale);
    EXPECT_EQ(nonces.in_use(), 0U) << "giving out and asking keep nothing";
}

TEST_F(NoncesTest, AreOursOrForeign) {
    const auto nonce = nonces.make(now);
    auto forged = nonce;
    forged[10] = forged[10] == '0' ? '1' : '0';  // a later time
    EXPECT_EQ(nonces.check(forged, 1, now), Verdict::Foreign);
    EXPECT_EQ(nonces.check("", 1, now), Verdict::Foreign);
    EXPECT_EQ(nonces.check(nonce + "0", 1, now), Verdict::Foreign);
    Nonces restarted({std::byte{8}}, 1, {});
    EXPECT_EQ(restarted.check(nonce, 1, now), Verdict::Foreign);
    Nonces other_shard(kNonceKey, 2, {});
    EXPECT_EQ(other_shard.check(nonce, 1, now), Verdict::Stale) << "that shard has its counts";
}

TEST_F(NoncesTest, ACountIsTakenOnce) {
    const auto nonce = nonces.make(now);
    EXPECT_TRUE(take(nonce, 1));
    EXPECT_FALSE(take(nonce, 1)) << "replayed";
    EXPECT_TRUE(take(nonce, 3));
    EXPECT_TRUE(take(nonce, 2)) << "overtaken on the way";
    EXPECT_FALSE(take(nonce, 2));
    EXPECT_FALSE(take(nonce, 3));
    EXPECT_TRUE(take(nonce, 100));
    EXPECT_TRUE(take(nonce, 37));
    EXPECT_FALSE(take(nonce, 36)) << "behind the window";
    EXPECT_TRUE(take(nonce, 0xffffffffU));
    EXPECT_FALSE(take(nonce, 0xffffffffU));
}

TEST_F(NoncesTest, WithoutACountANonceServesOnce) {
    const auto nonce = nonces.make(now);
    EXPECT_TRUE(take(nonce, 0));
    EXPECT_FALSE(take(nonce, 0));
    EXPECT_FALSE(take(nonce, 1));
    const auto other = nonces.make(now);
    EXPECT_TRUE(take(other, 1));
    EXPECT_FALSE(take(other, 0));
}

TEST_F(NoncesTest, WhatIsForgottenForWantOfRoomIsStale) {
    std::vector<std::string> all;
    for (int i = 0; i < 6; ++i) {
        all.push_back(nonces.make(now));
        now += 1ms;
    }
    for (const auto& nonce : all) EXPECT_TRUE(take(nonce, 1));
    EXPECT_EQ(nonces.in_use(), 4U);
    for (const auto& nonce : all) EXPECT_FALSE(take(nonce, 1));
    EXPECT_FALSE(take(all[0], 2)) << "it could be a replay";
    EXPECT_TRUE(take(all[5], 2));
}

TEST_F(NoncesTest, ExpiredOnesMakeRoom) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(take(nonces.make(now), 1));
    now += 61s;
    EXPECT_TRUE(take(nonces.make(now), 1));
    EXPECT_EQ(nonces.in_use(), 1U);
}

}  // namespace
}  // namespace portcullis::auth::testing
