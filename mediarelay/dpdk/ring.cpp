// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/ring.hpp"

#include <rte_lcore.h>

namespace portcullis::relay::dpdk::detail {

rte_ring* create_ring(const std::string& name, std::uint32_t element_bytes,
                      std::uint32_t capacity) {
    return rte_ring_create_elem(name.c_str(), element_bytes, capacity,
                                static_cast<int>(SOCKET_ID_ANY),
                                RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
}

}  // namespace portcullis::relay::dpdk::detail
