// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/port_allocator.hpp"

#include <gtest/gtest.h>

#include <set>

namespace portcullis::relay {
namespace {

using relay_api::Outcome;
using Counts = PortAllocator::Counts;
constexpr SessionId kA{1};
constexpr SessionId kB{2};
const TimePoint kStart{std::chrono::seconds(1000)};

TEST(PortAllocator, DrawsEveryPairOnceAndEven) {
    PortAllocator ports({20000, 20199});
    std::set<std::uint16_t> drawn;
    for (int i = 0; i < 100; ++i) drawn.insert(ports.draw(kA).value());
    EXPECT_EQ(drawn.size(), 100U);
    EXPECT_EQ(*drawn.begin(), 20000);
    EXPECT_EQ(*drawn.rbegin(), 20198);
    for (const auto port : drawn) EXPECT_EQ(port % 2, 0);
    EXPECT_EQ(ports.draw(kA).error(), Outcome::NoPorts);
    EXPECT_EQ(ports.counts(), (Counts{.free = 0, .used = 100, .quarantined = 0}));
}

struct RangeCase {
    const char* name;
    PortRange range;
    std::uint32_t pairs;
};
class Ranges : public testing::TestWithParam<RangeCase> {};
TEST_P(Ranges, WholePairsOnly) {
    PortAllocator ports(GetParam().range);
    EXPECT_EQ(ports.counts().free, GetParam().pairs);
    EXPECT_EQ(ports.counts().free, GetParam().range.pair_count());
}
INSTANTIATE_TEST_SUITE_P(Rfc3550Section11, Ranges,
                         testing::Values(RangeCase{"OddFirst", {20001, 20005}, 2},
                                         RangeCase{"EvenLast", {20000, 20004}, 2},
                                         RangeCase{"OnePair", {20000, 20001}, 1},
                                         RangeCase{"NoPair", {20001, 20002}, 0},
                                         RangeCase{"ToTheEnd", {65532, 65535}, 2}),
                         [](const auto& row) { return row.param.name; });

// RFC 6056: the order of draws is not the order of ports, nor the same twice.
TEST(PortAllocator, DrawsAreUnpredictable) {
    std::vector<std::uint16_t> first;
    std::vector<std::uint16_t> second;
    PortAllocator a({20000, 29999});
    PortAllocator b({20000, 29999});
    for (int i = 0; i < 50; ++i) {
        first.push_back(a.draw(kA).value());
        second.push_back(b.draw(kA).value());
    }
    EXPECT_NE(first, second);
    EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
}

TEST(PortAllocator, RestsFiveSeconds) {
    PortAllocator ports({20000, 20001});
    ASSERT_EQ(ports.draw(kA), 20000);
    ports.release(20000, kStart);
    EXPECT_EQ(ports.counts(), (Counts{.free = 0, .used = 0, .quarantined = 1}));
    ports.expire(kStart + Milliseconds(4999));
    EXPECT_EQ(ports.draw(kB).error(), Outcome::NoPorts);
    ports.expire(kStart + Milliseconds(5000));
    EXPECT_EQ(ports.counts(), (Counts{.free = 1, .used = 0, .quarantined = 0}));
    EXPECT_EQ(ports.draw(kB), 20000);
}

TEST(PortAllocator, RequestedPorts) {
    PortAllocator ports({20000, 20009});
    EXPECT_EQ(ports.take(20004, kA), 20004);
    EXPECT_EQ(ports.take(20004, kA).error(), Outcome::PortInUse);
    EXPECT_EQ(ports.take(20004, kB).error(), Outcome::PortInUse);
    EXPECT_EQ(ports.take(20005, kA).error(), Outcome::NoPorts);  // odd
    EXPECT_EQ(ports.take(20010, kA).error(), Outcome::NoPorts);  // outside
    for (int i = 0; i < 4; ++i) EXPECT_NE(ports.draw(kB).value(), 20004);
}

TEST(PortAllocator, RestingPortGoesBackToItsOwnerOnly) {
    PortAllocator ports({20000, 20001});
    ASSERT_EQ(ports.draw(kA), 20000);
    ports.release(20000, kStart);
    EXPECT_EQ(ports.take(20000, kB).error(), Outcome::PortInUse);
    EXPECT_EQ(ports.take(20000, kA), 20000);
    // The old rest's end does not free what is in use again.
    ports.expire(kStart + Milliseconds(6000));
    EXPECT_EQ(ports.counts(), (Counts{.free = 0, .used = 1, .quarantined = 0}));
    // A second rest counts from its own beginning.
    ports.release(20000, kStart + Milliseconds(7000));
    ports.expire(kStart + Milliseconds(11999));
    EXPECT_EQ(ports.counts().quarantined, 1U);
    ports.expire(kStart + Milliseconds(12000));
    EXPECT_EQ(ports.counts().free, 1U);
}

TEST(PortAllocator, ReleaseTwiceOrOfNothingIsIgnored) {
    PortAllocator ports({20000, 20003});
    ports.release(20000, kStart);
    EXPECT_EQ(ports.counts(), (Counts{.free = 2, .used = 0, .quarantined = 0}));
    ASSERT_EQ(ports.take(20002, kA), 20002);
    ports.release(20002, kStart);
    ports.release(20002, kStart);
    EXPECT_EQ(ports.counts(), (Counts{.free = 1, .used = 0, .quarantined = 1}));
}

TEST(PortAllocator, QuarantineSurvivesExportAndImport) {
    PortAllocator before({20000, 20003});
    ASSERT_EQ(before.take(20000, kA), 20000);
    before.release(20000, kStart);
    const auto resting = before.resting();
    ASSERT_EQ(resting.size(), 1U);

    PortAllocator after({20000, 20003});
    after.import(resting[0]);
    after.import({.port = 30000, .owner = kA, .until = kStart});  // no longer in the range
    EXPECT_EQ(after.counts(), (Counts{.free = 1, .used = 0, .quarantined = 1}));
    EXPECT_EQ(after.take(20000, kB).error(), Outcome::PortInUse);
    after.expire(kStart + Milliseconds(4999));
    EXPECT_EQ(after.counts().quarantined, 1U);
    after.expire(kStart + Milliseconds(5000));
    EXPECT_EQ(after.take(20000, kB), 20000);
}

TEST(PortAllocator, ResizeKeepsWhatIsInUse) {
    PortAllocator ports({20000, 20009});
    ASSERT_EQ(ports.take(20008, kA), 20008);
    EXPECT_FALSE(ports.uses({20000, 20007}));
    EXPECT_TRUE(ports.uses({20009, 20100}));
    ports.resize({20000, 20003});
    EXPECT_EQ(ports.counts(), (Counts{.free = 2, .used = 1, .quarantined = 0}));
    ports.release(20008, kStart);
    ports.expire(kStart + Milliseconds(5000));
    EXPECT_EQ(ports.counts(), (Counts{.free = 2, .used = 0, .quarantined = 0}));
    ports.resize({20000, 20009});
    EXPECT_EQ(ports.counts().free, 5U);
}

TEST(PortAllocator, HundredThousandSessionsLeaveNothingBehind) {
    PortAllocator ports({20000, 29999});
    TimePoint now = kStart;
    for (std::uint64_t i = 1; i <= 100000; ++i) {
        const auto port = ports.draw(SessionId{i});
        ASSERT_TRUE(port);
        ports.release(*port, now);
        now += Milliseconds(2);
        ports.expire(now);
    }
    ports.expire(now + PortAllocator::kQuarantine);
    EXPECT_EQ(ports.counts(), (Counts{.free = 5000, .used = 0, .quarantined = 0}));
}

// A session of a former process: its pair is nobody else's, though the range has shrunk.
TEST(PortAllocator, APairThatWaitsIsItsOwnersAlone) {
    PortAllocator ports({20000, 20003});
    ports.await({.port = 20000, .owner = kA, .until = kStart + std::chrono::seconds(60)});
    ports.await({.port = 20010, .owner = kA, .until = kStart + std::chrono::seconds(60)});
    EXPECT_TRUE(ports.in_use());
    EXPECT_TRUE(ports.uses({20004, 20011}));
    EXPECT_EQ(ports.counts(), (Counts{.free = 1, .used = 0, .quarantined = 2}));
    EXPECT_EQ(ports.take(20000, kB).error(), Outcome::PortInUse);
    EXPECT_EQ(ports.take(20010, kB).error(), Outcome::NoPorts);
    EXPECT_EQ(ports.take(20010, kA), 20010);
    ports.expire(kStart + std::chrono::seconds(60));
    EXPECT_EQ(ports.counts(), (Counts{.free = 2, .used = 1, .quarantined = 0}));
    ports.release(20010, kStart);
    EXPECT_FALSE(ports.in_use());
    ports.expire(kStart + std::chrono::seconds(60));
    EXPECT_EQ(ports.take(20010, kA).error(), Outcome::NoPorts) << "outside, and nobody's now";
}

}  // namespace
}  // namespace portcullis::relay
