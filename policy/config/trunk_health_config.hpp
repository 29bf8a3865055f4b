// SPDX-License-Identifier: BSD-2-Clause
// TrunkHealthConfig: how it is found out whether a trunk's gateways are there (RFC 3261 section
// 11).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// What a call gets when no gateway of any of its trunks is up: the best one anyway, or 503.
enum class WhenAllDown : std::uint8_t { Refuse, Try };

template <>
struct EnumNames<WhenAllDown> {
    static constexpr std::array<std::string_view, 2> kNames{"refuse", "try"};
};

struct TrunkHealthConfig {
    bool enabled = false;
    std::chrono::seconds interval{30};
    std::chrono::seconds max_interval{60};          // while it is down
    std::optional<std::chrono::seconds> timeout{};  // absent: Timer F
    std::uint16_t up_after = 1;
    std::uint16_t down_after = 3;
    std::vector<std::uint16_t> failure_codes{408, 503};
    std::string from_user{};
    std::string to_user{};
    std::chrono::seconds max_rest{300};  // the longest Retry-After that is honoured; 0: none is
    WhenAllDown when_all_down = WhenAllDown::Refuse;

    bool operator==(const TrunkHealthConfig&) const = default;
};

template <>
const ObjectType& object_type<TrunkHealthConfig>();

}  // namespace portcullis::config
