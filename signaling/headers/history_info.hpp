// SPDX-License-Identifier: BSD-2-Clause
// HistoryEntry: one value of History-Info (RFC 7044): a target the request was sent to, and how it
// was found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/headers/party.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::headers {

// "1.1.2" as numbers.
using HistoryIndex = std::vector<std::uint32_t>;

// How the target was found (section 5): by configuration, by mapping to another user, unchanged.
enum class HistoryTarget : std::uint8_t { None, Rc, Mp, Np };

enum class HistoryPrivacy : std::uint8_t { Unsaid, None, History };

struct HistoryEntry {
    Party party;
    HistoryIndex index{};
    HistoryTarget target = HistoryTarget::None;
    HistoryIndex target_index{};  // of the entry it was found from
    // Why the request came to this target: the cause URI parameter (RFC 4458); 0: none.
    std::uint16_t cause = 0;
    // Why it went on from here: the escaped Reason header; 0: none.
    std::uint16_t sip_reason = 0;
    std::uint16_t q850_reason = 0;
    HistoryPrivacy privacy = HistoryPrivacy::Unsaid;

    bool operator==(const HistoryEntry&) const = default;
};

// In order of occurrence: the oldest first. An entry without a readable index gets the one below
// the entry before it.
[[nodiscard]] std::vector<HistoryEntry> read_history(const sip::Message& message);

[[nodiscard]] std::string print(const HistoryEntry& value, std::string_view domain);

// "1.1.2"
[[nodiscard]] std::string print_index(const HistoryIndex& index);

// The entry says nothing of its party any more (section 10.1.2).
void anonymise(HistoryEntry& entry);

}  // namespace portcullis::headers
