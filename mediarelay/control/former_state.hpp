// SPDX-License-Identifier: BSD-2-Clause
// FormerState: what the relay's former process left in the state file: latches and ports.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "mediarelay/control/media_pools.hpp"
#include "mediarelay/session/state_file.hpp"

namespace portcullis::relay {

// Control thread. Read once at start; a record is used when its flow is installed again as it was,
// so media flows in both directions with the first packet from either side.
class FormerState {
 public:
    FormerState() = default;
    explicit FormerState(const std::vector<StateRecord>& left);

    // The source that the flow had latched, if it had the same pool and port.
    [[nodiscard]] std::optional<Endpoint> latch_of(const FlowName& name, std::string_view pool,
                                                   std::uint16_t port) const;
    struct Rests {
        Milliseconds released;  // ports at rest: counted from their release
        Milliseconds live;      // ports in use: as long as signaling may take to come back
    };
    // Puts the ports that were used or resting to rest; call when the pools are there. `wall_s`:
    // seconds since 1970.
    void rest_ports(MediaPools& pools, Rests rests, TimePoint now, std::int64_t wall_s) const;
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    // When nobody may come back for them any more.
    void clear() { records_.clear(); }

 private:
    std::map<FlowName, StateRecord> records_;
};

}  // namespace portcullis::relay
