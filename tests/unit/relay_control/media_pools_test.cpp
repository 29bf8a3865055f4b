// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/media_pools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

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

class RestoredPoolsTest : public MediaPoolsTest {
 protected:
    static PoolPlace place(const char* name, PortRange range) {
        return {name, "eth0", ip("198.18.0.1"), {}, range, {range}};
    }
    void await(const char* name, std::uint16_t port) {
        for (const auto& pool : pools.pools()) {
            if (pool->name == name) pool->allocator.await({port, kSession, clock.now() + 60s});
        }
    }
};

TEST_F(RestoredPoolsTest, ARemovedPoolDrainsOn) {
    pools.restore(place("p", {20000, 20099}));
    pools.restore(place("idle", {30000, 30099}));
    await("p", 20010);
    pools.apply({pool("q", {40000, 40099})}, 5s);
    EXPECT_THAT(pools.pools(), SizeIs(2)) << "nobody waits for a port of idle";
    EXPECT_THAT(pools.check({pool("q", {20000, 20099})}), SizeIs(1));
    EXPECT_EQ(pools.find("p"), nullptr);
    EXPECT_EQ(pools.find_former("p", 20010, SessionId{2}), nullptr);
    auto* former = pools.find_former("p", 20010, kSession);
    ASSERT_NE(former, nullptr);
    EXPECT_TRUE(pools.take(*former, 20010, kSession));
    clock.advance(60s);
    EXPECT_FALSE(pools.expire());
    pools.release(former->index, 20010);
    clock.advance(5s);
    EXPECT_TRUE(pools.expire());
    EXPECT_THAT(pools.pools(), SizeIs(1));
}

TEST_F(RestoredPoolsTest, AShrunkPoolServesItsOldPortsUntilNobodyWaits) {
    auto was = place("p", {20000, 20009});
    was.ranges.push_back({20010, 20099});
    pools.restore(was);
    await("p", 20090);
    pools.apply({pool("p", {20000, 20009})}, 5s);
    EXPECT_EQ(pools.find_former("p", 20090, kSession)->ranges, was.ranges);
    EXPECT_THAT(pools.pools(), SizeIs(1));
    clock.advance(60s);
    EXPECT_TRUE(pools.expire());
    EXPECT_THAT(pools.pools()[0]->ranges, SizeIs(1));
}

TEST_F(RestoredPoolsTest, TheConfigurationComesFirst) {
    pools.restore(place("p", {20000, 20099}));
    pools.restore(place("q", {30000, 30099}));
    await("p", 20010);
    await("q", 30010);
    const std::vector<PoolPlan> plan{pool("q", {30000, 30099}), pool("r", {20000, 20099})};
    EXPECT_TRUE(pools.make_way(plan));
    pools.apply(plan, 5s);
    EXPECT_THAT(pools.pools(), SizeIs(2));
    EXPECT_EQ(pools.find_former("p", 20010, kSession), nullptr);
    EXPECT_TRUE(pools.find_former("q", 30010, kSession)->allocator.awaits(30010, kSession));
    EXPECT_FALSE(pools.make_way(plan));
}

TEST_F(RestoredPoolsTest, PlacesAreKeptInTheStateFile) {
    const auto path =
        std::filesystem::path(testing::TempDir()) / ("pc-places-" + std::to_string(::getpid()));
    LeftState left;
    {
        auto file = StateFile::open(path, 4, left).value();
        pools.keep_in(file);
        pools.apply({pool("p", {20000, 20099}), pool("q", {30000, 30099})}, 5s);
        static_cast<void>(pools.take(*pools.find("p"), 20090, kSession).value());
        pools.apply({pool("p", {20000, 20009})}, 5s);
    }
    static_cast<void>(StateFile::open(path, 4, left).value());
    auto shrunk = place("p", {20000, 20009});
    shrunk.ranges.push_back({20010, 20099});
    EXPECT_EQ(left.pools, std::vector{shrunk});
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace portcullis::relay
