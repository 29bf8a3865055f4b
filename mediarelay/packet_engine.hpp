// SPDX-License-Identifier: BSD-2-Clause
// PacketEngine: DPDK's environment, the packet buffers and the running workers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mediarelay/control/worker_gateway.hpp"
#include "mediarelay/datapath/handover.hpp"
#include "mediarelay/dpdk/eal.hpp"
#include "mediarelay/dpdk/lcore.hpp"
#include "mediarelay/live_worker.hpp"
#include "policy/config/relay_config.hpp"

namespace portcullis::relay {

struct EngineOptions {
    config::RelayConfig settings;
    bool no_huge = false;
    std::filesystem::path state_file;
};

// One per process, made by the control thread before anything else of DPDK, destroyed after all
// ports. stop_workers() comes before ports are closed.
class PacketEngine {
 public:
    // `left`: what the former process left. Errors: in words for the operator.
    [[nodiscard]] static Result<std::unique_ptr<PacketEngine>> create(const EngineOptions& options,
                                                                      const NextHopTable& next_hops,
                                                                      LeftState& left);
    ~PacketEngine() { stop_workers(); }
    PacketEngine(const PacketEngine&) = delete;
    PacketEngine& operator=(const PacketEngine&) = delete;

    void stop_workers();
    [[nodiscard]] std::span<WorkerGateway* const> gateways() const { return gateway_pointers_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
    // How often each worker polled since its start.
    [[nodiscard]] std::vector<std::uint64_t> loops() const;
    // What is not an AF_XDP port's own.
    [[nodiscard]] const dpdk::Mempool& mempool() const { return *mempool_; }
    [[nodiscard]] StateFile& state() { return *state_; }
    [[nodiscard]] bool huge_pages() const { return huge_pages_; }

 private:
    PacketEngine() = default;
    [[nodiscard]] Status start_memory(const EngineOptions& options);
    [[nodiscard]] Status start_workers(const EngineOptions& options, const NextHopTable& next_hops,
                                       LeftState& left);

    bool huge_pages_ = false;
    std::optional<dpdk::Eal> eal_;
    std::optional<dpdk::Mempool> mempool_;
    std::optional<StateFile> state_;
    std::optional<HandoverRings> handover_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::unique_ptr<LiveWorker>> links_;
    std::vector<std::unique_ptr<WorkerGateway>> gateways_;
    std::vector<WorkerGateway*> gateway_pointers_;
    std::vector<dpdk::Lcore> lcores_;
};

}  // namespace portcullis::relay
