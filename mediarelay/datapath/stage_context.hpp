// SPDX-License-Identifier: BSD-2-Clause
// StageContext: what the stages of one worker may touch.
#pragma once

#include <rte_config.h>
#include <rte_mempool.h>

#include <array>
#include <cstdint>

#include "mediarelay/datapath/handover.hpp"
#include "mediarelay/datapath/worker_counters.hpp"
#include "mediarelay/datapath/worker_tables.hpp"
#include "mediarelay/dpdk/ring.hpp"
#include "mediarelay/kernel/next_hop_table.hpp"
#include "mediarelay/session/session_table.hpp"
#include "mediarelay/session/state_file.hpp"
#include "mediarelay/session/worker_command.hpp"

namespace portcullis::relay {

// One per worker, used on its thread. Everything referred to outlives it; `tables` is replaced by
// SwapTables, between bursts.
struct StageContext {
    WorkerId worker;
    SessionTable& sessions;
    WorkerCounters& counters;
    dpdk::Ring<WorkerEvent>& events;
    const NextHopTable& next_hops;
    HandoverRings& handover;
    StateFile& state;
    std::uint32_t state_base;  // slot of flow 0
    rte_mempool* mempool;

    const WorkerTables* tables = nullptr;
    std::array<const PortBinding*, RTE_MAX_ETHPORTS> bindings{};  // by DPDK port id; null: unknown
    std::uint64_t now_us = 0;  // CLOCK_MONOTONIC, at the start of the burst

    // Null for a port that is not in the tables.
    [[nodiscard]] const PortBinding* binding(std::uint16_t port) const {
        return port < bindings.size() ? bindings[port] : nullptr;
    }
};

}  // namespace portcullis::relay
