// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/redact.hpp"

#include <algorithm>
#include <cstddef>

#include "common/base/text.hpp"

namespace portcullis::control {
namespace {

// Everything from behind `word` (found without case) to one of `ends` becomes '*', each time.
void hide(std::string& text, std::size_t begin, std::size_t end, std::string_view word,
          std::string_view ends) {
    const auto last = text.begin() + static_cast<std::ptrdiff_t>(end);
    auto at = text.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto equal = [](char a, char b) { return text::lower(a) == text::lower(b); };
    while ((at = std::search(at, last, word.begin(), word.end(), equal)) != last) {
        at += static_cast<std::ptrdiff_t>(word.size());
        while (at != last && (*at == ' ' || *at == '"')) ++at;
        while (at != last && ends.find(*at) == std::string_view::npos) *at++ = '*';
    }
}

bool starts_any(std::string_view line, std::string_view one, std::string_view other) {
    return text::istarts_with(line, one) || text::istarts_with(line, other);
}

}  // namespace

std::string redact(std::string_view message) {
    std::string out(message);
    bool credentials = false;
    for (std::size_t begin = 0; begin < out.size();) {
        const std::size_t end = std::min(out.find('\n', begin), out.size());
        const auto line = std::string_view(out).substr(begin, end - begin);
        // A folded line goes on with what the one before began (RFC 3261 section 7.3.1).
        const bool folded = line.starts_with(' ') || line.starts_with('\t');
        if (!folded) credentials = starts_any(line, "Authorization", "Proxy-Authorization");
        if (credentials) {
            hide(out, begin, end, "response=", "\",\r");
            hide(out, begin, end, "Basic ", "\r");
        }
        if (text::istarts_with(line, "a=crypto:")) hide(out, begin, end, "inline:", "|; \r");
        if (text::istarts_with(line, "a=key-mgmt:")) hide(out, begin, end, "mikey ", "\r");
        begin = end + 1;
    }
    return out;
}

}  // namespace portcullis::control
