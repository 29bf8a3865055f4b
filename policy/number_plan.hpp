// SPDX-License-Identifier: BSD-2-Clause
// NumberPlan: the number rules of a route as one object that a call keeps: every number of every
// header field of the call goes through the same rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/number_rule.hpp"

namespace portcullis::policy {

// Made by compile(), shared by the routes that have the same rules and by the calls that took them;
// immutable, read from any thread.
struct NumberPlan {
    std::vector<NumberRule> rules;

    // `number` after the rules that change numbers of that kind, in order. An empty number stays.
    [[nodiscard]] std::string map(config::NumberTarget target, std::string_view number) const;
};

}  // namespace portcullis::policy
