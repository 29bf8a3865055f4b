// SPDX-License-Identifier: BSD-2-Clause
// The order of servers: RFC 2782 priorities and weights, families, addresses that are refused.
#include <gtest/gtest.h>

#include <map>

#include "signaling/locate/found.hpp"
#include "tests/unit/locate/zone.hpp"

namespace portcullis::locate {
namespace {

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

// Draws what the test says, checking that it is asked within bounds.
Random scripted(std::vector<std::uint32_t> draws, std::vector<std::uint32_t>* bounds = nullptr) {
    return [draws, bounds, next = std::size_t{0}](std::uint32_t bound) mutable {
        if (bounds != nullptr) bounds->push_back(bound);
        const std::uint32_t drawn = next < draws.size() ? draws[next++] : 0;
        EXPECT_LT(drawn, bound);
        return drawn;
    };
}

std::string targets(const std::vector<SrvRecord>& records) {
    std::string out;
    for (const auto& record : records) out += record.target;
    return out;
}

const std::vector<SrvRecord> kRecords{{1, 10, 5060, "a"},
                                      {0, 0, 5060, "z"},
                                      {0, 30, 5060, "b"},
                                      {0, 60, 5060, "c"},
                                      {1, 0, 5060, "y"}};

struct DrawCase {
    std::vector<std::uint32_t> draws;
    const char* order;
};

class WeightedOrderTest : public testing::TestWithParam<DrawCase> {};

// RFC 2782 page 4: running sums of "z" 0, "b" 30, "c" 90; the first that reaches the number drawn.
TEST_P(WeightedOrderTest, FollowsTheRunningSum) {
    EXPECT_EQ(targets(weighted_order(kRecords, 64, scripted(GetParam().draws))), GetParam().order);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WeightedOrderTest,
    testing::Values(DrawCase{{0, 0, 0, 0, 0}, "zbcya"}, DrawCase{{1, 0, 0, 0, 0}, "bzcya"},
                    DrawCase{{30, 0, 0, 0, 0}, "bzcya"}, DrawCase{{31, 0, 0, 0, 0}, "czbya"},
                    DrawCase{{90, 30, 0, 0, 0}, "cbzya"}, DrawCase{{90, 1, 0, 10, 0}, "cbzay"}));

TEST(WeightedOrder, DrawsFromZeroToTheSumBothIncluded) {
    std::vector<std::uint32_t> bounds;
    (void)weighted_order(kRecords, 64, scripted({90, 0, 0, 0, 0}, &bounds));
    EXPECT_EQ(bounds, (std::vector<std::uint32_t>{91, 31, 31, 11, 11}));
}

TEST(WeightedOrder, StopsAtTheLimit) {
    EXPECT_EQ(targets(weighted_order(kRecords, 2, first_of_all())), "zb");
    EXPECT_EQ(targets(weighted_order(kRecords, 0, first_of_all())), "");
    EXPECT_EQ(targets(weighted_order(std::vector<SrvRecord>{}, 2, first_of_all())), "");
}

// 10,000 draws of weights 60 : 30 : 10: the shares of RFC 2782, within five standard deviations.
TEST(WeightedOrder, SharesByWeight) {
    const std::vector<SrvRecord> records{
        {0, 60, 5060, "a"}, {0, 30, 5060, "b"}, {0, 10, 5060, "c"}};
    std::uint64_t state = 42;
    const Random random = [&state](std::uint32_t bound) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>((state >> 33U) % bound);
    };
    std::map<std::string, int> first;
    for (int i = 0; i < 10000; ++i) ++first[weighted_order(records, 64, random).front().target];
    // "Both included" favours the first a little: 61 of 101 numbers.
    EXPECT_NEAR(first["a"], 6040, 250);
    EXPECT_NEAR(first["b"], 2970, 250);
    EXPECT_NEAR(first["c"], 990, 150);
}

TEST(Draw, OrdersGroupsThenPrioritiesThenFamilies) {
    const Found found{.groups = {{TransportKind::Tls,
                                  {{.priority = 2,
                                    .port = 5061,
                                    .host = "b",
                                    .v4 = {address("192.0.2.2")},
                                    .v6 = {address("2001:db8::2")}},
                                   {.priority = 1,
                                    .weight = 7,
                                    .port = 5061,
                                    .host = "a",
                                    .v4 = {address("192.0.2.1")}}}},
                                 {TransportKind::Udp,
                                  {{.port = 5060, .host = "a", .v4 = {address("192.0.2.1")}}}}},
                      .server_name = "example.com"};
    const auto servers = draw(found, false, first_of_all());
    EXPECT_EQ(text_of(servers),
              "tls 192.0.2.1:5061, tls 192.0.2.2:5061, tls [2001:db8::2]:5061, udp 192.0.2.1:5060");
    EXPECT_EQ(servers.front(),
              (Located{TransportKind::Tls, {address("192.0.2.1"), 5061}, "example.com", 1, 7}));
    EXPECT_EQ(text_of(draw(found, true, first_of_all())),
              "tls 192.0.2.1:5061, tls [2001:db8::2]:5061, tls 192.0.2.2:5061, udp 192.0.2.1:5060");
}

TEST(Draw, AddressesOfOneHostAreEquals) {
    Found found{.groups = {{TransportKind::Udp, {{.port = 5060, .host = "a"}}}},
                .server_name = "a"};
    for (const char* text : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
        found.groups[0].candidates[0].v4.push_back(address(text));
    }
    std::uint64_t state = 7;
    const Random random = [&state](std::uint32_t bound) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>((state >> 33U) % bound);
    };
    std::map<std::string, int> first;
    for (int i = 0; i < 3000; ++i) ++first[draw(found, false, random).front().remote.text()];
    for (const auto& [text, times] : first) EXPECT_NEAR(times, 1000, 150) << text;
    EXPECT_EQ(first.size(), 3U);
}

