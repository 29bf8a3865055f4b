// SPDX-License-Identifier: BSD-2-Clause
// RelayConfig: the media relay's process settings. Memory, workers and cores hold from its start.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Adaptive: backs off when idle. Busy: never sleeps, one whole core per worker.
enum class Polling : std::uint8_t { Adaptive, Busy };

template <>
struct EnumNames<Polling> {
    static constexpr std::array<std::string_view, 2> kNames{"adaptive", "busy"};
};

// What the relay's tables are made for; it asserts that they are.
inline constexpr std::uint16_t kMaxRelayWorkers = 16;
inline constexpr std::size_t kMaxMediaPools = 256;

struct RelayConfig {
    std::uint32_t memory_mb = 256;       // needs a restart of the relay
    std::uint16_t workers = 1;           // needs a restart of the relay
    std::vector<std::uint16_t> cores{};  // one per worker; empty: any; needs a restart of the relay
    std::chrono::seconds lease{60};
    std::chrono::seconds quarantine{5};
    Polling polling = Polling::Adaptive;

    bool operator==(const RelayConfig&) const = default;
};

template <>
const ObjectType& object_type<RelayConfig>();

}  // namespace portcullis::config
