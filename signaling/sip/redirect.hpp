// SPDX-License-Identifier: BSD-2-Clause
// Redirect: where a 3xx sends its caller, in the order to try (RFC 3261 sections 8.1.3.4, 21.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "signaling/sip/message.hpp"
#include "signaling/sip/name_addr.hpp"

namespace portcullis::sip {

// qvalue in thousandths, 0..1000: "0.5" is 500; empty if it is none (RFC 3261 section 25.1).
[[nodiscard]] std::optional<std::uint16_t> parse_qvalue(std::string_view text);

// `address` VIEWS the message.
struct RedirectTarget {
    NameAddr address;
    std::uint16_t q = 1000;  // thousandths; 1000 without a q that can be read
};

// The Contacts of a response by falling q, those of one q as they stand. What is no address is left
// out, and so is a second one with the same URI, and any beyond 32.
[[nodiscard]] std::vector<RedirectTarget> redirect_targets(const Message& response);

}  // namespace portcullis::sip