TEST(Draw, KeepsAtMost64) {
    Found found{.groups = {{TransportKind::Udp, {{.port = 5060, .host = "a"}}}},
                .server_name = "a"};
    for (std::uint32_t i = 1; i <= 200; ++i) {
        found.groups[0].candidates[0].v4.push_back(IpAddress::v4(0xc6336400U + i));
    }
    EXPECT_EQ(draw(found, false, first_of_all()).size(), kMaxServers);
}

struct AddressCase {
    const char* text;
    bool usable;
    bool with_loopback;
};

class MayBeServerTest : public testing::TestWithParam<AddressCase> {};

// Addresses that nothing is ever sent to, whatever a name server says.
TEST_P(MayBeServerTest, IsJudged) {
    EXPECT_EQ(may_be_server(address(GetParam().text), false), GetParam().usable);
    EXPECT_EQ(may_be_server(address(GetParam().text), true), GetParam().with_loopback);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MayBeServerTest,
    testing::Values(AddressCase{"192.0.2.1", true, true}, AddressCase{"10.0.0.1", true, true},
                    AddressCase{"2001:db8::1", true, true}, AddressCase{"fd00::1", true, true},
                    AddressCase{"0.0.0.0", false, false}, AddressCase{"0.0.0.1", false, false},
                    AddressCase{"127.0.0.1", false, true}, AddressCase{"127.255.0.1", false, true},
                    AddressCase{"::1", false, true}, AddressCase{"::", false, false},
                    AddressCase{"::ffff:127.0.0.1", false, false},
                    AddressCase{"::ffff:192.0.2.1", false, false},
                    AddressCase{"169.254.169.254", false, false},
                    AddressCase{"fe80::1", false, false}, AddressCase{"224.0.1.75", false, false},
                    AddressCase{"239.255.255.255", false, false},
                    AddressCase{"ff05::1", false, false},
                    AddressCase{"255.255.255.255", false, false}));

}  // namespace
}  // namespace portcullis::locate
