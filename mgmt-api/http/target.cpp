// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/target.hpp"

#include <array>
#include <cstdint>

#include "common/base/text.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (is_control(c)) return std::nullopt;
        out.push_back(c);
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

// The absolute form (RFC 9112 section 3.2.2) without its scheme and authority.
std::string_view strip_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text::istarts_with(target, scheme)) continue;
        const auto path = target.find_first_of("/?", scheme.size());
        return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
    return target;
}

bool parse_query(std::string_view text, Target& out) {
    while (!text.empty()) {
        const auto [pair, rest] = text::cut(text, '&');
        text = rest;
        if (pair.empty()) continue;
        const auto [name, value] = text::cut(pair, '=');
        auto decoded_name = decode(name);
        auto decoded_value = decode(value);
        if (!decoded_name || !decoded_value) return false;
        out.query.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
    }
    return true;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
    target = strip_authority(target);
    const auto [path, query] = text::cut(target, '?');
    if (path.empty() || path.front() != '/') return std::nullopt;
    Target out;
    std::string_view rest = path.substr(1);
    while (true) {
        const auto [segment, tail] = text::cut(rest, '/');
        auto decoded = decode(segment);
        if (!decoded) return std::nullopt;
        out.segments.push_back(std::move(*decoded));
        if (segment.size() == rest.size()) break;
        rest = tail;
    }
    if (!parse_query(query, out)) return std::nullopt;
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kHexDigits[byte >> 4]);
        out.push_back(kHexDigits[byte & 15]);
    }
    return out;
}

bool is_utf8(std::string_view text) {
    // Smallest code point that each length may carry: a shorter form exists for anything below.
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80           ? 1
                                   : (lead >> 5) == 0x6  ? 2
                                   : (lead >> 4) == 0xe  ? 3
                                   : (lead >> 3) == 0x1e ? 4
                                                         : 0;
        if (length == 0 || i + length > text.size()) return false;
        std::uint32_t code = length == 1 ? lead : lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next >> 6) != 2) return false;
            code = (code << 6) | (next & 0x3fU);
        }
        if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
        i += length;
    }
    return true;
}

}  // namespace portcullis::mgmt
