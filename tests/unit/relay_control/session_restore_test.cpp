// SPDX-License-Identifier: BSD-2-Clause
// Sessions that are installed again after the relay was killed.
#include "tests/unit/relay_control/session_fixture.hpp"

namespace portcullis::relay::test {
namespace {

class SessionRestoreTest : public SessionManagerTest {
 protected:
    static PoolPlace place(const char* address) {
        return {"core", "eth0", ip(address), {}, {20000, 20009}, {{20000, 20009}}};
    }
    // The state that a killed relay left: leg A on port 20004 of `address`.
    void restore(const char* address) {
        StateRecord record;
        record.state = StateRecord::State::Live;
        record.name = {kSession, kA, 0, Component::Rtp};
        record.pool_key = pool_key(place(address));
        record.local_port = 20004;
        record.latched = at("198.18.0.2:4002");
        former = FormerState({{place(address)}, {record}});
        former.restore_pools(pools, {.released = 0s, .live = 60s}, clock.now(), 0);
    }
    static InstallSession again() {
        auto request = call();
        request.legs[0].streams[0].requested_port = 20004;
        return request;
    }
};

TEST_F(SessionRestoreTest, LatchesAndPortsComeBack) {
    restore("198.18.0.1");
    clock.advance(59s);
    static_cast<void>(pools.expire());
    auto stranger = again();
    stranger.session = SessionId{5};
    EXPECT_EQ(ask(stranger).outcome, Outcome::PortInUse);
    EXPECT_EQ(ask(again()).outcome, Outcome::Ok);
    EXPECT_EQ(worker.sent<InstallFlow>()[0].config.restored_latch, at("198.18.0.2:4002"));
}

// The pool moved during the call: the peer sends to the address that it was told.
TEST_F(SessionRestoreTest, OnAPoolThatDrains) {
    restore("198.18.0.8");
    pools.apply({{"core", "eth0", {ip("198.18.0.1"), {20000, 20009}}, {}, ""}}, 5s);
    auto added = again();
    added.session = SessionId{5};
    const auto strange = ask(added);
    EXPECT_EQ(strange.outcome, Outcome::Ok) << "the configured pool's port is another one";
    EXPECT_EQ(strange.ports[0].rtp, at("198.18.0.1:20004"));
    const auto mine = ask(again());
    ASSERT_EQ(mine.outcome, Outcome::Ok) << mine.detail;
    EXPECT_EQ(mine.ports[0].rtp, at("198.18.0.8:20004"));
    EXPECT_EQ(mine.ports[1].rtp.address, ip("198.18.0.1")) << "leg B was not on it";
    const auto installed = worker.sent<InstallFlow>();
    EXPECT_EQ(installed[4].config.restored_latch, at("198.18.0.2:4002"));
    EXPECT_EQ(installed[4].config.pool_key, pool_key(place("198.18.0.8")));
    release();
    clock.advance(5s);
    EXPECT_TRUE(pools.expire()) << "the pool has drained";
}

TEST_F(SessionRestoreTest, BeforeTheInterfaceIsOpen) {
    restore("198.18.0.1");
    pools.find("core")->reachable = false;
    hops.configure({}, {});
    EXPECT_EQ(ask(call()).outcome, Outcome::UnknownPool) << "a new call";
    auto mine = again();
    mine.legs[1].streams[0].requested_port = 20006;
    const auto answer = ask(mine);
    ASSERT_EQ(answer.outcome, Outcome::Ok) << answer.detail;
    EXPECT_EQ(answer.ports[0].rtp, at("198.18.0.1:20004"));
    EXPECT_EQ(answer.ports[1].rtp, at("198.18.0.1:20006"));
    const auto installed = worker.sent<InstallFlow>()[0];
    EXPECT_EQ(installed.config.restored_latch, at("198.18.0.2:4002"));
    EXPECT_EQ(installed.config.settings.next_hop, kNoNextHop);
    // The worker asks for the way to the restored latch; there is none yet.
    worker.events.push_back({.kind = WorkerEvent::Kind::Latched,
                             .next_hop_needed = true,
                             .flow = installed.flow,
                             .name = installed.config.name,
                             .source = at("198.18.0.2:4002"),
                             .at_us = clock.steady_us()});
    manager.poll();
    EXPECT_THAT(worker.sent<SetNextHop>(), SizeIs(0));
    // The interface opens.
    hops.configure({{.link = 1, .port = 0, .mac = FakeKernel::mac(1), .mtu = 1500}},
                   {{{ip("198.18.0.1"), {20000, 20009}}, 1}});
    manager.poll();
    const auto sent = worker.sent<SetNextHop>();
    ASSERT_THAT(sent, SizeIs(4)) << "RTP and RTCP of both legs";
    EXPECT_EQ(sent[0].remote, ip("198.18.0.2"));
    EXPECT_EQ(table.load(sent[0].next_hop).destination, FakeKernel::mac(2));
    release();
    EXPECT_EQ(hops.way_count(), 0U);
    EXPECT_EQ(hops.hop_count(), 0U);
}

}  // namespace
}  // namespace portcullis::relay::test
