// SPDX-License-Identifier: BSD-2-Clause
// The ways of a session's media: latched sources, changed routes, neighbours that take their time.
#include "tests/unit/relay_control/session_fixture.hpp"

namespace portcullis::relay::test {
namespace {

TEST_F(SessionManagerTest, ALatchedSourceGetsItsNextHop) {
    ask(call());
    kernel.on_link("198.18.0.9", 1, 9);
    const auto install = worker.sent<InstallFlow>()[0];
    worker.events.push_back({.kind = WorkerEvent::Kind::Latched,
                             .next_hop_needed = true,
                             .flow = install.flow,
                             .name = install.config.name,
                             .source = at("198.18.0.9:4444"),
                             .at_us = clock.steady_us()});
    manager.poll();
    ASSERT_THAT(worker.sent<SetNextHop>(), SizeIs(1));
    EXPECT_EQ(table.load(worker.sent<SetNextHop>()[0].next_hop).destination, FakeKernel::mac(9));
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].kind, relay_api::SessionEvent::Kind::Latched);
    EXPECT_EQ(events[0].source, at("198.18.0.9:4444"));
    release();
    EXPECT_EQ(hops.hop_count(), 0U);
}

TEST_F(SessionManagerTest, ARouteThatComesBackIsFoundWhenTheWorkerAsksAgain) {
    ask(call());
    const auto install = worker.sent<InstallFlow>()[0];
    const WorkerEvent missing{.kind = WorkerEvent::Kind::Latched,
                              .next_hop_needed = true,
                              .flow = install.flow,
                              .name = install.config.name,
                              .source = at("198.18.0.9:4444"),
                              .at_us = clock.steady_us()};
    worker.events = {missing};
    manager.poll();
    EXPECT_THAT(worker.sent<SetNextHop>(), SizeIs(0));
    kernel.on_link("198.18.0.9", 1, 9);
    worker.events = {missing};
    manager.poll();
    EXPECT_THAT(worker.sent<SetNextHop>(), SizeIs(1));
    EXPECT_THAT(events, SizeIs(1));
}

// Packets go to the present source until the change commits: its way must not go before.
TEST_F(SessionManagerTest, AStagedSourceLeavesTheLatchedOneItsWay) {
    ask(call());
    kernel.on_link("198.18.0.8", 1, 8);
    kernel.on_link("198.18.0.9", 1, 9);
    const auto install = worker.sent<InstallFlow>()[0];
    const auto latched = [&](const char* source, bool staged) {
        worker.events.push_back({.kind = WorkerEvent::Kind::Latched,
                                 .next_hop_needed = true,
                                 .staged = staged,
                                 .flow = install.flow,
                                 .name = install.config.name,
                                 .source = at(source),
                                 .at_us = clock.steady_us()});
        manager.poll();
    };
    latched("198.18.0.8:4444", false);
    const UpdateLeg offer{
        kSession, 2, UpdateLeg::Mode::Stage, {kA, "core", {stream("198.18.0.2:6000")}}};
    ask(offer);
    latched("198.18.0.9:4444", true);
    EXPECT_EQ(hops.hop_count(), 4U) << "two SDP addresses, the present and the staged source";
    ask(relay_api::CommitLegs{kSession, 2});
    EXPECT_EQ(hops.hop_count(), 4U);
    latched("198.18.0.9:4444", false);
    EXPECT_EQ(hops.hop_count(), 3U);
    EXPECT_THAT(events, SizeIs(2)) << "the owner hears of each source once";
    release();
    EXPECT_EQ(hops.hop_count(), 0U);
}

TEST_F(SessionManagerTest, AChangedRouteReachesTheFlows) {
    ask(call());
    kernel.routes[ip("198.18.0.3")] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
    worker.commands.clear();
    hops.on_event(RoutesChanged{});
    hops.refresh();
    manager.poll();
    ASSERT_THAT(worker.sent<SetNextHop>(), SizeIs(2)) << "RTP and RTCP of leg B";
    EXPECT_EQ(table.load(worker.sent<SetNextHop>()[0].next_hop).destination, FakeKernel::mac(2));
}

