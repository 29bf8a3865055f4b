// SPDX-License-Identifier: BSD-2-Clause
// RelayReport: the relay's state at one moment, as JSON for operators and as metrics.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mediarelay/control/session_manager.hpp"
#include "mediarelay/datapath/outcome.hpp"

namespace portcullis::relay {

struct WorkerReport {
    WorkerId id = 0;
    std::array<std::uint64_t, kOutcomeCount> outcomes{};
    std::uint64_t rx_frames = 0;
    std::uint64_t tx_frames = 0;
    std::uint64_t events_dropped = 0;
    std::uint64_t flows = 0;
    double busy_ratio = 0;  // of the last second or so: 1 is a whole core
};

struct DeviceReport {
    std::string device;
    std::string driver;    // empty: not open
    std::string xdp_mode;  // empty: not by AF_XDP
    bool xdp_attached = false;
    std::string xdp_foreign;       // the program that sits in place of ours
    std::uint64_t xdp_losses = 0;  // how often ours was found gone
    bool up = false;
    std::uint64_t rx_packets = 0;
    std::uint64_t tx_packets = 0;
    std::uint64_t rx_missed = 0;
    // What the XDP program judged; empty for other drivers: {verdict, frames}.
    std::vector<std::pair<std::string, std::uint64_t>> xdp_frames;
};

struct RelayReport {
    std::uint64_t epoch = 0;
    ConfigVersion applied;
    ConfigVersion prepared;
    std::int64_t uptime_s = 0;
    bool huge_pages = false;
    std::uint32_t memory_mb = 0;
    std::uint32_t mempool_available = 0;
    std::uint32_t mempool_in_use = 0;
    std::size_t sessions = 0;
    std::size_t next_hops = 0;
    std::vector<WorkerReport> workers;
    std::vector<DeviceReport> devices;
    struct Pool {
        std::string name;
        std::string address;
        PortRange ports;
        bool draining = false;
        PortAllocator::Counts counts;
    };
    std::vector<Pool> pools;
};

[[nodiscard]] std::string status_json(const RelayReport& report);
// Prometheus text exposition, without a trailing "# EOF".
[[nodiscard]] std::string metrics_text(const RelayReport& report);
// Every session with its legs, ports and latches, as a JSON array.
[[nodiscard]] std::string sessions_json(const SessionManager& sessions);

}  // namespace portcullis::relay
