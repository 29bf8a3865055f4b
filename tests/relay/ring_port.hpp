// SPDX-License-Identifier: BSD-2-Clause
// RingPort: a DPDK port (net_ring) whose wire is in the test's hands.
#pragma once

#include <rte_ring.h>

#include <optional>
#include <string>
#include <vector>

#include "mediarelay/dpdk/port.hpp"
#include "tests/relay/frame_builder.hpp"

namespace portcullis::relay::test {

// Queue q of the port receives what inject(q) puts on its ring and sends to the ring that take(q)
// reads. Used on one thread at a time, or with one thread per queue.
class RingPort {
 public:
    RingPort(const std::string& name, const dpdk::Mempool& pool, std::uint16_t queues = 1,
             std::uint32_t ring_size = 1024);
    ~RingPort();
    RingPort(const RingPort&) = delete;
    RingPort& operator=(const RingPort&) = delete;

    [[nodiscard]] std::uint16_t id() const { return port_->id(); }
    [[nodiscard]] const dpdk::Port& port() const { return *port_; }
    // `flags`: as a device would set them in ol_flags. `headroom`: fewer bytes than the usual 128.
    void inject(const Bytes& frame, std::uint64_t flags = 0, std::uint16_t queue = 0,
                int headroom = -1);
    // A packet in two segments.
    void inject_segmented(const Bytes& first, const Bytes& second);
    // The next frame sent; empty if there is none.
    std::optional<Bytes> take(std::uint16_t queue = 0);
    // ol_flags of the frame that take() returned last.
    [[nodiscard]] std::uint64_t taken_flags() const { return taken_flags_; }

 private:
    rte_mempool* pool_;
    std::vector<rte_ring*> rx_;
    std::vector<rte_ring*> tx_;
    std::optional<dpdk::Port> port_;
    std::uint64_t taken_flags_ = 0;
};

}  // namespace portcullis::relay::test
