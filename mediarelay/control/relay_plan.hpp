// SPDX-License-Identifier: BSD-2-Clause
// RelayPlan: the part of a configuration document that the relay applies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mediarelay/kernel/media_range.hpp"
#include "policy/config/document.hpp"

namespace portcullis::relay {

struct InterfacePlan {
    std::string device;
    config::MediaDriver driver = config::MediaDriver::Auto;
    std::string pointer;  // JSON pointer into the document, for refusals

    // The pointer is only for words.
    bool operator==(const InterfacePlan& other) const {
        return device == other.device && driver == other.driver;
    }
};

struct PoolPlan {
    std::string name;
    std::string device;
    MediaRange range;
    std::optional<IpAddress> advertised;
    std::string pointer;
};

struct RelayPlan {
    std::vector<InterfacePlan> interfaces;  // enabled, each device once
    std::vector<PoolPlan> pools;            // enabled, on an enabled interface
    config::RelayConfig settings;
};

[[nodiscard]] RelayPlan make_relay_plan(const config::Document& document);

}  // namespace portcullis::relay
