// SPDX-License-Identifier: BSD-2-Clause
// EAL, ports and packet memory: start, hot-plug, errors an operator can act on.
#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "mediarelay/dpdk/eal.hpp"
#include "mediarelay/dpdk/lcore.hpp"
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

using dpdk::Errc;

dpdk::Mempool make_pool() {
    start_eal();
    auto pool = dpdk::Mempool::create("devices", 2047, 0);
    EXPECT_TRUE(pool) << pool.error().text();
    return std::move(*pool);
}

TEST(Eal, ArgumentsSayNoDevicesAndLeaveNoFiles) {
    const auto plain = dpdk::Eal::arguments({.huge_pages = false, .memory_mib = 64});
    const auto has = [](const auto& list, const char* word) {
        return std::find(list.begin(), list.end(), word) != list.end();
    };
    EXPECT_TRUE(has(plain, "--no-pci"));
    EXPECT_TRUE(has(plain, "--no-telemetry"));
    EXPECT_TRUE(has(plain, "--no-huge"));
    EXPECT_TRUE(has(plain, "--no-shconf"));
    const auto huge = dpdk::Eal::arguments({.huge_pages = true});
    EXPECT_TRUE(has(huge, "--in-memory"));
    EXPECT_FALSE(has(huge, "--no-huge"));
}

TEST(Eal, SecondStartIsRefused) {
    start_eal();
    const auto again = dpdk::Eal::start({});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::AlreadyInited);
}

TEST(Eal, CallerKeepsItsAffinity) {
    start_eal();
    ::cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(CPU_COUNT(&set), ::sysconf(_SC_NPROCESSORS_ONLN));
}

TEST(Port, NullDeviceComesAndGoes) {
    const dpdk::Mempool pool = make_pool();
    for (int i = 0; i < 20; ++i) {
        auto port = dpdk::Port::attach("net_null_t", "size=64", {}, pool);
        ASSERT_TRUE(port) << port.error().text();
        ASSERT_TRUE(port->start());
        EXPECT_EQ(port->rx_queues(), 1);
    }
    EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Port, SameNameTwiceIsRefused) {
    const dpdk::Mempool pool = make_pool();
    const auto first = dpdk::Port::attach("net_null_u", "", {}, pool);
    ASSERT_TRUE(first);
    const auto second = dpdk::Port::attach("net_null_u", "", {}, pool);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::AttachFailed);
}

TEST(Port, UnknownInterfaceSaysWhich) {
    const dpdk::Mempool pool = make_pool();
    const auto port = dpdk::Port::attach("net_af_packet_t", "iface=pcnosuch0", {}, pool);
    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code, Errc::AttachFailed);
    EXPECT_NE(port.error().detail.find("pcnosuch0"), std::string::npos);
}

TEST(Port, UnknownPortIdIsRefused) {
    const dpdk::Mempool pool = make_pool();
    const auto port = dpdk::Port::adopt(31, {}, pool);
    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code, Errc::NoSuchPort);
}

// Packets on a queue that nobody polls would be lost without a word.
TEST(Port, FewerQueuesThanMediaNeedAreRefused) {
    const dpdk::Mempool pool = make_pool();
    rte_ring* ring = rte_ring_create("narrow", 64, static_cast<int>(SOCKET_ID_ANY), 0);
    ASSERT_NE(ring, nullptr);
    const auto adopt = [&](const char* name, const dpdk::PortOptions& options) {
        const int id = rte_eth_from_rings(name, &ring, 1, &ring, 1, 0);
        EXPECT_GE(id, 0);
        return dpdk::Port::adopt(static_cast<std::uint16_t>(id), options, pool);
    };
    EXPECT_TRUE(adopt("narrow1", {.rx_queues = 2, .tx_queues = 2}));
    const auto all = adopt("narrow2", {.rx_queues = 2, .tx_queues = 2, .all_queues = true});
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().code, Errc::ConfigureFailed);
    EXPECT_NE(all.error().detail.find("1 receive and 1 transmit"), std::string::npos);
    rte_ring_free(ring);
}

TEST(Mempool, TooLargeSaysWhatIsMissing) {
    start_eal();
    const auto pool = dpdk::Mempool::create("huge", 10000000, 0);
    ASSERT_FALSE(pool);
    EXPECT_EQ(pool.error().code, Errc::NoMemory);
    EXPECT_NE(pool.error().detail.find("10000000"), std::string::npos);
}

TEST(Lcore, CpuThatDoesNotExist) {
    start_eal();
    const auto lcore = dpdk::Lcore::start("none", 1000, [](const std::stop_token&) {});
    ASSERT_FALSE(lcore);
    EXPECT_EQ(lcore.error().code, Errc::ThreadFailed);
}

