// SPDX-License-Identifier: BSD-2-Clause
// Diversion: one value of the Diversion header (RFC 5806): who diverted the call, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/headers/party.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::headers {

// Counters and limits have two digits (section 6).
inline constexpr std::uint32_t kMaxDiversionCounter = 99;
// Of a longer list the newest and the very first are kept: who diverts, and who was called.
inline constexpr std::size_t kMaxRedirections = 32;

struct Diversion {
    Party party;
    std::string reason{};       // one of the registered words, lower case; empty: none given
    std::uint32_t counter = 1;  // diversions this value stands for, 1..99
    std::optional<std::uint32_t> limit{};
    std::string privacy{};  // "full", "name", "uri", "off" or empty
    std::string screen{};   // "yes", "no" or empty

    bool operator==(const Diversion&) const = default;
};

// In order of occurrence: the newest diversion first (section 5). Values that are no address are
// left out.
[[nodiscard]] std::vector<Diversion> read_diversions(const sip::Message& message);

[[nodiscard]] std::string print(const Diversion& value, std::string_view domain);

}  // namespace portcullis::headers
