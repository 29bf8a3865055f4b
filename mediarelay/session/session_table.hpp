// SPDX-License-Identifier: BSD-2-Clause
// SessionTable: the flows of one worker, found by pool and local port without hashing.
#pragma once

#include <cstdint>

#include "mediarelay/session/flow.hpp"
#include "mediarelay/session/lazy_array.hpp"
#include "mediarelay/session/worker_command.hpp"

namespace portcullis::relay {

// Owned by a worker and used on its thread only, but for stats(). All memory is reserved at
// construction and touched as flows come. Carries out flow commands; the bytes of packets, rings
// and tables are the worker's business.
class SessionTable {
 public:
    using Result = WorkerCompletion::Result;

    // Slots 1 .. capacity. Throws std::bad_alloc.
    explicit SessionTable(std::uint32_t capacity);

    [[nodiscard]] Result install(const InstallFlow& command);
    [[nodiscard]] Result update(const UpdateFlow& command);
    [[nodiscard]] Result stage(const StageFlow& command);
    [[nodiscard]] Result commit(const CommitFlow& command);
    [[nodiscard]] Result revert(const RevertFlow& command);
    [[nodiscard]] Result remove(const RemoveFlow& command);
    [[nodiscard]] Result set_links(const SetLinks& command);
    [[nodiscard]] Result set_next_hop(const SetNextHop& command);

    // Where the slot number of (pool, UDP port) stands; for prefetching. `pool` < kMaxPools.
    [[nodiscard]] const FlowIndex& port_slot(PoolIndex pool, std::uint16_t port) const {
        return ports_[(std::size_t{pool} << 16) | port];
    }
    // Slot 0 is always empty, so kNoFlow needs no special case. `flow` <= capacity.
    [[nodiscard]] Flow& flow(FlowIndex flow) { return flows_[flow]; }
    [[nodiscard]] const Flow& flow(FlowIndex flow) const { return flows_[flow]; }
    [[nodiscard]] FlowCold& cold(FlowIndex flow) { return colds_[flow]; }
    [[nodiscard]] const FlowCold& cold(FlowIndex flow) const { return colds_[flow]; }

    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }

    // Any thread; of a flow past the capacity: zeros.
    [[nodiscard]] FlowStats stats(FlowIndex flow) const;

 private:
    [[nodiscard]] bool exists(FlowIndex flow) const {
        return flow <= capacity_ && flows_[flow].tag != 0;
    }
    void apply_links(FlowIndex flow, const FlowLinks& links);
    void apply_settings(FlowIndex flow);

    std::uint32_t capacity_;
    std::uint32_t count_ = 0;
    LazyArray<Flow> flows_;
    LazyArray<FlowCold> colds_;
    LazyArray<FlowIndex> ports_;  // kMaxPools x 65536
};

}  // namespace portcullis::relay
