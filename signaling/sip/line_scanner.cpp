// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/line_scanner.hpp"

#include <cstring>

#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

Slice slice(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

constexpr bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// Any byte below 0x20 or equal to 0x7f, eight at a time.
bool may_hold_control(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHigh = 0x8080808080808080U;
    std::uint64_t found = 0;
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        const std::uint64_t del = word ^ (kOnes * 0x7f);
        found |= (word - kOnes * 0x20) & ~word & kHigh;
        found |= (del - kOnes) & ~del & kHigh;
    }
    for (; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return true;
    }
    return found != 0;
}

}  // namespace

std::size_t find_crlf(std::string_view text, std::size_t from) {
    while (from < text.size()) {
        const void* hit = std::memchr(text.data() + from, '\n', text.size() - from);
        if (hit == nullptr) break;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
        if (at > from && text[at - 1] == '\r') return at - 1;
        from = at + 1;
    }
    return std::string_view::npos;
}

ScannedLine LineScanner::next() {
    ScannedLine line;
    const std::size_t begin = at_;
    if (text_.substr(begin, 2) == "\r\n") {
        line.kind = LineKind::Blank;
        line.size = 2;
        at_ += 2;
        return line;
    }
    std::size_t name_end = begin;
    while (name_end < text_.size() && is_in(CharClass::Token, text_[name_end])) ++name_end;
    // HCOLON = *( SP / HTAB ) ":" SWS
    std::size_t colon = name_end;
    while (colon < text_.size() && is_wsp(text_[colon])) ++colon;
    const bool field = name_end > begin && colon < text_.size() && text_[colon] == ':';

    std::size_t end = find_crlf(text_, begin);
    while (end != std::string_view::npos && end + 2 < text_.size() && is_wsp(text_[end + 2])) {
        line.folded = true;
        end = find_crlf(text_, end + 2);
    }
    if (end == std::string_view::npos) return line;
    at_ = end + 2;
    line.size = at_ - begin;
    line.kind = field ? LineKind::Field : LineKind::Malformed;
    if (!field) return line;

    std::size_t value = colon + 1;
    while (value < end && is_wsp(text_[value])) ++value;
    std::size_t value_end = end;
    // A folded value may end in a fold, whose white space belongs to it until it is unfolded.
    while (!line.folded && value_end > value && is_wsp(text_[value_end - 1])) --value_end;
    line.name = slice(begin, name_end);
    line.value = slice(value, value_end);
    return line;
}

std::size_t unfold(char* data, std::size_t size) {
    std::size_t out = 0;
    std::size_t in = 0;
    while (in < size) {
        const bool fold =
            in + 2 < size && data[in] == '\r' && data[in + 1] == '\n' && is_wsp(data[in + 2]);
        if (!fold) {
            data[out++] = data[in++];
            continue;
        }
        while (out > 0 && is_wsp(data[out - 1])) --out;
        in += 2;
        while (in < size && is_wsp(data[in])) ++in;
        data[out++] = ' ';
    }
    for (std::size_t i = out; i < size; ++i) data[i] = ' ';
    return out;
}

bool is_clean(std::string_view text) {
    if (!may_hold_control(text)) return true;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') quoted = !quoted;
        if (quoted && c == '\\' && i + 1 < text.size()) {
            ++i;
            if (text[i] == '\r' || text[i] == '\n') return false;
        } else if (is_control(c)) {
            return false;
        }
    }
    return true;
}

}  // namespace portcullis::sip
