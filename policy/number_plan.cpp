// SPDX-License-Identifier: BSD-2-Clause
#include "policy/number_plan.hpp"

namespace portcullis::policy {

std::string NumberPlan::map(config::NumberTarget target, std::string_view number) const {
    std::string out(number);
    if (out.empty()) return out;
    for (const NumberRule& rule : rules) {
        const bool applies =
            target == config::NumberTarget::Called ? rule.changes_called() : rule.changes_calling();
        if (!applies) continue;
        if (auto changed = apply_rule(rule, out)) out = std::move(*changed);
    }
    return out;
}

}  // namespace portcullis::policy
