// SPDX-License-Identifier: BSD-2-Clause
// NextHopTable: the array of 32-byte next hops that control fills and workers index.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/base/assert.hpp"
#include "mediarelay/kernel/mac_address.hpp"

namespace portcullis::relay {

using NextHopId = std::uint16_t;
// Entry 0 stays empty for ever: the next hop of a flow whose remote is not resolved.
inline constexpr NextHopId kNoNextHop = 0;

// How frames to one next hop leave. Local: the destination is one of our own media addresses; then
// `port` and `vlan` are those of the pool that receives, both MACs are that port's.
struct NextHop {
    enum class State : std::uint8_t { Empty, Resolving, Reachable, Local };
    State state = State::Empty;
    std::uint16_t port = 0;  // DPDK port id
    std::uint16_t vlan = 0;  // 802.1Q VLAN id 1-4094; 0: untagged
    std::uint16_t mtu = 0;   // largest IP packet, bytes
    MacAddress destination{};
    MacAddress source{};

    bool operator==(const NextHop&) const = default;
};

// Created by control, outlives every worker. One writer (control thread), any number of readers
// (worker lcores). An entry is rewritten in place: a gateway's new MAC reaches every flow at once.
// `store` takes the entry out of service for the moment of the change, so a reader that races with
// it sees Resolving, never a mixture.
class NextHopTable {
 public:
    // `capacity` entries, ids 1 .. capacity - 1 are usable.
    explicit NextHopTable(std::size_t capacity) : entries_(capacity) {
        PORTCULLIS_ASSERT(capacity > 1 && capacity <= 65536);
    }

    [[nodiscard]] std::size_t capacity() const { return entries_.size(); }

    // Control thread only; `id` in [1, capacity).
    void store(NextHopId id, const NextHop& hop) {
        PORTCULLIS_ASSERT(id != kNoNextHop && id < entries_.size());
        Entry& entry = entries_[id];
        const std::uint32_t version = entry.version.load(std::memory_order_relaxed);
        entry.version.store(version + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        entry.egress.store(pack(hop.destination, hop.port), std::memory_order_relaxed);
        entry.origin.store(pack(hop.source, hop.vlan), std::memory_order_relaxed);
        entry.link.store(
            static_cast<std::uint32_t>(hop.mtu) | (static_cast<std::uint32_t>(hop.state) << 16),
            std::memory_order_relaxed);
        entry.version.store(version + 2, std::memory_order_release);
    }

    // Any thread. Ids past the end read as Empty.
    [[nodiscard]] NextHop load(NextHopId id) const {
        NextHop hop;
        if (id >= entries_.size()) return hop;
        const Entry& entry = entries_[id];
        const std::uint32_t before = entry.version.load(std::memory_order_acquire);
        const std::uint64_t egress = entry.egress.load(std::memory_order_relaxed);
        const std::uint64_t origin = entry.origin.load(std::memory_order_relaxed);
        const std::uint32_t link = entry.link.load(std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_acquire);
        if ((before & 1U) != 0 || entry.version.load(std::memory_order_relaxed) != before) {
            hop.state = NextHop::State::Resolving;
            return hop;
        }
        unpack(egress, hop.destination, hop.port);
        unpack(origin, hop.source, hop.vlan);
        hop.mtu = static_cast<std::uint16_t>(link);
        hop.state = static_cast<NextHop::State>(link >> 16);
        return hop;
    }

 private:
    struct alignas(32) Entry {
        // writer: control; readers: workers. Odd while control rewrites the entry.
        std::atomic<std::uint32_t> version{0};
        std::atomic<std::uint32_t> link{0};    // MTU, state << 16
        std::atomic<std::uint64_t> egress{0};  // destination MAC, port
        std::atomic<std::uint64_t> origin{0};  // source MAC, VLAN
    };
    static_assert(sizeof(Entry) == 32);

    // The six bytes in memory order, then the number in the machine's own order.
    static std::uint64_t pack(const MacAddress& mac, std::uint16_t number) {
        std::array<std::byte, 8> bytes{};
        std::memcpy(bytes.data(), mac.data(), mac.size());
        std::memcpy(bytes.data() + mac.size(), &number, sizeof number);
        return std::bit_cast<std::uint64_t>(bytes);
    }
    static void unpack(std::uint64_t packed, MacAddress& mac, std::uint16_t& number) {
        const auto bytes = std::bit_cast<std::array<std::byte, 8>>(packed);
        std::memcpy(mac.data(), bytes.data(), mac.size());
        std::memcpy(&number, bytes.data() + mac.size(), sizeof number);
    }

    std::vector<Entry> entries_;
};

}  // namespace portcullis::relay
