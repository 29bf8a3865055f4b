// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/media_pools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::IsEmpty;
using testing::SizeIs;

constexpr SessionId kSession{1};

PoolPlan pool(const char* name, PortRange range, const char* address = "198.18.0.1") {
    return {name, "eth0", {ip(address), range}, {}, std::string("/media_pools/") + name};
}

class MediaPoolsTest : public testing::Test {
 protected:
    FakeClock clock;
    MediaPools pools{clock};
};

TEST_F(MediaPoolsTest, AShrunkPoolServesItsOldPortsUntilTheyRest) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    ASSERT_TRUE(pools.take(*pools.find("p"), 20090, kSession));
    pools.apply({pool("p", {20000, 20009})}, 5s);
    EXPECT_EQ(pools.find("p")->ranges, (std::vector<PortRange>{{20000, 20009}, {20010, 20099}}));
    EXPECT_FALSE(pools.expire());
    for (int i = 0; i < 5; ++i) {
        EXPECT_LE(pools.take(*pools.find("p"), 0, kSession).value(), 20008);
    }
    pools.release(0, 20090);
    EXPECT_TRUE(pools.expire()) << "tables are to be made anew";
    EXPECT_EQ(pools.find("p")->ranges, (std::vector<PortRange>{{20000, 20009}}));
}

TEST_F(MediaPoolsTest, ARemovedPoolDrainsAndItsIndexIsNotReused) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    const auto port = pools.take(*pools.find("p"), 0, kSession).value();
    pools.apply({pool("q", {30000, 30099})}, 5s);
    EXPECT_EQ(pools.find("p"), nullptr);
    EXPECT_THAT(pools.pools(), SizeIs(2));
    EXPECT_EQ(pools.find("q")->index, 1);
    pools.release(0, port);
    EXPECT_FALSE(pools.expire()) << "still resting";
    clock.advance(5s);
    EXPECT_TRUE(pools.expire());
    EXPECT_THAT(pools.pools(), SizeIs(1));
}

TEST_F(MediaPoolsTest, PortsOfLiveSessionsAreNotGivenToAnotherPool) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    const auto port = pools.take(*pools.find("p"), 20098, kSession).value();
    EXPECT_THAT(pools.check({pool("q", {20050, 20199})}), SizeIs(1));
    EXPECT_THAT(pools.check({pool("q", {20100, 20199})}), IsEmpty());
    EXPECT_THAT(pools.check({pool("q", {20050, 20199}, "198.18.0.9")}), IsEmpty());
    pools.release(0, port);
    EXPECT_THAT(pools.check({pool("q", {20050, 20199})}), IsEmpty());
}

TEST_F(MediaPoolsTest, ARemovedPoolThatComesBackLivesOn) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    static_cast<void>(pools.take(*pools.find("p"), 20098, kSession).value());
    pools.apply({}, 5s);
    EXPECT_EQ(pools.find("p"), nullptr);
    EXPECT_THAT(pools.check({pool("p", {20000, 20199})}), IsEmpty());
    pools.apply({pool("p", {20000, 20199})}, 5s);
    EXPECT_THAT(pools.pools(), SizeIs(1));
    EXPECT_EQ(pools.find("p")->allocator.counts().used, 1U);
}

TEST_F(MediaPoolsTest, APartWithoutSessionsMayGoToAnotherPool) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    static_cast<void>(pools.take(*pools.find("p"), 20000, kSession).value());
    const std::vector<PoolPlan> split{pool("p", {20000, 20049}), pool("q", {20050, 20099})};
    EXPECT_THAT(pools.check(split), IsEmpty());
    pools.apply(split, 5s);
    EXPECT_EQ(pools.find("p")->ranges, (std::vector<PortRange>{{20000, 20049}}));
    EXPECT_THAT(pools.check({pool("q", {20000, 20099})}), SizeIs(1));
}

TEST_F(MediaPoolsTest, APoolThatMovesPastAnotherClaimsNothingBetween) {
    pools.apply({pool("a", {10000, 19999}), pool("b", {30000, 39999})}, 5s);
    const auto port = pools.take(*pools.find("a"), 10000, kSession).value();
    const std::vector<PoolPlan> moved{pool("a", {50000, 59999}), pool("b", {30000, 39999})};
    EXPECT_THAT(pools.check(moved), IsEmpty());
    pools.apply(moved, 5s);
    const std::vector<PortRange> both{{50000, 59999}, {10000, 19999}};
    EXPECT_EQ(pools.find("a")->ranges, both);
    // Once more during the call: what lies between is not kept.
    pools.apply({pool("a", {60000, 60999}), pool("b", {30000, 39999})}, 5s);
    EXPECT_EQ(pools.find("a")->ranges, (std::vector<PortRange>{{60000, 60999}, {10000, 19999}}));
    pools.release(0, port);
    EXPECT_TRUE(pools.expire());
    EXPECT_EQ(pools.find("a")->ranges, (std::vector<PortRange>{{60000, 60999}}));
}

TEST_F(MediaPoolsTest, PortsRestOnWhenTheirPoolIsReplaced) {
    pools.apply({pool("p", {20000, 20001})}, 5s);
    pools.release(0, pools.take(*pools.find("p"), 0, kSession).value());
    pools.apply({pool("q", {20000, 20003})}, 5s);
    EXPECT_THAT(pools.pools(), SizeIs(1));
    EXPECT_EQ(pools.find("q")->allocator.counts(),
              (PortAllocator::Counts{.free = 1, .used = 0, .quarantined = 1}));
}

TEST_F(MediaPoolsTest, QuarantineIsTheConfigurations) {
    pools.apply({pool("p", {20000, 20001})}, 20s);
    pools.release(0, pools.take(*pools.find("p"), 0, kSession).value());
    clock.advance(19s);
    static_cast<void>(pools.expire());
    EXPECT_FALSE(pools.take(*pools.find("p"), 0, SessionId{2}));
    clock.advance(1s);
    static_cast<void>(pools.expire());
    EXPECT_TRUE(pools.take(*pools.find("p"), 0, SessionId{2}));
}

TEST_F(MediaPoolsTest, APoolWhoseInterfaceIsMissingGivesNoPorts) {
    pools.apply({pool("p", {20000, 20099})}, 5s);
    pools.pools()[0]->reachable = false;
    EXPECT_EQ(pools.find("p"), nullptr);
    pools.apply({pool("p", {20000, 20099})}, 5s);
    EXPECT_THAT(pools.pools(), SizeIs(1)) << "it is the same pool all the same";
}

}  // namespace
}  // namespace portcullis::relay
