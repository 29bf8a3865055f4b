// SPDX-License-Identifier: BSD-2-Clause
// WorkerTables: the ports and pools as one worker sees them, swapped as a whole.
#pragma once

#include <cstdint>
#include <vector>

#include "mediarelay/dpdk/port.hpp"
#include "mediarelay/session/pool_table.hpp"

namespace portcullis::relay {

inline constexpr std::uint16_t kNoQueue = 0xffff;

// One port for one worker.
struct PortBinding {
    std::uint16_t port = 0;             // DPDK port id
    std::uint16_t rx_queue = kNoQueue;  // polled by this worker; kNoQueue: by another
    std::uint16_t tx_queue = kNoQueue;  // this worker's own; kNoQueue: send through tx_worker
    WorkerId tx_worker = kNoWorker;     // who sends for us where we have no queue
    MacAddress mac{};                   // frames to other stations are dropped
    dpdk::PortOffloads offloads{};
};

// Immutable once given to a worker with SwapTables, kept by control until that command completed.
// Each worker has its own (queues differ); all of one generation describe the same pools.
struct WorkerTables {
    std::vector<PortBinding> ports;
    PoolTable pools;
};

}  // namespace portcullis::relay
