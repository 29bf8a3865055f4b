// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/next_hops.hpp"

#include <gtest/gtest.h>

#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay {
namespace {

using namespace test;

class NextHopsTest : public testing::Test {
 protected:
    NextHopsTest() {
        hops.configure({{.link = 1, .port = 0, .mac = FakeKernel::mac(1), .mtu = 1500},
                        {.link = 2, .port = 1, .mac = FakeKernel::mac(2), .mtu = 1400}},
                       {{{ip("198.18.0.1"), {20000, 20999}}, 1},
                        {{ip("198.18.1.1"), {30000, 30999}}, 2},
                        {{ip("fd00::1"), {20000, 20999}}, 1}});
        kernel.on_link("198.18.0.2", 1, 12);
        kernel.routes[ip("203.0.113.1")] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
        kernel.routes[ip("203.0.113.2")] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
        kernel.routes[ip("203.0.113.3")] = {RouteKind::Unicast, 9, ip("10.0.0.1")};
        kernel.routes[ip("198.18.0.255")] = {RouteKind::Broadcast, 1, std::nullopt};
        kernel.routes[ip("198.18.7.7")] = {RouteKind::Local, 7, std::nullopt};
    }
    FakeKernel kernel;
    NextHopTable table{8};
    NextHops hops{kernel, table};
    const IpAddress local = ip("198.18.0.1");
};

TEST_F(NextHopsTest, RefusesWhatMayNotBeSentTo) {
    struct Refused {
        const char* remote;
        const char* why;
    };
    const Refused cases[] = {
        {"127.0.0.1:4000", "loopback"},
        {"0.0.0.0:4000", "unspecified"},
        {"169.254.169.254:4000", "link-local (a cloud's metadata service)"},
        {"224.0.0.1:4000", "multicast"},
        {"255.255.255.255:4000", "limited broadcast"},
        {"198.18.0.255:4000", "the subnet's broadcast address"},
        {"198.18.7.7:4000", "another address of this host"},
        {"198.18.1.1:5060", "our media address, but no media port"},
        {"198.18.0.2:0", "port 0"},
        {"203.0.113.3:4000", "leaves by a link that the relay does not drive"},
        {"203.0.113.99:4000", "no route"},
        {"[::1]:4000", "loopback"},
        {"[::ffff:127.0.0.1]:4000", "loopback as IPv4-mapped"},
        {"[fe80::1]:4000", "link-local"},
        {"[ff02::1]:4000", "multicast"},
    };
    for (const auto& row : cases) {
        EXPECT_FALSE(hops.acquire(local, at(row.remote))) << row.remote << ": " << row.why;
    }
    EXPECT_EQ(hops.way_count(), 0U);
    EXPECT_EQ(hops.hop_count(), 0U);
}

TEST_F(NextHopsTest, WaysThroughOneGatewayShareItsNextHop) {
    const auto first = hops.acquire(local, at("203.0.113.1:4000"));
    const auto second = hops.acquire(local, at("203.0.113.2:4000"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, *second);
    EXPECT_TRUE(hops.reachable(*first));
    const NextHop hop = table.load(*first);
    EXPECT_EQ(hop.state, NextHop::State::Reachable);
    EXPECT_EQ(hop.destination, FakeKernel::mac(12));
    EXPECT_EQ(hop.source, FakeKernel::mac(1));
    EXPECT_EQ(hop.mtu, 1500);
    hops.release(local, ip("203.0.113.1"));
    EXPECT_TRUE(kernel.kept.contains(ip("198.18.0.2")));
    hops.release(local, ip("203.0.113.2"));
    EXPECT_FALSE(kernel.kept.contains(ip("198.18.0.2")));
    EXPECT_EQ(table.load(*first).state, NextHop::State::Empty);
}

TEST_F(NextHopsTest, AGatewaysNewMacIsOneWriteAndAFailureNone) {
    const auto id = hops.acquire(local, at("203.0.113.1:4000")).value();
    hops.on_event(
        NeighbourChanged{{.link = 1, .address = ip("198.18.0.2"), .mac = FakeKernel::mac(99)}});
    EXPECT_EQ(table.load(id).destination, FakeKernel::mac(99));
    hops.on_event(NeighbourChanged{
        {.link = 1, .address = ip("198.18.0.2"), .mac = std::nullopt, .failed = true}});
    EXPECT_EQ(table.load(id).destination, FakeKernel::mac(99)) << "the last known one stays";
    const int before = kernel.keep_calls;
    hops.on_event(NeighbourChanged{{.link = 1,
                                    .address = ip("198.18.0.2"),
                                    .mac = std::nullopt,
                                    .failed = false,
                                    .removed = true}});
    EXPECT_EQ(kernel.keep_calls, before + 1) << "a flushed entry is asked for again";
}

TEST_F(NextHopsTest, MediaToOurselvesIsLooped) {
    const auto id = hops.acquire(local, at("198.18.1.1:30000"));
    ASSERT_TRUE(id);
    const NextHop hop = table.load(*id);
    EXPECT_EQ(hop.state, NextHop::State::Local);
    EXPECT_EQ(hop.port, 1);
    EXPECT_EQ(hop.destination, FakeKernel::mac(2));
    EXPECT_TRUE(hops.reachable(*id));
    EXPECT_TRUE(kernel.kept.empty());
}

TEST_F(NextHopsTest, AnUnresolvedNeighbourBecomesReachable) {
    kernel.neighbours.clear();
    std::vector<NextHopId> told;
    hops.set_listener(
        {.on_reachable = [&told](NextHopId id) { told.push_back(id); }, .on_rerouted = {}});
    const auto id = hops.acquire(local, at("198.18.0.2:4000")).value();
    EXPECT_FALSE(hops.reachable(id));
    EXPECT_EQ(table.load(id).state, NextHop::State::Resolving);
    hops.on_event(
        NeighbourChanged{{.link = 2, .address = ip("198.18.0.2"), .mac = FakeKernel::mac(5)}});
    EXPECT_FALSE(hops.reachable(id)) << "the same address on another link";
    kernel.neighbours[ip("198.18.0.2")] = FakeKernel::mac(12);
    hops.refresh();
    EXPECT_TRUE(hops.reachable(id));
    EXPECT_EQ(told, std::vector<NextHopId>{id});
}

TEST_F(NextHopsTest, RoutesThatGoLeaveTheOldWay) {
    const auto id = hops.acquire(local, at("203.0.113.1:4000")).value();
    kernel.routes.erase(ip("203.0.113.1"));
    hops.on_event(RoutesChanged{});
    hops.refresh();
    EXPECT_TRUE(hops.reachable(id));
    EXPECT_EQ(table.load(id).state, NextHop::State::Reachable);
}

TEST_F(NextHopsTest, ANeighbourThatIsNoLongerFixedIsKeptResolved) {
    kernel.fixed.insert(ip("198.18.0.2"));
    const auto id = hops.acquire(local, at("198.18.0.2:4000")).value();
    EXPECT_EQ(table.load(id).destination, FakeKernel::mac(12));
    const int calls = kernel.keep_calls;
    Neighbour entry{.link = 1, .address = ip("198.18.0.2"), .mac = FakeKernel::mac(13)};
    entry.fixed = true;
    hops.on_event(NeighbourChanged{entry});
    EXPECT_EQ(table.load(id).destination, FakeKernel::mac(13)) << "the operator's new address";
    EXPECT_EQ(kernel.keep_calls, calls);
    kernel.fixed.clear();
    entry.fixed = false;
    hops.on_event(NeighbourChanged{entry});
    EXPECT_EQ(kernel.keep_calls, calls + 1);
}

TEST_F(NextHopsTest, ANewMacOrMtuOfOurLinkIsWritten) {
    const auto id = hops.acquire(local, at("198.18.0.2:4000")).value();
    hops.on_event(LinkChanged{{.index = 1,
                               .name = "eth0",
                               .mac = FakeKernel::mac(33),
                               .mtu = 1300,
                               .up = true,
                               .running = true},
                              false});
    EXPECT_EQ(table.load(id).source, FakeKernel::mac(33));
    EXPECT_EQ(table.load(id).mtu, 1300);
}

TEST_F(NextHopsTest, RunningOutOfNextHopsIsRefused) {
    for (unsigned char i = 20; i < 40; ++i) {
        const std::string address = "198.18.0." + std::to_string(i);
        kernel.on_link(address, 1, i);
        const bool taken = hops.acquire(local, {ip(address), 4000}).has_value();
        EXPECT_EQ(taken, i < 27) << address;  // entry 0 is not used
    }
}

TEST_F(NextHopsTest, AWayThatWaitsIsRoutedWhenItCan) {
    std::vector<IpAddress> rerouted;
    hops.set_listener({.on_reachable = {},
                       .on_rerouted = [&](const IpAddress&, const IpAddress& remote, LeftHop) {
                           rerouted.push_back(remote);
                       }});
    const auto remote = at("203.0.113.9:4000");
    EXPECT_FALSE(hops.acquire_waiting(local, at("127.0.0.1:4000"))) << "never";
    EXPECT_EQ(hops.acquire_waiting(local, remote), kNoNextHop);
    EXPECT_FALSE(hops.acquire(local, remote)) << "who does not wait is refused";
    hops.refresh();
    EXPECT_TRUE(rerouted.empty());
    kernel.routes[remote.address] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
    hops.on_event(RoutesChanged{});
    hops.refresh();
    EXPECT_EQ(rerouted, std::vector{remote.address});
    EXPECT_TRUE(hops.reachable(hops.hop_of(local, remote.address)));
    hops.release(local, remote.address);
    EXPECT_EQ(hops.way_count(), 0U);
    EXPECT_EQ(hops.hop_count(), 0U);
}

}  // namespace
}  // namespace portcullis::relay