TEST(Lcore, IdsAreGivenBack) {
    start_eal();
    for (int i = 0; i < 300; ++i) {  // more than DPDK has lcore ids
        auto lcore = dpdk::Lcore::start("many", std::nullopt, [](const std::stop_token&) {});
        ASSERT_TRUE(lcore) << lcore.error().text();
    }
}

void put32(std::ofstream& file, std::uint32_t value) {
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

// The pipeline between files: net_pcap in, net_pcap out, as with a capture from the field.
TEST(PcapPort, CaptureThroughTheRelay) {
    const dpdk::Mempool pool = make_pool();
    std::string pattern = (std::filesystem::temp_directory_path() / "pc-relay-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const std::filesystem::path folder = pattern;
    constexpr std::uint16_t kPackets = 100;
    {
        std::ofstream file(folder / "in.pcap", std::ios::binary);
        for (const std::uint32_t word : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 65535U, 1U}) {
            put32(file, word);
        }
        for (std::uint16_t i = 0; i < kPackets; ++i) {
            const Bytes bytes = frame({.from = "198.18.0.2:4000",
                                       .to = "198.18.0.1:20000",
                                       .payload = rtp({.sequence = i})});
            put32(file, i);
            put32(file, 0);
            put32(file, static_cast<std::uint32_t>(bytes.size()));
            put32(file, static_cast<std::uint32_t>(bytes.size()));
            file.write(reinterpret_cast<const char*>(bytes.data()),
                       static_cast<std::streamsize>(bytes.size()));
        }
    }
    const std::string out = (folder / "out.pcap").string();
    std::uint64_t forwarded = 0;
    {
        auto port = dpdk::Port::attach(
            "net_pcap_t", "rx_pcap=" + (folder / "in.pcap").string() + ",tx_pcap=" + out, {}, pool);
        ASSERT_TRUE(port) << port.error().text();
        ASSERT_TRUE(port->start());

        NextHopTable hops(4);
        hops.store(1, {.state = NextHop::State::Reachable,
                       .port = port->id(),
                       .mtu = 1500,
                       .destination = mac(51),
                       .source = mac(1)});
        auto state = StateFile::anonymous(state_slots(1, 16)).value();
        auto handover = HandoverRings::create(1, 64).value();
        auto worker =
            Worker::create(
                {.id = 0, .flow_capacity = 16},
                {.mempool = pool, .next_hops = hops, .state = state, .handover = handover})
                .value();
        const auto owners = std::make_shared<PoolOwners>();
        owners->set(20000, 0);
        owners->set(20002, 0);
        WorkerTables tables;
        tables.ports.push_back({.port = port->id(), .rx_queue = 0, .tx_queue = 0, .mac = mac(1)});
        tables.pools = PoolTable({{.index = 0,
                                   .port = port->id(),
                                   .address = IpAddress::parse("198.18.0.1").value(),
                                   .ports = {20000, 29999},
                                   .owners = owners}});
        FlowConfig a;
        a.name = {.session = SessionId{1}, .leg = LegId{1}};
        a.local_port = 20000;
        a.settings.remote = Endpoint::parse("198.18.0.2:4000");
        FlowConfig b = a;
        b.name.leg = LegId{2};
        b.local_port = 20002;
        b.settings.remote = Endpoint::parse("198.18.0.3:5000");
        b.settings.next_hop = 1;
        // Packets arrive with the first poll after the tables: flows first.
        ASSERT_TRUE(worker->submit({.token = 1, .body = InstallFlow{1, a, {.rtp = 2}}}));
        ASSERT_TRUE(worker->submit({.token = 2, .body = InstallFlow{2, b, {.rtp = 1}}}));
        ASSERT_TRUE(worker->submit({.token = 3, .body = SwapTables{&tables}}));
        while (worker->poll_once() || worker->counters().rx_frames.get() < kPackets) {
        }
        forwarded = worker->counters().outcome(Outcome::Forwarded);
        EXPECT_EQ(worker->flow_stats(2).tx_packets, kPackets);
    }
    EXPECT_EQ(forwarded, kPackets);
    // Global header, and per packet a record header and a frame as large as it came.
    EXPECT_EQ(std::filesystem::file_size(out), 24U + kPackets * (16U + 14U + 20U + 8U + 172U));
    std::filesystem::remove_all(folder);
    EXPECT_EQ(pool.in_use(), 0U);
}

}  // namespace
}  // namespace portcullis::relay::test
