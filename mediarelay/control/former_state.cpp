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

void FormerState::rest_ports(MediaPools& pools, Rests rests, TimePoint now,
                             std::int64_t wall_s) const {
    const auto rest = [&](StateRecord::State state, auto left_of) {
        for (const auto& [name, record] : records_) {
            const Milliseconds left = left_of(record);
            if (record.state != state || left <= Milliseconds(0)) continue;
            const auto even = static_cast<std::uint16_t>(record.local_port & ~1U);
            for (const auto& pool : pools.pools()) {
                if (record.pool_key != pool_key(pool->name)) continue;
                pool->allocator.import({even, name.session, now + left});
            }
        }
    };
    // Ports of living sessions wait for them, whoever had them before.
    rest(StateRecord::State::Live, [&](const StateRecord&) { return rests.live; });
    // Others have rested for a while already.
    rest(StateRecord::State::Released, [&](const StateRecord& record) {
        const auto age =
            std::chrono::seconds(std::max<std::int64_t>(0, wall_s - record.changed_at_s));
        return rests.released - age;
    });
}

}  // namespace portcullis::relay
