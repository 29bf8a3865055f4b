// SPDX-License-Identifier: BSD-2-Clause
// RetiredPools: packet buffers of closed ports, kept until nobody can hold one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "mediarelay/dpdk/mempool.hpp"

namespace portcullis::relay {

// Control thread; outlives the ports. The AF_XDP driver of DPDK 22.11 never gives back what its
// rings held when a port is closed, so such a port has a pool of its own, freed as a whole. Packets
// that it received may still be on their way between workers (handover rings); a device that they
// leave by copies them into its own pool. The kernel lets go of the memory a moment after the
// sockets are closed.
class RetiredPools {
 public:
    // How often each worker polled since its start, in a fixed order.
    using Loops = std::function<std::vector<std::uint64_t>()>;

    RetiredPools(const Clock& clock, Loops loops) : clock_(clock), loops_(std::move(loops)) {}

    // The port is closed, and no worker has it in its tables.
    void add(dpdk::Mempool pool);
    // Frees what workers and kernel have left behind. Call every second or so, and when memory is
    // needed.
    void release();
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
    struct Waiting {
        dpdk::Mempool pool;
        TimePoint since;
        std::vector<std::uint64_t> loops;  // then
    };
    const Clock& clock_;
    Loops loops_;
    std::vector<Waiting> waiting_;
};

}  // namespace portcullis::relay
