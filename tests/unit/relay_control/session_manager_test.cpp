// SPDX-License-Identifier: BSD-2-Clause
// SessionManager against a recorded worker and a table of routes: what signaling is answered, what
// the worker is told, what is given back.
#include "tests/unit/relay_control/session_fixture.hpp"

namespace portcullis::relay::test {
namespace {

TEST_F(SessionManagerTest, InstallsFlowsAndLinksThemBothWays) {
    const auto reply = ask(call());
    ASSERT_EQ(reply.outcome, Outcome::Ok);
    ASSERT_THAT(reply.ports, SizeIs(2));
    EXPECT_EQ(reply.ports[0].rtp.address, ip("198.18.0.1"));
    EXPECT_EQ(reply.ports[0].rtp.port % 2, 0);  // RFC 3550 section 11
    EXPECT_EQ(reply.ports[0].rtcp.port, reply.ports[0].rtp.port + 1);

    const auto installs = worker.sent<InstallFlow>();
    ASSERT_THAT(installs, SizeIs(4));
    EXPECT_EQ(installs[0].config.settings.remote, at("198.18.0.2:4000"));
    EXPECT_EQ(installs[1].config.settings.remote, at("198.18.0.2:4001"));
    EXPECT_EQ(installs[0].config.sibling, installs[1].flow);
    EXPECT_NE(installs[0].config.settings.next_hop, kNoNextHop);
    const auto links = worker.sent<SetLinks>();
    ASSERT_THAT(links, SizeIs(4));
    EXPECT_EQ(links[0].links.rtp, installs[2].flow);
    EXPECT_EQ(links[0].links.rtcp, installs[3].flow);
    EXPECT_EQ(ports().used, 2U);
    EXPECT_EQ(hops.hop_count(), 2U);
}

TEST_F(SessionManagerTest, RepeatingChangesNothing) {
    const auto first = ask(call());
    worker.commands.clear();
    const auto again = ask(call());
    EXPECT_EQ(again.outcome, Outcome::Ok);
    EXPECT_EQ(again.ports, first.ports);
    EXPECT_THAT(worker.commands, SizeIs(0));
}

TEST_F(SessionManagerTest, RefusesAnOlderGeneration) {
    ask(call(3));
    EXPECT_EQ(ask(call(2)).outcome, Outcome::StaleGeneration);
    EXPECT_EQ(ask(relay_api::SetLinks{kSession, 1, {}}).outcome, Outcome::StaleGeneration);
}

TEST_F(SessionManagerTest, ReleaseGivesEverythingBackAndAnswersFigures) {
    const auto installed = ask(call());
    const auto flow = worker.sent<InstallFlow>()[0].flow;
    worker.stats[flow].rx_packets = 50;
    worker.stats[flow].rx_expected = 50;
    worker.stats[flow].first_packet_us = clock.steady_us();
    const auto figures = release();
    ASSERT_THAT(figures.streams, SizeIs(2));
    EXPECT_EQ(figures.streams[0].rx_packets, 50U);
    EXPECT_GT(figures.streams[0].mos_x100, 400);
    EXPECT_EQ(figures.streams[0].first_packet_us, clock.wall_now().time_since_epoch().count());
    EXPECT_EQ(ports().used, 0U);
    EXPECT_EQ(ports().quarantined, 2U);
    EXPECT_EQ(gateway.flows().in_use(), 0U);
    EXPECT_EQ(hops.way_count(), 0U);
    EXPECT_EQ(hops.hop_count(), 0U);
    EXPECT_EQ(manager.size(), 0U);
    EXPECT_EQ(release().outcome, Outcome::Ok) << "releasing an unknown session succeeds";
    clock.advance(5s);
    static_cast<void>(pools.expire());
    EXPECT_EQ(ports().free, 5U);
}

TEST_F(SessionManagerTest, AReleaseBehindAnInstallWaitsItsTurn) {
    worker.immediate = false;
    const auto installed = send(call());
    const auto released = send(relay_api::ReleaseSession{kSession});
    manager.poll();
    EXPECT_FALSE(installed->has_value());
    worker.complete_all();
    manager.poll();
    EXPECT_TRUE(installed->has_value());
    EXPECT_FALSE(released->has_value());
    worker.complete_all();
    manager.poll();
    EXPECT_TRUE(released->has_value());
    EXPECT_EQ(ports().used, 0U);
}

TEST_F(SessionManagerTest, RefusalsGiveBackWhatWasTaken) {
    struct Case {
        const char* name;
        InstallSession request;
        Outcome want;
    };
    auto no_pool = call();
    no_pool.legs[1].pool = "none";
    auto no_route = call();
    no_route.legs[1].streams[0].rtp_remote = at("203.0.113.9:4000");
    auto loopback = call();
    loopback.legs[1].streams[0].rtp_remote = at("127.0.0.1:4000");
    auto outside = call();
    outside.legs[1].streams[0].requested_port = 30000;
    auto twice = call();
    twice.legs[1].leg = kA;
    auto dangling = call();
    dangling.links[0].to_leg = LegId{9};
    auto too_many = call();
    for (std::uint16_t i = 1; i < 6; ++i) {
        too_many.legs[0].streams.push_back(stream(""));
        too_many.legs[0].streams.back().stream = i;
    }
    const Case cases[] = {{"unknown pool", no_pool, Outcome::UnknownPool},
                          {"no route", no_route, Outcome::NoRoute},
                          {"loopback target", loopback, Outcome::NoRoute},
                          {"port outside the pool", outside, Outcome::NoPorts},
                          {"a leg named twice", twice, Outcome::BadRequest},
                          {"link to nowhere", dangling, Outcome::UnknownLeg},
                          {"more streams than ports", too_many, Outcome::NoPorts}};
    for (const auto& row : cases) {
        EXPECT_EQ(ask(row.request).outcome, row.want) << row.name;
        EXPECT_EQ(manager.size(), 0U) << row.name;
        EXPECT_EQ(ports().used, 0U) << row.name;
        EXPECT_EQ(gateway.flows().in_use(), 0U) << row.name;
        EXPECT_EQ(hops.way_count(), 0U) << row.name;
        EXPECT_THAT(worker.commands, SizeIs(0)) << row.name;
        clock.advance(6s);
        static_cast<void>(pools.expire());
    }
}

// Refused by their numbers alone: planning them would take hours.
TEST_F(SessionManagerTest, RefusesMoreThanASessionCanMean) {
    ask(call());
    auto legs = call(2);
    legs.legs.assign(100000, legs.legs[0]);
    auto streams = call(2);
    streams.legs[0].streams.assign(100000, streams.legs[0].streams[0]);
    auto links = call(2);
    links.links.assign(1000000, links.links[0]);
    for (const auto& request : {legs, streams, links}) {
        const auto reply = ask(request);
        EXPECT_EQ(reply.outcome, Outcome::BadRequest);
        EXPECT_THAT(reply.detail, testing::StartsWith("too many"));
    }
    EXPECT_EQ(ask(UpdateLeg{kSession, 2, UpdateLeg::Mode::Stage, streams.legs[0]}).outcome,
              Outcome::BadRequest);
    EXPECT_EQ(ask(relay_api::SetLinks{kSession, 2, links.links}).outcome, Outcome::BadRequest);
}

TEST_F(SessionManagerTest, StageCommitAndRevert) {
    ask(call());
    const UpdateLeg offer{
        kSession, 2, UpdateLeg::Mode::Stage, {kB, "core", {stream("198.18.0.2:6000")}}};
    worker.commands.clear();
    EXPECT_EQ(ask(offer).outcome, Outcome::Ok);
    ASSERT_THAT(worker.sent<StageFlow>(), SizeIs(2));
    EXPECT_EQ(worker.sent<StageFlow>()[0].settings.remote, at("198.18.0.2:6000"));
    EXPECT_EQ(ask(relay_api::CommitLegs{kSession, 3}).outcome, Outcome::BadRequest);
    EXPECT_EQ(ask(relay_api::RevertLegs{kSession, 2}).outcome, Outcome::Ok);
    EXPECT_THAT(worker.sent<RevertFlow>(), SizeIs(2));

    auto again = offer;
    again.generation = 3;
    EXPECT_EQ(ask(again).outcome, Outcome::Ok);
    EXPECT_EQ(ask(relay_api::CommitLegs{kSession, 3}).outcome, Outcome::Ok);
    EXPECT_THAT(worker.sent<CommitFlow>(), SizeIs(2));
    EXPECT_EQ(ask(relay_api::CommitLegs{kSession, 3}).outcome, Outcome::Ok) << "repeated";
    EXPECT_THAT(worker.sent<CommitFlow>(), SizeIs(2));
    EXPECT_EQ(hops.hop_count(), 1U) << "the former remote's next hop is given back";
}

TEST_F(SessionManagerTest, AStreamThatAStageAddsGoesWithItsRevert) {
    ask(call());
    UpdateLeg offer{kSession,
                    2,
                    UpdateLeg::Mode::Stage,
                    {kA, "core", {stream("198.18.0.2:4000"), stream("198.18.0.2:4100")}}};
    offer.leg.streams[1].stream = 1;
    EXPECT_THAT(ask(offer).ports, SizeIs(3));
    EXPECT_THAT(ask(relay_api::RevertLegs{kSession, 2}).ports, SizeIs(2));
    EXPECT_EQ(ports().used, 2U);

    offer.generation = 3;
    ask(offer);
    EXPECT_THAT(ask(relay_api::CommitLegs{kSession, 3}).ports, SizeIs(3));
    UpdateLeg narrower{
        kSession, 4, UpdateLeg::Mode::Stage, {kA, "core", {stream("198.18.0.2:4000")}}};
    EXPECT_THAT(ask(narrower).ports, SizeIs(3)) << "leaves at Commit, not before";
    EXPECT_THAT(ask(relay_api::CommitLegs{kSession, 4}).ports, SizeIs(2));
}

TEST_F(SessionManagerTest, AnAnswerWithoutMuxKeepsPortFiguresAndLatch) {
    auto muxed = call();
    muxed.legs[1].streams[0].rtcp_mux = true;
    const auto before = ask(muxed);
    const auto flow = worker.sent<InstallFlow>()[2].flow;
    worker.stats[flow].rx_packets = 7;
    worker.stats[flow].latched = at("198.18.0.3:5002");
    worker.commands.clear();

    const auto after = ask(UpdateLeg{
        kSession, 2, UpdateLeg::Mode::Replace, {kB, "core", {stream("198.18.0.3:5000")}}});
    EXPECT_EQ(after.ports[1].rtp, before.ports[1].rtp);
    EXPECT_NE(after.ports[1].rtcp, before.ports[1].rtcp);
    ASSERT_THAT(worker.sent<RemoveFlow>(), SizeIs(1));
    ASSERT_THAT(worker.sent<InstallFlow>(), SizeIs(2));
    EXPECT_EQ(worker.sent<InstallFlow>()[0].config.restored_latch, at("198.18.0.3:5002"));
    EXPECT_THAT(worker.sent<SetLinks>(), SizeIs(4)) << "new flows, and those that lead to them";
    EXPECT_EQ(manager.stats(kSession).streams[1].rx_packets, 7U);
}

TEST_F(SessionManagerTest, SilenceIsReportedOnceUntilMediaReturns) {
    auto request = call();
    request.media_timeout = 10s;
    ask(request);
    const auto flow = worker.sent<InstallFlow>()[0].flow;
    const auto wait = [this](Duration by) {
        clock.advance(by);
        manager.poll();
    };
    wait(9s);
    EXPECT_THAT(events, SizeIs(0));
    wait(2s);
    wait(2s);
    EXPECT_THAT(events, SizeIs(1));
    worker.stats[flow].last_packet_us = clock.steady_us();
    wait(1s);
    wait(10s);
    EXPECT_THAT(events, SizeIs(2));
    EXPECT_EQ(events[1].kind, relay_api::SessionEvent::Kind::MediaTimeout);
}

// RFC 3264 section 8.4: a call that both sides put on hold sends nothing, for as long as they like.
TEST_F(SessionManagerTest, AHeldCallIsNotMissed) {
    auto request = call();
    request.media_timeout = 10s;
    ask(request);
    const auto flow = worker.sent<InstallFlow>()[2].flow;
    auto held = stream("198.18.0.2:4000");
    held.receive = held.send = false;
    ask(UpdateLeg{kSession, 2, UpdateLeg::Mode::Replace, {kA, "core", {held}}});
    const auto wait = [this](Duration by) {
        clock.advance(by);
        manager.poll();
    };
    worker.stats[flow].last_packet_us = clock.steady_us();
    wait(11s);
    EXPECT_THAT(events, SizeIs(1)) << "leg B is to be heard still";
    auto other = stream("198.18.0.3:5000");
    other.receive = other.send = false;
    ask(UpdateLeg{kSession, 3, UpdateLeg::Mode::Replace, {kB, "core", {other}}});
    wait(3600s);
    EXPECT_THAT(events, SizeIs(1));
    ask(UpdateLeg{
        kSession, 4, UpdateLeg::Mode::Replace, {kB, "core", {stream("198.18.0.3:5000")}}});
    wait(9s);
    EXPECT_THAT(events, SizeIs(1)) << "resumed: the time starts anew";
    wait(2s);
    EXPECT_THAT(events, SizeIs(2));
}

TEST_F(SessionManagerTest, AFullRingDelaysButLosesNothing) {
    worker.room = 3;
    const auto answer = send(call());
    manager.poll();
    EXPECT_FALSE(answer->has_value());
    EXPECT_GT(gateway.backlog(), 0U);
    worker.room = 100;
    manager.poll();
    manager.poll();
    EXPECT_TRUE(answer->has_value());
    EXPECT_THAT(worker.sent<InstallFlow>(), SizeIs(4));
}

TEST_F(SessionManagerTest, AnEndedLeaseReleasesItsSessionsOnly) {
    ask(call());
    owner.epoch = 2;
    auto other = call();
    other.session = SessionId{78};
    ask(other);
    manager.release_owned_by({"signaling", 1});
    manager.poll();
    EXPECT_EQ(manager.size(), 1U);
    manager.release_unnamed("signaling", {SessionId{78}});
    manager.poll();
    EXPECT_EQ(manager.size(), 1U);
    manager.release_unnamed("signaling", {});
    manager.poll();
    EXPECT_EQ(manager.size(), 0U);
}

}  // namespace
}  // namespace portcullis::relay::test
