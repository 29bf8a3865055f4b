// SPDX-License-Identifier: BSD-2-Clause
// PoolTable: which (device port, VLAN, local address, UDP port) belongs to which media pool, and
// which worker owns each port pair of it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/net/ip_address.hpp"
#include "common/net/port_range.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// The worker of every port pair of one pool. Written by control before a flow is installed, read by
// workers with relaxed loads; lives as long as the pool has an index.
class PoolOwners {
 public:
    PoolOwners();
    void set(std::uint16_t port, WorkerId worker) {
        owners_[port / 2U].store(worker, std::memory_order_relaxed);
    }
    // kNoWorker: no session has this pair.
    [[nodiscard]] WorkerId owner(std::uint16_t port) const {
        return owners_[port / 2U].load(std::memory_order_relaxed);
    }

 private:
    std::array<std::atomic<WorkerId>, 32768> owners_;
};

// One range of a pool: a pool that moved has an entry for each range in use.
struct MediaPool {
    PoolIndex index = 0;
    std::uint16_t port = 0;  // DPDK port id
    std::uint16_t vlan = 0;  // 0: untagged
    IpAddress address;       // local media address
    PortRange ports;
    std::shared_ptr<const PoolOwners> owners;
};

// Immutable after construction. Several pools may share an address with disjoint ranges.
class PoolTable {
 public:
    PoolTable() : PoolTable(std::vector<MediaPool>{}) {}
    explicit PoolTable(std::vector<MediaPool> pools);

    struct Match {
        const MediaPool* pool = nullptr;  // null: `address_known` tells why
        bool address_known = false;       // the address is ours, the UDP port is in no range of it
    };
    // `address`: 4 or 16 bytes in network order; `vlan` 0 for untagged.
    [[nodiscard]] Match find(std::uint16_t port, std::uint16_t vlan,
                             std::span<const std::byte> address, std::uint16_t udp_port) const;

    // A range of the pool of this index (what is not ports is the same in all), or null.
    [[nodiscard]] const MediaPool* by_index(PoolIndex index) const {
        return index < by_index_.size() && by_index_[index] != kEnd ? &pools_[by_index_[index]]
                                                                    : nullptr;
    }
    [[nodiscard]] std::span<const MediaPool> pools() const { return pools_; }

 private:
    static constexpr std::uint16_t kEnd = 0xffff;
    [[nodiscard]] static std::uint32_t hash(std::uint16_t port, std::uint16_t vlan,
                                            std::span<const std::byte> address);

    std::vector<MediaPool> pools_;
    std::vector<std::uint16_t> by_index_;  // into pools_, or kEnd
    std::vector<std::uint16_t> buckets_;   // power of two; index into pools_ or kEnd
    std::vector<std::uint16_t> next_;      // chain of each pool
};

}  // namespace portcullis::relay
