// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/mempool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "mediarelay/dpdk/errc.hpp"

namespace portcullis::relay::dpdk {

Result<Mempool> Mempool::create(const std::string& name, std::uint32_t count, std::uint32_t cache,
                                std::uint16_t data_room) {
    const auto room = static_cast<std::uint16_t>(data_room + RTE_PKTMBUF_HEADROOM);
    rte_mempool* pool = rte_pktmbuf_pool_create(name.c_str(), count, cache, 0, room,
                                                static_cast<int>(SOCKET_ID_ANY));
    if (pool == nullptr) {
        return fail(Errc::NoMemory, std::to_string(count) + " packet buffers of " +
                                        std::to_string(room) +
                                        " bytes: " + rte_strerror(rte_errno) +
                                        "; give the relay more memory or fewer buffers");
    }
    return Mempool(pool);
}

std::uint32_t Mempool::available() const { return rte_mempool_avail_count(pool_.get()); }
std::uint32_t Mempool::in_use() const { return rte_mempool_in_use_count(pool_.get()); }

void Mempool::Free::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

}  // namespace portcullis::relay::dpdk
