// SPDX-License-Identifier: BSD-2-Clause
// Worker: one lcore of the relay with everything it owns: flows, tables in use, rings, counters.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "common/base/result.hpp"
#include "mediarelay/datapath/worker_counters.hpp"
#include "mediarelay/datapath/worker_tables.hpp"
#include "mediarelay/dpdk/mempool.hpp"
#include "mediarelay/kernel/next_hop_table.hpp"
#include "mediarelay/session/session.hpp"
#include "mediarelay/session/state_file.hpp"
#include "mediarelay/session/worker_command.hpp"

namespace portcullis::relay {

class HandoverRings;  // datapath/handover.hpp

// How an idle worker rests. A busy one never sleeps.
struct IdleLadder {
    bool busy = false;                             // benchmarks: poll without end
    std::chrono::microseconds spin{200};           // after the last packet
    std::chrono::microseconds session_sleep{200};  // while flows are installed
    std::chrono::microseconds idle_sleep{10000};   // none is; a command ends it at once
};

// Slots of the StateFile that `workers` workers share.
[[nodiscard]] constexpr std::uint32_t state_slots(std::uint32_t workers,
                                                  std::uint32_t flow_capacity) {
    return workers * (flow_capacity + 1);
}

struct WorkerOptions {
    WorkerId id = 0;
    std::uint32_t flow_capacity = 65536;
    std::uint32_t command_capacity = 4096;
    std::uint32_t event_capacity = 4096;
    IdleLadder idle{};
};

// Created by control before its thread, destroyed after it. `run` or `poll_once` is called by
// exactly one thread, which DPDK must know as an lcore; everything under "control thread" by
// exactly one other. Borrowed: mempool, next hops, state file and handover rings outlive it.
class Worker {
 public:
    struct Shared {
        const dpdk::Mempool& mempool;
        const NextHopTable& next_hops;
        StateFile& state;         // of at least state_slots(id + 1, flow_capacity)
        HandoverRings& handover;  // of all workers
    };
    // Errors: NoMemory.
    [[nodiscard]] static Result<std::unique_ptr<Worker>> create(const WorkerOptions& options,
                                                                Shared shared);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // --- the worker's own thread -------------------------------------------------------------
    // Polls until stop is requested (which also ends a sleep).
    void run(std::stop_token stop);
    // One turn: commands, then a burst from every queue and handover ring. True if packets came.
    bool poll_once();

    // --- control thread ------------------------------------------------------------------------
    // Queues a command and wakes a sleeping worker. False: the ring is full, try again later.
    [[nodiscard]] bool submit(const WorkerCommand& command);
    // The next completion or event; false when there is none.
    [[nodiscard]] bool next_completion(WorkerCompletion& completion);
    [[nodiscard]] bool next_event(WorkerEvent& event);
    // The figures of a flow, also after it was removed and until its slot is installed again.
    [[nodiscard]] FlowStats flow_stats(FlowIndex flow) const;
    [[nodiscard]] const WorkerCounters& counters() const;
    [[nodiscard]] WorkerId id() const;
    [[nodiscard]] std::uint32_t flow_capacity() const;
    // The record of this worker's flow in the shared StateFile.
    [[nodiscard]] std::uint32_t state_slot(FlowIndex flow) const;

 private:
    struct Impl;
    explicit Worker(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::relay
