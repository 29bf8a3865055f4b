// SPDX-License-Identifier: BSD-2-Clause
// Interfaces opened and closed by AF_XDP with our program, as configuration changes do it. In a
// network namespace of its own, which ends with the process.
#include "mediarelay/media_devices.hpp"

#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <sched.h>

#include <chrono>
#include <functional>
#include <thread>

#include "mediarelay/buffer_plan.hpp"
#include "tests/relay/far_end.hpp"
#include "tests/relay/relay_rig.hpp"
#include "tests/support/fake_clock.hpp"

namespace portcullis::relay::test {
namespace {

using portcullis::testing::FakeClock;

constexpr std::uint32_t kMemoryMib = 128;  // of start_eal()

std::size_t free_memory() {
    rte_malloc_socket_stats stats{};
    return rte_malloc_get_socket_stats(0, &stats) == 0 ? stats.heap_freesz_bytes : 0;
}

bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

class Devices : public ::testing::Test {
 protected:
    void SetUp() override {
        static const bool isolated = ::unshare(CLONE_NEWNET) == 0 && run("ip link set lo up");
        if (!isolated) GTEST_SKIP() << "needs root for a network namespace";
        for (const char* side : {"a", "b"}) {
            const std::string near = std::string("pcmd") + side;
            ASSERT_TRUE(run("ip link add " + near + " type veth peer name " + near + "p"));
            ASSERT_TRUE(run("ip link set " + near + " up && ip link set " + near + "p up"));
        }
        start_eal();
        static auto shared = dpdk::Mempool::create("shared", 1023, 0);
        ASSERT_TRUE(shared);
        auto opened = Netlink::open();
        auto program = XdpProgramFile::create();
        ASSERT_TRUE(opened && program);
        netlink.emplace(std::move(*opened));
        devices.emplace(MediaDevices::Parts{*netlink, *shared, retired, 1, kMemoryMib},
                        std::move(*program));
    }
    void TearDown() override {
        devices.reset();
        for (const char* side : {"a", "b"}) {
            (void)run(std::string("ip link del pcmd") + side + " 2>/dev/null");
        }
    }
    // The kernel takes its time to let go of a closed socket's queue: the app tries again too.
    std::unique_ptr<OpenDevice> open(const std::string& name) {
        const InterfacePlan plan{
            .device = name, .driver = config::MediaDriver::AfXdp, .pointer = {}};
        std::unique_ptr<OpenDevice> device;
        std::string reason;
        (void)eventually([&] {
            auto opened = devices->open(plan, false);
            if (opened) {
                device = std::move(*opened);
            } else {
                reason = opened.error().text();
                loops += 1000;
                clock.advance(std::chrono::seconds(1));
            }
            return device != nullptr;
        });
        EXPECT_TRUE(device) << reason;
        EXPECT_TRUE(device && device->xdp->apply({{IpAddress::v4(0xc6120001U), {20000, 29999}}}));
        return device;
    }
    // A worker goes on polling, and the housekeeping comes round.
    void free_closed() {
        loops += 1000;
        clock.advance(std::chrono::seconds(1));
        retired.release();
        EXPECT_EQ(retired.size(), 0U);
    }
    static Bytes media(const OpenDevice& to) {
        return frame({.destination = to.port->mac(),
                      .from = "198.18.0.2:4000",
                      .to = "198.18.0.1:20000",
                      .payload = rtp({})});
    }
    // The frame that the device received, or nothing.
    static rte_mbuf* receive(const OpenDevice& device, FarEnd& from) {
        from.send(media(device));
        rte_mbuf* mbuf = nullptr;
        (void)eventually([&] { return rte_eth_rx_burst(device.port->id(), 0, &mbuf, 1) == 1; });
        return mbuf;
    }

