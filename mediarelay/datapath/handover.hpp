// SPDX-License-Identifier: BSD-2-Clause
// HandoverRings: packets between workers, and from a worker to itself (media to our own ports).
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <vector>

#include "common/base/result.hpp"
#include "mediarelay/dpdk/ring.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// A packet on its way between workers; the ring owns the buffer. Its mbuf->port names the DPDK port
// that it came from (Receive) or leaves by (Transmit).
struct HandoverPacket {
    enum class Kind : std::uint32_t {
        Receive,  // run it through the pipeline
        Transmit  // complete; only send it
    };
    rte_mbuf* mbuf = nullptr;
    Kind kind = Kind::Receive;
    std::uint32_t passes = 0;  // how often it came back to our own ports
};

// workers x workers SPSC rings. Made by control before the workers, destroyed after them (frees
// what is still inside).
class HandoverRings {
 public:
    // Errors: NoMemory.
    [[nodiscard]] static Result<HandoverRings> create(std::uint32_t workers,
                                                      std::uint32_t capacity = 1024);
    HandoverRings(HandoverRings&&) noexcept = default;
    HandoverRings& operator=(HandoverRings&&) = delete;
    ~HandoverRings() { drain(); }

    // Frees what is inside. No worker runs.
    void drain();
    [[nodiscard]] std::uint32_t workers() const { return workers_; }
    // Producer: worker `from`; consumer: worker `to`. Both below workers().
    [[nodiscard]] dpdk::Ring<HandoverPacket>& ring(WorkerId from, WorkerId to) {
        return rings_[from * workers_ + to];
    }

 private:
    HandoverRings() = default;
    std::uint32_t workers_ = 0;
    std::vector<dpdk::Ring<HandoverPacket>> rings_;
};

}  // namespace portcullis::relay
