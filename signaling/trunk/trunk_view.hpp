// SPDX-License-Identifier: BSD-2-Clause
// TrunkView: a shard's window on the trunks: the latest states, and what its calls see of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "signaling/trunk/trunk_states.hpp"

namespace portcullis::trunk {

// What a call saw of the gateway it tried.
struct Report {
    std::string trunk{};
    std::string gateway{};
    Endpoint remote{};
    Sighting sighting = Sighting::Answered;
    std::optional<std::chrono::seconds> retry_after{};  // of a 503
};

// One per shard, its thread only. `forward` brings a report to the TrunkService of shard 0.
class TrunkView {
 public:
    using Forward = std::function<void(Report)>;
    explicit TrunkView(Forward forward) : forward_(std::move(forward)) {}

    [[nodiscard]] const TrunkStates& states() const { return *states_; }
    [[nodiscard]] const TrunkStatesPtr& shared() const { return states_; }
    void update(TrunkStatesPtr states) { states_ = std::move(states); }

    // Cheap to call for every INVITE: what changes nothing stays on this shard.
    void report(Report report);

 private:
    TrunkStatesPtr states_ = std::make_shared<const TrunkStates>();
    Forward forward_;
};

}  // namespace portcullis::trunk
