// SPDX-License-Identifier: BSD-2-Clause
// NumberRuleConfig: one change of the called or calling number on the way to a trunk.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

enum class NumberTarget : std::uint8_t { Called, Calling, Both };

template <>
struct EnumNames<NumberTarget> {
    static constexpr std::array<std::string_view, 3> kNames{"called", "calling", "both"};
};

struct NumberRuleConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    NumberTarget target = NumberTarget::Called;
    std::string pattern{};    // RE2 on the whole number; empty: the rule always applies
    std::uint16_t strip = 0;  // characters removed from the front
    std::string prepend{};    // added in front, after stripping
    std::string replace{};    // RE2 rewrite of the whole number (\1 ...); instead of strip/prepend

    bool operator==(const NumberRuleConfig&) const = default;
};

template <>
const ObjectType& object_type<NumberRuleConfig>();

}  // namespace portcullis::config
