// SPDX-License-Identifier: BSD-2-Clause
// choose_targets(): which targets of a route a call goes to, by the state of their gateways.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/decision.hpp"
#include "signaling/trunk/trunk_states.hpp"

namespace portcullis::trunk {

struct SkippedTarget {
    std::size_t index = 0;  // in the list that was given
    std::string reason{};   // for the call's story; names gateways
};

struct TargetChoice {
    std::vector<std::size_t> chosen{};  // in the order given; empty: 503
    std::vector<SkippedTarget> skipped{};
    bool despite = false;  // none is usable: these belong to trunks that are tried all the same
};

[[nodiscard]] TargetChoice choose_targets(const TrunkStates& states,
                                          const std::vector<policy::Target>& targets,
                                          TimePoint now);

}  // namespace portcullis::trunk
