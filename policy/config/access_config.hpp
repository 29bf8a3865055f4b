// SPDX-License-Identifier: BSD-2-Clause
// AccessListConfig: which source addresses may speak to a realm at all.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/cidr.hpp"
#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

enum class AccessAction : std::uint8_t { Allow, Deny };

template <>
struct EnumNames<AccessAction> {
    static constexpr std::array<std::string_view, 2> kNames{"allow", "deny"};
};

struct AccessRuleConfig {
    std::string description{};
    Cidr source{};
    AccessAction action = AccessAction::Deny;

    bool operator==(const AccessRuleConfig&) const = default;
};

// The rule with the longest prefix that contains the source decides.
struct AccessListConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string realm{};
    AccessAction default_action = AccessAction::Allow;
    std::vector<AccessRuleConfig> rules{};

    bool operator==(const AccessListConfig&) const = default;
};

template <>
const ObjectType& object_type<AccessRuleConfig>();
template <>
const ObjectType& object_type<AccessListConfig>();

}  // namespace portcullis::config
