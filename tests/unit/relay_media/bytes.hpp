// SPDX-License-Identifier: BSD-2-Clause
// Bytes from hexadecimal text, for the tables of this folder.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace portcullis::relay {

// Lower case; spaces are ignored.
inline std::vector<std::byte> hex(std::string_view text) {
    std::vector<std::byte> bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ') continue;
        const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + digit));
            high = -1;
        }
    }
    return bytes;
}

}  // namespace portcullis::relay
