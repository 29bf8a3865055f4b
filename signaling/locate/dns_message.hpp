// SPDX-License-Identifier: BSD-2-Clause
// Reads DNS replies (RFC 1035 section 4): bytes to a Reply, whatever the bytes are.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "signaling/locate/dns_record.hpp"

namespace portcullis::locate {

// Aliases followed from one name; more are a loop.
inline constexpr std::size_t kMaxAliases = 8;

// A host name as questions have it: lower case, without the last dot. Empty unless it is made of
// labels of letters, digits, '-' and '_', 1 to 63 bytes each, 253 bytes in all.
[[nodiscard]] std::optional<std::string> normal_name(std::string_view text);

// What `message` says of `question`. Never fails: bytes that are no reply to it are a Failed reply.
// Records that are malformed or of a foreign name are left out and counted.
[[nodiscard]] Reply read_reply(const Question& question, std::span<const std::byte> message);

}  // namespace portcullis::locate