// Until the worker executed SetNextHop it sends by the next hop that it has.
TEST_F(SessionManagerTest, TheOldNextHopStaysUntilTheWorkerLeftIt) {
    ask(call());
    const NextHopId old = worker.sent<InstallFlow>()[2].config.settings.next_hop;
    kernel.routes[ip("198.18.0.3")] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
    worker.commands.clear();
    worker.immediate = false;
    hops.on_event(RoutesChanged{});
    hops.refresh();
    EXPECT_TRUE(manager.busy()) << "not to be put off until the next idle poll";
    manager.poll();
    EXPECT_EQ(table.load(old).state, NextHop::State::Reachable);
    worker.complete_all();
    manager.poll();
    EXPECT_EQ(table.load(old).state, NextHop::State::Empty);
    EXPECT_FALSE(manager.busy());
}

TEST_F(SessionManagerTest, ARequestThatWaitsFollowsAChangedRoute) {
    kernel.neighbours.erase(ip("198.18.0.3"));
    const auto answer = send(call());
    manager.poll();
    ASSERT_FALSE(answer->has_value());
    kernel.routes[ip("198.18.0.3")] = {RouteKind::Unicast, 1, ip("198.18.0.2")};
    hops.on_event(RoutesChanged{});
    hops.refresh();
    manager.poll();
    manager.poll();
    ASSERT_TRUE(answer->has_value());
    const auto installs = worker.sent<InstallFlow>();
    EXPECT_EQ(table.load(installs[2].config.settings.next_hop).destination, FakeKernel::mac(2));
    EXPECT_EQ(installs[2].config.settings.next_hop, installs[0].config.settings.next_hop);
}

TEST_F(SessionManagerTest, DoesNotWaitForAnSdpAddressBehindNat) {
    kernel.neighbours.erase(ip("198.18.0.3"));
    auto request = call();
    request.legs[1].streams[0].latch = relay_api::LatchPolicy::SignalingAddress;
    request.legs[1].streams[0].latch_address = ip("198.18.0.2");
    EXPECT_EQ(ask(request).outcome, Outcome::Ok);
    auto moved = stream("198.18.0.3:6000");
    moved.latch = relay_api::LatchPolicy::Any;
    EXPECT_EQ(ask(UpdateLeg{kSession, 2, UpdateLeg::Mode::Replace, {kB, "core", {moved}}}).outcome,
              Outcome::Ok);
}

TEST_F(SessionManagerTest, WaitsForANeighbourButNotForLong) {
    kernel.neighbours.erase(ip("198.18.0.3"));
    const auto resolved = send(call());
    manager.poll();
    EXPECT_FALSE(resolved->has_value());
    EXPECT_TRUE(kernel.kept.contains(ip("198.18.0.3")));
    hops.on_event(
        NeighbourChanged{{.link = 1, .address = ip("198.18.0.3"), .mac = FakeKernel::mac(3)}});
    manager.poll();
    manager.poll();
    EXPECT_TRUE(resolved->has_value());
    release();

    clock.advance(6s);
    static_cast<void>(pools.expire());
    const auto unresolved = send(call());
    manager.poll();
    EXPECT_FALSE(unresolved->has_value());
    clock.advance(SessionManager::kResolveWait);
    manager.poll();
    manager.poll();
    ASSERT_TRUE(unresolved->has_value());
    EXPECT_EQ(std::get<relay_api::OperationReply>(**unresolved).outcome, Outcome::Ok);
}

TEST_F(SessionManagerTest, AnUnreachableSdpAddressIsNoErrorBehindNat) {
    auto request = call();
    request.legs[0].streams[0].rtp_remote = at("192.168.1.5:4000");
    request.legs[0].streams[0].latch = relay_api::LatchPolicy::SignalingAddress;
    request.legs[0].streams[0].latch_address = ip("198.18.0.2");
    EXPECT_EQ(ask(request).outcome, Outcome::Ok);
    EXPECT_EQ(worker.sent<InstallFlow>()[0].config.settings.next_hop, kNoNextHop);
}

}  // namespace
}  // namespace portcullis::relay::test
