// SPDX-License-Identifier: BSD-2-Clause
// Domain names: as text in a normal form, and as they stand in messages (RFC 1035 section 4.1.4).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::locate {

// A host name as questions have it: lower case, without the last dot. Empty unless it is made of
// labels of letters, digits, '-' and '_', 1 to 63 bytes each, 253 bytes in all.
[[nodiscard]] std::optional<std::string> normal_name(std::string_view text);

// A name as it is read, and where the field behind it begins. `plain`: made of the bytes of host
// names; another name may stand in a record, but is of no use here.
struct WireName {
    std::string text;
    std::size_t end = 0;
    bool plain = true;
};

// The name at offset `at` of `message`, in lower case, compression followed. Empty where it is
// malformed or longer than names are.
[[nodiscard]] std::optional<WireName> read_name(std::span<const std::byte> message, std::size_t at);

}  // namespace portcullis::locate
