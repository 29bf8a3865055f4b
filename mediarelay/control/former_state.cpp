// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/former_state.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::relay {

FormerState::FormerState(LeftState left) : places_(std::move(left.pools)) {
    for (const auto& record : left.flows) {
        if (record.state == StateRecord::State::Empty) continue;
        auto& kept = records_[record.name];
        // A session that was re-installed has an older, released record too.
        if (kept.state != StateRecord::State::Live) kept = record;
    }
}

std::optional<Endpoint> FormerState::latch_of(const FlowName& name, std::uint32_t pool_key,
                                              std::uint16_t port) const {
    const auto at = records_.find(name);
    if (at == records_.end() || at->second.state != StateRecord::State::Live ||
        at->second.pool_key != pool_key || at->second.local_port != port) {
        return std::nullopt;
    }
    return at->second.latched;
}

void FormerState::restore_pools(MediaPools& pools, Rests rests, TimePoint now,
                                std::int64_t wall_s) const {
    for (const auto& place : places_) pools.restore(place);
    const auto in_pool = [&](const StateRecord& record, Milliseconds left, auto put) {
        if (left <= Milliseconds(0)) return;
        const auto even = static_cast<std::uint16_t>(record.local_port & ~1U);
        for (const auto& pool : pools.pools()) {
            if (pool->key != record.pool_key) continue;
            put(pool->allocator, PortAllocator::Rest{even, record.name.session, now + left});
        }
    };
    // Ports of living sessions wait for them, whoever had them before.
    for (const auto& [name, record] : records_) {
        if (record.state != StateRecord::State::Live) continue;
        in_pool(record, rests.live,
                [](PortAllocator& ports, const PortAllocator::Rest& rest) { ports.await(rest); });
    }
    // Others have rested for a while already.
    for (const auto& [name, record] : records_) {
        if (record.state != StateRecord::State::Released) continue;
        const auto age =
            std::chrono::seconds(std::max<std::int64_t>(0, wall_s - record.changed_at_s));
        in_pool(record, rests.released - age,
                [](PortAllocator& ports, const PortAllocator::Rest& rest) { ports.import(rest); });
    }
}

}  // namespace portcullis::relay
