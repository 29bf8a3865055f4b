// SPDX-License-Identifier: BSD-2-Clause
// The relay between two real veth pairs, over each driver that a shared NIC can have. In a network
// namespace of its own, which ends with the process.
#include <sched.h>

#include <chrono>

#include "tests/relay/far_end.hpp"
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

class Veth : public testing::TestWithParam<const char*> {
 protected:
    void SetUp() override {
        static const bool isolated = ::unshare(CLONE_NEWNET) == 0 && run("ip link set lo up");
        if (!isolated) GTEST_SKIP() << "needs root for a network namespace";
        for (const char* side : {"a", "b"}) {
            const std::string near = std::string("pcdp") + side;
            ASSERT_TRUE(run("ip link add " + near + " type veth peer name " + near + "p"));
            ASSERT_TRUE(run("ip link set " + near + " up && ip link set " + near + "p up"));
        }
        start_eal();
    }
    void TearDown() override {
        for (const char* side : {"a", "b"}) {
            (void)run(std::string("ip link del pcdp") + side + " 2>/dev/null");
        }
    }
};

TEST_P(Veth, CallThroughTheKernelsDevices) {
    auto pool = dpdk::Mempool::create("veth", 16383, 0);
    ASSERT_TRUE(pool) << pool.error().text();
    std::vector<dpdk::Port> ports;
    for (const char* side : {"a", "b"}) {
        auto port = dpdk::Port::attach(std::string(GetParam()) + "_" + side,
                                       std::string("iface=pcdp") + side, {}, *pool);
        ASSERT_TRUE(port) << port.error().text();
        ports.push_back(std::move(*port));
        ASSERT_TRUE(ports.back().start());
    }
    NextHopTable hops(4);
    for (NextHopId id = 1; id <= 2; ++id) {
        hops.store(id, {.state = NextHop::State::Reachable,
                        .port = ports[id - 1U].id(),
                        .mtu = 1500,
                        .destination = mac(50),
                        .source = ports[id - 1U].mac()});
    }
    auto state = StateFile::anonymous(state_slots(1, 16)).value();
    auto handover = HandoverRings::create(1, 64).value();
    auto worker =
        Worker::create({.id = 0, .flow_capacity = 16},
                       {.mempool = *pool, .next_hops = hops, .state = state, .handover = handover})
            .value();
    WorkerTables tables;
    std::vector<MediaPool> pools;
    for (std::uint16_t i = 0; i < 2; ++i) {
        const auto owners = std::make_shared<PoolOwners>();
        owners->set(20000, 0);
        tables.ports.push_back(
            {.port = ports[i].id(), .rx_queue = 0, .tx_queue = 0, .mac = ports[i].mac()});
        pools.push_back({.index = i,
                         .port = ports[i].id(),
                         .address = IpAddress::v4(0xc6120001U + (std::uint32_t{i} << 8)),
                         .ports = {20000, 29999},
                         .owners = owners});
    }
    tables.pools = PoolTable(std::move(pools));
    ASSERT_TRUE(worker->submit({.token = 1, .body = SwapTables{&tables}}));
    for (FlowIndex flow = 1; flow <= 2; ++flow) {
        FlowConfig config;
        config.name = {.session = SessionId{1}, .leg = LegId{flow}};
        config.pool = static_cast<PoolIndex>(flow - 1);
        config.local_port = 20000;
        config.settings.remote = Endpoint::parse(flow == 1 ? "198.18.0.2:4000" : "198.18.1.2:5000");
        config.settings.next_hop = static_cast<NextHopId>(flow);
        ASSERT_TRUE(worker->submit(
            {.token = 1U + flow, .body = InstallFlow{flow, config, {.rtp = 3 - flow}}}));
    }
    FarEnd core("pcdpap");
    FarEnd peer("pcdpbp");
    constexpr int kPackets = 500;
    int heard_by_peer = 0;
    int heard_by_core = 0;
    int sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while ((heard_by_core < kPackets || heard_by_peer < kPackets) &&
           std::chrono::steady_clock::now() < deadline) {
        if (sent < kPackets && sent - std::min(heard_by_core, heard_by_peer) < 8) {
            const Bytes payload = rtp({.sequence = static_cast<std::uint16_t>(sent++)});
            core.send(frame({.destination = ports[0].mac(),
                             .from = "198.18.0.2:4000",
                             .to = "198.18.0.1:20000",
                             .payload = payload}));
            peer.send(frame({.destination = ports[1].mac(),
                             .from = "198.18.1.2:5000",
                             .to = "198.18.1.1:20000",
                             .payload = payload}));
        }
        (void)worker->poll_once();
        if (const auto out = peer.take("198.18.1.2:5000")) {
            EXPECT_EQ(out->fault, "");
            EXPECT_EQ(out->from, "198.18.1.1:20000");
            ++heard_by_peer;
        }
        if (const auto out = core.take("198.18.0.2:4000")) {
            EXPECT_EQ(out->fault, "");
            ++heard_by_core;
        }
    }
    EXPECT_EQ(heard_by_peer, kPackets);
    EXPECT_EQ(heard_by_core, kPackets);
    EXPECT_EQ(worker->flow_stats(1).rx_lost, 0U);
    EXPECT_EQ(worker->counters().outcome(Outcome::Forwarded), 2U * kPackets);
}

INSTANTIATE_TEST_SUITE_P(Drivers, Veth, testing::Values("net_af_packet", "net_af_xdp"),
                         [](const auto& row) { return std::string(row.param).substr(4); });

}  // namespace
}  // namespace portcullis::relay::test
