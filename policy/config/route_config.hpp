// SPDX-License-Identifier: BSD-2-Clause
// RouteConfig: which calls go to which trunks, and with which number rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Every condition that is set must hold; an empty one holds always.
struct RouteMatchConfig {
    std::string realm{};            // the call came from
    std::string trunk{};            // the call came from
    std::string called_prefix{};    // digits, possibly with a leading '+'
    std::string called_pattern{};   // RE2, matched against the whole called number
    std::string calling_pattern{};  // and against the calling number, as caller_source finds it

    bool operator==(const RouteMatchConfig&) const = default;
};

struct RouteConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::uint32_t priority = 100;  // lower first; then the longest prefix; then document order
    RouteMatchConfig match{};
    std::vector<std::string> trunks{};        // in order of failover
    bool parallel = false;                    // all at once instead
    std::vector<std::string> number_rules{};  // applied in order

    bool operator==(const RouteConfig&) const = default;
};

template <>
const ObjectType& object_type<RouteMatchConfig>();
template <>
const ObjectType& object_type<RouteConfig>();

}  // namespace portcullis::config
