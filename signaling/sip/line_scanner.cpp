// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/line_scanner.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
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

bool is_crlf(std::string_view text, std::size_t at) {
    return at + 1 < text.size() && text[at] == '\r' && text[at + 1] == '\n';
}

constexpr std::size_t kWide = 16;
constexpr std::size_t kNarrow = 8;

// Index of the first byte below 0x20 (HTAB included) or DEL of the block; its size if there is
// none.
std::size_t first_control_of_8(const char* data) {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHigh = 0x8080808080808080U;
    std::uint64_t word = 0;
    std::memcpy(&word, data, kNarrow);
    // Such a byte leaves its high bit here; a borrow can only mark bytes above a true hit, so the
    // lowest mark is right.
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    const std::uint64_t hits = (((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del)) & kHigh;
    return static_cast<std::size_t>(std::countr_zero(hits)) / 8;
}

std::size_t first_control_of_16(const char* data) {
#ifdef __SSE2__
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
    const auto hits = static_cast<std::uint16_t>(_mm_movemask_epi8(_mm_or_si128(low, del)));
    return static_cast<std::size_t>(std::countr_zero(hits));
#else
    const auto hit = first_control_of_8(data);
    return hit < kNarrow ? hit : kNarrow + first_control_of_8(data + kNarrow);
#endif
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

std::size_t find_control(std::string_view text, std::size_t from) {
    std::size_t at = from;
    // The last block of each kind overlaps what was looked at before: no rest is left but of texts
    // shorter than a block.
    if (text.size() >= from + kWide) {
        for (; at + kWide <= text.size(); at += kWide) {
            if (const auto hit = first_control_of_16(text.data() + at); hit < kWide)
                return at + hit;
        }
        if (at == text.size()) return std::string_view::npos;
        at = text.size() - kWide;
        const auto hit = first_control_of_16(text.data() + at);
        return hit < kWide ? at + hit : std::string_view::npos;
    }
    if (text.size() >= from + kNarrow) {
        if (const auto hit = first_control_of_8(text.data() + at); hit < kNarrow) return at + hit;
        at = text.size() - kNarrow;
        const auto hit = first_control_of_8(text.data() + at);
        return hit < kNarrow ? at + hit : std::string_view::npos;
    }
    for (; at < text.size(); ++at) {
        if (is_control(text[at]) || text[at] == '\t') return at;
    }
    return std::string_view::npos;
}

ScannedLine LineScanner::next() {
    ScannedLine line;
    const std::size_t begin = at_;
    if (is_crlf(text_, begin)) {
        line.kind = LineKind::Blank;
        line.size = 2;
        at_ += 2;
        return line;
    }
    const char* const last = text_.data() + text_.size();
    const char* behind = text_.data() + begin;
    while (behind != last && is_in(CharClass::Token, *behind)) ++behind;
    const auto name_end = static_cast<std::size_t>(behind - text_.data());
    // HCOLON = *( SP / HTAB ) ":" SWS
    std::size_t colon = name_end;
    while (colon < text_.size() && is_wsp(text_[colon])) ++colon;
    const bool field = name_end > begin && colon < text_.size() && text_[colon] == ':';
    std::size_t value = field ? colon + 1 : begin;
    while (field && value < text_.size() && is_wsp(text_[value])) ++value;

    // In nearly every line the first control character is the CR of its end.
    std::size_t end = find_control(text_, value);
    line.clean = end != std::string_view::npos && is_crlf(text_, end);
    if (!line.clean) end = find_crlf(text_, value);
    while (end != std::string_view::npos && end + 2 < text_.size() && is_wsp(text_[end + 2])) {
        line.folded = true;
        line.clean = false;
        end = find_crlf(text_, end + 2);
    }
    if (end == std::string_view::npos) return line;
    at_ = end + 2;
    line.size = at_ - begin;
    line.kind = field ? LineKind::Field : LineKind::Malformed;
    if (!field) return line;

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
    if (find_control(text, 0) == std::string_view::npos) return true;
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
