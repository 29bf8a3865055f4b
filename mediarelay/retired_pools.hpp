// SPDX-License-Identifier: BSD-2-Clause
// RetiredPools: packet buffers of closed ports, kept until nobody can hold one of them.
#pragma once

#include <cstdint>
#include <vector>

#include "mediarelay/dpdk/mempool.hpp"

namespace portcullis::relay {

// Control thread. The AF_XDP driver of DPDK 22.11 never gives back what its rings held when a port
// is closed, so such a port has a pool of its own, freed as a whole. Packets that it received may
// still be on their way between workers (handover rings); a device that they leave by copies them
// into its own pool. The kernel lets go of the memory soon after the sockets are closed.
class RetiredPools {
 public:
    // The port is closed, and no worker has it in its tables.
    void add(dpdk::Mempool pool) { waiting_.push_back({std::move(pool), {}}); }
    // Frees what workers have left behind. `loops`: how often each worker polled since its start,
    // in a fixed order. Call every second or so; the first call after add() never frees.
    void release(const std::vector<std::uint64_t>& loops);
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
    struct Waiting {
        dpdk::Mempool pool;
        std::vector<std::uint64_t> loops;  // when it was first looked at
    };
    std::vector<Waiting> waiting_;
};

}  // namespace portcullis::relay
