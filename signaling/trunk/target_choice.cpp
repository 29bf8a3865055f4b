// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/target_choice.hpp"

namespace portcullis::trunk {

TargetChoice choose_targets(const TrunkStates& states, const std::vector<policy::Target>& targets,
                            TimePoint now) {
    TargetChoice choice;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        auto usable = states.usable(targets[i].trunk, targets[i].gateway, now);
        if (usable.usable) {
            choice.chosen.push_back(i);
        } else {
            choice.skipped.push_back({i, "gateway " + targets[i].trunk + "/" + targets[i].gateway +
                                             " is left out: " + usable.reason});
        }
    }
    if (!choice.chosen.empty()) return choice;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto* const trunk = states.find(targets[i].trunk);
        if (trunk != nullptr && trunk->try_when_all_down) choice.chosen.push_back(i);
    }
    choice.despite = !choice.chosen.empty();
    return choice;
}

}  // namespace portcullis::trunk
