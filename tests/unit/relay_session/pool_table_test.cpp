// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/pool_table.hpp"

#include <gtest/gtest.h>

namespace portcullis::relay {
namespace {

MediaPool pool(PoolIndex index, std::uint16_t port, std::uint16_t vlan, const char* address,
               std::uint16_t first, std::uint16_t last) {
    return {.index = index,
            .port = port,
            .vlan = vlan,
            .address = IpAddress::parse(address).value(),
            .ports = {first, last},
            .owners = std::make_shared<PoolOwners>()};
}

PoolTable table() {
    return PoolTable(
        {pool(0, 0, 0, "198.18.0.1", 20000, 29999), pool(1, 0, 0, "198.18.0.1", 40000, 40099),
         pool(2, 0, 100, "198.18.0.1", 20000, 29999), pool(3, 1, 0, "198.18.0.1", 20000, 29999),
         pool(7, 0, 0, "fd00:18::1", 20000, 29999)});
}

struct Case {
    const char* name;
    std::uint16_t port;
    std::uint16_t vlan;
    const char* address;
    std::uint16_t udp;
    int want;  // pool index; -1: address unknown; -2: address known, port outside
};

class Find : public testing::TestWithParam<Case> {};

TEST_P(Find, Pool) {
    const PoolTable pools = table();
    const IpAddress address = IpAddress::parse(GetParam().address).value();
    const auto match =
        pools.find(GetParam().port, GetParam().vlan, address.bytes(), GetParam().udp);
    EXPECT_EQ(match.address_known, GetParam().want != -1);
    ASSERT_EQ(match.pool != nullptr, GetParam().want >= 0);
    if (match.pool != nullptr) {
        EXPECT_EQ(match.pool->index, GetParam().want);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Identity, Find,
    testing::Values(Case{"First", 0, 0, "198.18.0.1", 20000, 0},
                    Case{"Last", 0, 0, "198.18.0.1", 29999, 0},
                    Case{"SecondRangeOfTheAddress", 0, 0, "198.18.0.1", 40050, 1},
                    Case{"BetweenTheRanges", 0, 0, "198.18.0.1", 30000, -2},
                    Case{"OtherVlan", 0, 100, "198.18.0.1", 20000, 2},
                    Case{"UnknownVlan", 0, 101, "198.18.0.1", 20000, -1},
                    Case{"OtherDevice", 1, 0, "198.18.0.1", 20000, 3},
                    Case{"UnknownDevice", 2, 0, "198.18.0.1", 20000, -1},
                    Case{"OtherAddress", 0, 0, "198.18.0.2", 20000, -1},
                    Case{"Ipv6", 0, 0, "fd00:18::1", 20000, 7},
                    Case{"MappedIsNotIpv4", 0, 0, "::ffff:198.18.0.1", 20000, -1}),
    [](const auto& row) { return row.param.name; });

TEST(PoolTable, ByIndex) {
    const PoolTable pools = table();
    EXPECT_EQ(pools.by_index(7)->address.text(), "fd00:18::1");
    EXPECT_EQ(pools.by_index(5), nullptr);
    EXPECT_EQ(pools.by_index(200), nullptr);
    const PoolTable copy = pools;  // NOLINT: a copy must not point into its original
    EXPECT_EQ(copy.by_index(7), &copy.pools()[4]);
}

TEST(PoolTable, EmptyFindsNothing) {
    const PoolTable pools;
    EXPECT_FALSE(pools.find(0, 0, IpAddress{}.bytes(), 1).address_known);
}

TEST(PoolOwners, PairsShareAnOwner) {
    PoolOwners owners;
    EXPECT_EQ(owners.owner(20000), kNoWorker);
    owners.set(20000, 3);
    EXPECT_EQ(owners.owner(20000), 3);
    EXPECT_EQ(owners.owner(20001), 3);
    EXPECT_EQ(owners.owner(20002), kNoWorker);
    owners.set(65534, 1);
    EXPECT_EQ(owners.owner(65535), 1);
}

}  // namespace
}  // namespace portcullis::relay
