// SPDX-License-Identifier: BSD-2-Clause
// LineScanner: cuts a header section into fields (RFC 3261 section 7.3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "signaling/sip/message.hpp"

namespace portcullis::sip {

enum class LineKind : std::uint8_t {
    Field,      // name, colon, value
    Malformed,  // a line, but not a field
    Blank,      // the empty line that ends the section
    Cut,        // the text ends before the line does
};

struct ScannedLine {
    LineKind kind = LineKind::Cut;
    Slice name;
    Slice value;           // trimmed; with `folded` only in front, and still holding its CRLFs
    std::size_t size = 0;  // of the whole line
    bool folded = false;
};

// Views `text`. The parser and the stream framer share it, so that both agree on where a field
// starts and ends whatever the bytes: a line ends with CRLF only, a lone CR or LF belongs to it.
class LineScanner {
 public:
    LineScanner(std::string_view text, std::size_t offset) : text_(text), at_(offset) {}

    [[nodiscard]] ScannedLine next();
    // Behind the last line returned.
    [[nodiscard]] std::size_t offset() const { return at_; }

 private:
    std::string_view text_;
    std::size_t at_;
};

// Offset of the first CRLF at or behind `from`, or npos.
[[nodiscard]] std::size_t find_crlf(std::string_view text, std::size_t from);

// Replaces every fold of data[0, size) (white space, CRLF, white space) by one space, in place;
// returns the new size. What it frees at the end is filled with spaces.
[[nodiscard]] std::size_t unfold(char* data, std::size_t size);

// True if the text holds no control byte but HTAB, except as the second half of a quoted-pair in a
// quoted string (RFC 3261 section 25.1 allows those; never CR or LF).
[[nodiscard]] bool is_clean(std::string_view text);

}  // namespace portcullis::sip
