// SPDX-License-Identifier: BSD-2-Clause
// FormerState: what the relay's former process left in the state file: latches and ports.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "mediarelay/control/media_pools.hpp"
#include "mediarelay/session/state_file.hpp"

namespace portcullis::relay {

// Control thread. Read once at start; a record is used when its flow is installed again as it was,
// so media flows in both directions with the first packet from either side.
class FormerState {
 public:
    FormerState() = default;
    explicit FormerState(LeftState left);

    // The source that the flow had latched, if it had the same pool and port.
    [[nodiscard]] std::optional<Endpoint> latch_of(const FlowName& name, std::uint32_t pool_key,
                                                   std::uint16_t port) const;
    struct Rests {
        Milliseconds released;  // ports at rest: counted from their release
        Milliseconds live;      // ports in use: as long as signaling may take to come back
    };
    // Gives `pools` the pools that were, with the ports that were at rest, and those in use waiting
    // for their sessions; call before a configuration is applied. `wall_s`: seconds since 1970.
    void restore_pools(MediaPools& pools, Rests rests, TimePoint now, std::int64_t wall_s) const;
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    // When nobody may come back for them any more.
    void clear() {
        records_.clear();
        places_.clear();
    }

 private:
    std::vector<PoolPlace> places_;
    std::map<FlowName, StateRecord> records_;
};

}  // namespace portcullis::relay
