// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/pool_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/base/assert.hpp"

namespace portcullis::relay {

PoolOwners::PoolOwners() {
    for (auto& owner : owners_) owner.store(kNoWorker, std::memory_order_relaxed);
}

PoolTable::PoolTable(std::vector<MediaPool> pools)
    : pools_(std::move(pools)), next_(pools_.size(), kEnd) {
    const std::size_t buckets = std::bit_ceil(pools_.size() * 2 + 1);
    buckets_.assign(buckets, kEnd);
    for (std::size_t i = 0; i < pools_.size(); ++i) {
        const MediaPool& pool = pools_[i];
        PORTCULLIS_ASSERT(pool.index < kMaxPools && pool.owners != nullptr);
        const std::uint32_t bucket = hash(pool.port, pool.vlan, pool.address.bytes());
        std::uint16_t& head = buckets_[bucket & (buckets - 1)];
        next_[i] = head;
        head = static_cast<std::uint16_t>(i);
        if (pool.index >= by_index_.size()) by_index_.resize(pool.index + 1U, kEnd);
        by_index_[pool.index] = static_cast<std::uint16_t>(i);
    }
}

std::uint32_t PoolTable::hash(std::uint16_t port, std::uint16_t vlan,
                              std::span<const std::byte> address) {
    std::uint32_t tail = 0;
    std::memcpy(&tail, address.data() + address.size() - 4, sizeof tail);
    const std::uint32_t mixed =
        (tail ^ (std::uint32_t{vlan} << 8) ^ (std::uint32_t{port} << 20)) * 0x9e3779b1U;
    return mixed >> 16;
}

PoolTable::Match PoolTable::find(std::uint16_t port, std::uint16_t vlan,
                                 std::span<const std::byte> address, std::uint16_t udp_port) const {
    Match match;
    const std::size_t bucket = hash(port, vlan, address) & (buckets_.size() - 1);
    for (std::uint16_t i = buckets_[bucket]; i != kEnd; i = next_[i]) {
        const MediaPool& pool = pools_[i];
        if (pool.port != port || pool.vlan != vlan ||
            !std::ranges::equal(pool.address.bytes(), address)) {
            continue;
        }
        match.address_known = true;
        if (pool.ports.contains(udp_port)) {
            match.pool = &pool;
            break;
        }
    }
    return match;
}

}  // namespace portcullis::relay
