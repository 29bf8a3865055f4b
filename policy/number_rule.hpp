// SPDX-License-Identifier: BSD-2-Clause
// NumberRule: one compiled change of a dialled number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/config/number_rule_config.hpp"
#include "policy/config/pattern.hpp"

namespace portcullis::policy {

// No rule makes a number longer than this: a chain of rewrites must not grow without end.
inline constexpr std::size_t kMaxNumberLength = 256;

struct NumberRule {
    std::string name;
    config::NumberTarget target = config::NumberTarget::Called;
    config::Pattern pattern;  // nullptr: applies always
    std::uint16_t strip = 0;
    std::string prepend;
    std::string replace;  // empty: strip and prepend

    [[nodiscard]] bool changes_called() const { return target != config::NumberTarget::Calling; }
    [[nodiscard]] bool changes_calling() const { return target != config::NumberTarget::Called; }
};

// Whether all of `number` matches; true without a pattern.
[[nodiscard]] bool matches(const config::Pattern& pattern, std::string_view number);

// `number` after the rule; empty optional when its pattern does not match, the number is shorter
// than what is stripped, or the result would be too long: the number then stays as it is.
[[nodiscard]] std::optional<std::string> apply_rule(const NumberRule& rule,
                                                    std::string_view number);

}  // namespace portcullis::policy
