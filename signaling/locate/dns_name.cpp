// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/dns_name.hpp"

#include "common/base/text.hpp"

namespace portcullis::locate {
namespace {

constexpr std::size_t kMaxNameLength = 253;
constexpr std::size_t kMaxLabelLength = 63;

std::uint8_t value_of(std::byte b) { return std::to_integer<std::uint8_t>(b); }

bool is_name_byte(char c) { return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '_'; }

}  // namespace

std::optional<WireName> read_name(std::span<const std::byte> message, std::size_t at) {
    WireName name;
    // Pointers only lead backwards, so that the walk ends.
    bool jumped = false;
    for (std::size_t limit = at;;) {
        if (at >= message.size()) return std::nullopt;
        const std::size_t length = value_of(message[at]);
        if (length >= 0xc0) {
            if (at + 1 >= message.size()) return std::nullopt;
            const std::size_t target = (length & 0x3fU) << 8 | value_of(message[at + 1]);
            if (!jumped) name.end = at + 2;
            jumped = true;
            if (target >= limit) return std::nullopt;
            at = limit = target;
            continue;
        }
        if (length > kMaxLabelLength) return std::nullopt;
        if (length == 0) {
            if (!jumped) name.end = at + 1;
            return name;
        }
        if (at + 1 + length > message.size()) return std::nullopt;
        if (!name.text.empty()) name.text += '.';
        for (const std::byte b : message.subspan(at + 1, length)) {
            const char c = text::lower(static_cast<char>(value_of(b)));
            name.plain = name.plain && is_name_byte(c);
            name.text += c;
        }
        if (name.text.size() > kMaxNameLength) return std::nullopt;
        at += 1 + length;
    }
}

std::optional<std::string> normal_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > kMaxNameLength) return std::nullopt;
    std::size_t label = 0;
    for (const char c : text) {
        if (c == '.' ? label == 0 : !is_name_byte(c)) return std::nullopt;
        label = c == '.' ? 0 : label + 1;
        if (label > kMaxLabelLength) return std::nullopt;
    }
    if (label == 0) return std::nullopt;
    return text::to_lower(text);
}

}  // namespace portcullis::locate
