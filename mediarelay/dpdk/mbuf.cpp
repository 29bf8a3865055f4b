// SPDX-License-Identifier: BSD-2-Clause
#include <cstring>

#include "mediarelay/dpdk/mbuf_ptr.hpp"

namespace portcullis::relay::dpdk {

MbufPtr make_mbuf(rte_mempool* pool, std::span<const std::byte> frame) {
    MbufPtr mbuf(rte_pktmbuf_alloc(pool));
    if (mbuf == nullptr || frame.size() > 0xffff) return nullptr;
    char* room = rte_pktmbuf_append(mbuf.get(), static_cast<std::uint16_t>(frame.size()));
    if (room == nullptr) return nullptr;
    if (!frame.empty()) std::memcpy(room, frame.data(), frame.size());
    return mbuf;
}

}  // namespace portcullis::relay::dpdk
