// SPDX-License-Identifier: BSD-2-Clause
// MbufPtr: an owned packet buffer, wherever a packet is not inside a Burst.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <memory>
#include <span>

namespace portcullis::relay::dpdk {

struct MbufFree {
    void operator()(rte_mbuf* mbuf) const { rte_pktmbuf_free(mbuf); }
};
using MbufPtr = std::unique_ptr<rte_mbuf, MbufFree>;

// The first segment's bytes; valid while the buffer lives and is not resized.
[[nodiscard]] inline std::span<std::byte> bytes(rte_mbuf& mbuf) {
    return {static_cast<std::byte*>(mbuf.buf_addr) + mbuf.data_off, mbuf.data_len};
}

// A new buffer with a copy of `frame`; null when the pool is empty or the frame does not fit.
[[nodiscard]] MbufPtr make_mbuf(rte_mempool* pool, std::span<const std::byte> frame);

}  // namespace portcullis::relay::dpdk
