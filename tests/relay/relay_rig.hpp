// SPDX-License-Identifier: BSD-2-Clause
// RelayRig: a relay of one or more workers over two ring ports, driven by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "mediarelay/datapath/handover.hpp"
#include "mediarelay/datapath/worker.hpp"
#include "tests/relay/decoded_frame.hpp"
#include "tests/relay/frame_builder.hpp"
#include "tests/relay/ring_port.hpp"

namespace portcullis::relay::test {

// Starts EAL once for the program, without hugepages.
void start_eal();

// Pools, by index. Port 0 is the core side, port 1 the peer side.
inline constexpr PoolIndex kCoreV4 = 0;    // 198.18.0.1, port 0
inline constexpr PoolIndex kPeerV4 = 1;    // 198.18.1.1, port 1
inline constexpr PoolIndex kPeerV6 = 2;    // fd00:18:1::1, port 1
inline constexpr PoolIndex kPeerVlan = 3;  // 198.18.2.1, port 1, VLAN 100
inline constexpr PoolIndex kCoreV6 = 4;    // fd00:18:0::1, port 0

// Next hops. Frames to them carry mac(50 + id) and leave with the port's own address.
inline constexpr NextHopId kToCore = 1;       // port 0
inline constexpr NextHopId kToPeer = 2;       // port 1
inline constexpr NextHopId kToVlan = 3;       // port 1, VLAN 100
inline constexpr NextHopId kToOurselves = 4;  // state Local, pool kPeerV4's port

struct RigOptions {
    std::uint32_t workers = 1;
    bool queue_per_worker = true;  // else worker 0 polls port 0 and worker 1 polls port 1
    std::uint32_t flow_capacity = 256;
    std::uint32_t event_capacity = 256;
    std::uint32_t tx_ring = 1024;
    dpdk::PortOffloads offloads{};
};

class RelayRig {
 public:
    explicit RelayRig(const RigOptions& options = {});
    ~RelayRig();

    RingPort& port(std::size_t index) { return *ports_.at(index); }
    Worker& worker(std::size_t index = 0) { return *workers_.at(index); }
    NextHopTable& next_hops() { return next_hops_; }
    StateFile& state() { return state_; }
    dpdk::Mempool& mempool() { return mempool_; }
    PoolOwners& owners(PoolIndex pool) { return *owners_.at(pool); }

    // Sends a command and runs the worker until it completes.
    WorkerCompletion::Result command(const CommandBody& body, std::size_t worker = 0);
    // A flow config with usual settings; owns nothing.
    FlowConfig config(PoolIndex pool, std::uint16_t local_port, const std::string& remote,
                      NextHopId next_hop, LegId leg, Component component = Component::Rtp);
    // Installs and makes `worker` the port's owner.
    void install(FlowIndex flow, const FlowConfig& config, const FlowLinks& links,
                 std::size_t worker = 0);

    // Runs all workers until nothing moves.
    void run();
    // Runs, and expects exactly one frame to have left by `port` and none by the other.
    DecodedFrame only_frame(std::size_t port);
    // Runs, and expects nothing to leave.
    void expect_silence();
    std::uint64_t outcome(Outcome which, std::size_t worker = 0) {
        return workers_.at(worker)->counters().outcome(which);
    }
    // Every packet ended in exactly one outcome, and every buffer is back.
    void expect_books_balance();
    std::vector<WorkerEvent> events(std::size_t worker = 0);

 private:
    WorkerTables tables_for(std::uint32_t worker, const RigOptions& options) const;

    dpdk::Mempool mempool_;
    NextHopTable next_hops_{64};
    StateFile state_;
    HandoverRings handover_;
    std::vector<std::shared_ptr<PoolOwners>> owners_;
    std::vector<std::unique_ptr<RingPort>> ports_;
    std::vector<std::unique_ptr<WorkerTables>> tables_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::uint64_t token_ = 0;
};

// A call: flow 1 on the core side (198.18.0.2:4000 <-> port 20000) and flow 2 on the peer side
// (port 30000), linked both ways; RTCP muxed into both.
class CallTest : public testing::Test {
 protected:
    explicit CallTest(const RigOptions& options = {}) : rig_(options) {}

    void install_call(PoolIndex peer_pool, const std::string& peer_remote, NextHopId peer_hop);
    // A frame from the core side's peer, or the peer side's, as they should come.
    static Bytes from_core(const Bytes& payload) {
        return frame({.from = "198.18.0.2:4000", .to = "198.18.0.1:20000", .payload = payload});
    }
    static Bytes from_peer(const Bytes& payload) {
        return frame({.destination = mac(2),
                      .from = "198.18.1.2:5000",
                      .to = "198.18.1.1:30000",
                      .payload = payload});
    }

    RelayRig rig_;
};

}  // namespace portcullis::relay::test