    FakeClock clock;
    std::uint64_t loops = 0;
    RetiredPools retired{clock, [this] { return std::vector{loops}; }};
    std::optional<Netlink> netlink;
    std::optional<MediaDevices> devices;
};

TEST_F(Devices, OpeningAndClosingLeavesNoBufferBehind) {
    FarEnd peer("pcmdap");
    std::size_t at_rest = 0;
    for (int i = 0; i < 20; ++i) {
        auto device = open("pcmda");
        ASSERT_TRUE(device) << "round " << i;
        for (int packet = 0; packet < 3; ++packet) {
            rte_mbuf* mbuf = receive(*device, peer);
            ASSERT_NE(mbuf, nullptr) << "round " << i;
            rte_pktmbuf_free(mbuf);
        }
        device.reset();
        free_closed();
        if (i == 0) at_rest = free_memory();
    }
    // The driver forgets a few small structures of its own.
    EXPECT_GT(free_memory() + (1U << 20), at_rest);
}

// What a port received may leave by another one and outlive neither.
TEST_F(Devices, APortSendsWhatAClosedOneReceived) {
    FarEnd core("pcmdap");
    FarEnd peer("pcmdbp");
    auto b = open("pcmdb");
    ASSERT_TRUE(b);
    for (int i = 0; i < 3; ++i) {
        auto a = open("pcmda");
        ASSERT_TRUE(a);
        rte_mbuf* mbuf = receive(*a, core);
        ASSERT_NE(mbuf, nullptr);
        ASSERT_EQ(rte_eth_tx_burst(b->port->id(), 0, &mbuf, 1), 1);
        a.reset();
        free_closed();
        EXPECT_TRUE(eventually([&] { return peer.take("198.18.0.1:20000").has_value(); }));
        mbuf = receive(*b, peer);
        ASSERT_NE(mbuf, nullptr);
        rte_pktmbuf_free(mbuf);
    }
    b.reset();
    free_closed();
}

// `ip link set dev X xdp off`: the sockets are still in the program's map.
TEST_F(Devices, MediaIsHeardAgainWhenTheProgramWasTakenOff) {
    FarEnd peer("pcmdap");
    auto device = open("pcmda");
    ASSERT_TRUE(device);
    rte_mbuf* mbuf = receive(*device, peer);
    ASSERT_NE(mbuf, nullptr);
    rte_pktmbuf_free(mbuf);
    ASSERT_TRUE(run("ip link set dev pcmda xdp off"));
    device->xdp->watch();
    EXPECT_TRUE(device->xdp->attached());
    mbuf = receive(*device, peer);
    ASSERT_NE(mbuf, nullptr);
    rte_pktmbuf_free(mbuf);
    device.reset();
    free_closed();
}

TEST(RetiredPools, WaitForEveryWorkerAndTheKernel) {
    start_eal();
    FakeClock clock;
    std::vector<std::uint64_t> loops{5000, 0};
    RetiredPools retired(clock, [&loops] { return loops; });
    retired.add(std::move(*dpdk::Mempool::create("retired", 63, 0)));
    loops = {9000, 300};
    retired.release();
    EXPECT_EQ(retired.size(), 1U) << "the kernel takes its time";
    clock.advance(std::chrono::seconds(1));
    loops = {9000, 10};
    retired.release();
    EXPECT_EQ(retired.size(), 1U) << "the second worker hardly polled";
    loops = {9000, 300};
    retired.release();
    EXPECT_EQ(retired.size(), 0U);
}

TEST(BufferPlan, FollowsQueuesAndWorkersWithinBounds) {
    const DeviceBuffers one = device_buffers(1, 1, 256);
    EXPECT_EQ(one.wanted, 3 * kXdpDescriptors + kBuffersPerWorker + kHandoverBuffers);
    EXPECT_GT(one.needed, kXdpDescriptors);
    const DeviceBuffers eight = device_buffers(8, 4, 1024);
    EXPECT_GE(eight.wanted, 8 * 3 * kXdpDescriptors);
    EXPECT_GE(eight.needed, 8 * kXdpDescriptors);
    EXPECT_EQ(device_buffers(8, 4, 512).wanted, 512 * kBuffersPerMib) << "a sixth of the memory";
    const DeviceBuffers many = device_buffers(64, 16, 256);
    EXPECT_EQ(many.wanted, many.needed) << "reception comes first";
    EXPECT_EQ(shared_buffers(1, 256), 8191U);
    EXPECT_GE(shared_buffers(4, 1024), 16 * kHandoverBuffers);
    EXPECT_EQ(shared_buffers(16, 256), 256 * kBuffersPerMib);
}

}  // namespace
}  // namespace portcullis::relay::test
