// SPDX-License-Identifier: BSD-2-Clause
// Mempool: packet buffers, of one port or shared.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.hpp"

namespace portcullis::relay::dpdk {

// Owns an rte_mempool of packet buffers. Must outlive every port and worker that uses it.
class Mempool {
 public:
    // `count` buffers, best 2^n - 1, each with room for `data_room` bytes of packet behind the
    // usual headroom. Errors: NoMemory, with the memory that is missing.
    [[nodiscard]] static Result<Mempool> create(const std::string& name, std::uint32_t count,
                                                std::uint32_t cache = 256,
                                                std::uint16_t data_room = 2048);

    [[nodiscard]] rte_mempool* get() const { return pool_.get(); }
    [[nodiscard]] std::uint32_t available() const;
    [[nodiscard]] std::uint32_t in_use() const;
    // In one piece of memory: the AF_XDP driver takes no other.
    [[nodiscard]] bool contiguous() const { return pool_->nb_mem_chunks == 1; }

 private:
    struct Free {
        void operator()(rte_mempool* pool) const;
    };
    explicit Mempool(rte_mempool* pool) : pool_(pool) {}
    std::unique_ptr<rte_mempool, Free> pool_;
};

}  // namespace portcullis::relay::dpdk
