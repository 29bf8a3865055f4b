// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/former_state.hpp"

#include <algorithm>

namespace portcullis::relay {

FormerState::FormerState(const std::vector<StateRecord>& left) {
    for (const auto& record : left) {
        if (record.state == StateRecord::State::Empty) continue;
        auto& kept = records_[record.name];
        // A session that was re-installed has an older, released record too.
        if (kept.state != StateRecord::State::Live) kept = record;
    }
}

std::optional<Endpoint> FormerState::latch_of(const FlowName& name, std::string_view pool,
                                              std::uint16_t port) const {
    const auto at = records_.find(name);
    if (at == records_.end() || at->second.state != StateRecord::State::Live ||
        at->second.pool_key != pool_key(pool) || at->second.local_port != port) {
        return std::nullopt;
    }
    return at->second.latched;
}

void FormerState::rest_ports(MediaPools& pools, Milliseconds quarantine, TimePoint now,
                             std::int64_t wall_s) const {
    for (const auto& pool : pools.pools()) {
        const std::uint32_t key = pool_key(pool->name);
        for (const auto& [name, record] : records_) {
            if (record.pool_key != key) continue;
            // Ports of living sessions wait for them; others have rested for a while already.
            const bool live = record.state == StateRecord::State::Live;
            const auto age = std::chrono::seconds(
                live ? 0 : std::max<std::int64_t>(0, wall_s - record.changed_at_s));
            if (age >= quarantine) continue;
            const auto even = static_cast<std::uint16_t>(record.local_port & ~1U);
            pool->allocator.import({even, record.name.session, now + quarantine - age});
        }
    }
}

}  // namespace portcullis::relay
