// SPDX-License-Identifier: BSD-2-Clause
// Character classes, linear white space and quoted strings of RFC 3261 section 25.1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::sip {

enum class CharClass : std::uint16_t {
    Token = 1,         // token
    User = 2,          // user of a SIP URI: unreserved / user-unreserved (escapes apart)
    Password = 4,      // password of a SIP URI (escapes apart)
    UriParam = 8,      // paramchar (escapes apart)
    UriHeader = 16,    // hname / hvalue (escapes apart)
    Host = 32,         // hostname or IPv4 address
    Uric = 64,         // any character that a URI may hold: reserved, unreserved and '%'
    CallId = 128,      // wider than word ["@" word]: any visible character but a comma
    PlainName = 256,   // display name without quotes, taken wider than *(token LWS)
    UserRead = 512,    // User, and the raw '#' of carriers' prefixes, which we write escaped
    HostLabel = 2048,  // Host without the dot
    Bare = 1024,       // value of a header parameter without quotes, wider than token and host
};

namespace detail {
extern const std::array<std::uint16_t, 256> kCharClasses;
}  // namespace detail

[[nodiscard]] inline bool is_in(CharClass set, char c) {
    return (detail::kCharClasses[static_cast<unsigned char>(c)] &
            static_cast<std::uint16_t>(set)) != 0;
}

// How many characters at the front of `text` are of that class.
[[nodiscard]] inline std::size_t count_in(CharClass set, std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && is_in(set, text[size])) ++size;
    return size;
}

// Non-empty and of one class throughout.
[[nodiscard]] bool is_all(CharClass set, std::string_view text);

[[nodiscard]] inline bool is_token(std::string_view text) { return is_all(CharClass::Token, text); }

// SP or HTAB: all that is left of LWS once the parser has unfolded lines.
[[nodiscard]] constexpr bool is_wsp(char c) { return c == ' ' || c == '\t'; }
[[nodiscard]] constexpr std::string_view trim_wsp_front(std::string_view text) {
    while (!text.empty() && is_wsp(text.front())) text.remove_prefix(1);
    return text;
}
[[nodiscard]] constexpr std::string_view trim_wsp(std::string_view text) {
    text = trim_wsp_front(text);
    while (!text.empty() && is_wsp(text.back())) text.remove_suffix(1);
    return text;
}

// Offset just behind the closing quote of the quoted string that starts at `text[at]`; empty if it
// does not end or escapes CR or LF.
[[nodiscard]] std::optional<std::size_t> skip_quoted(std::string_view text, std::size_t at = 0);

// `text` in double quotes, with '"' and '\' escaped; CR, LF and NUL are left out.
[[nodiscard]] std::string quote(std::string_view text);
// The content of a quoted string with its escapes resolved; any other text unchanged. CR, LF and
// NUL never come out.
[[nodiscard]] std::string unquote(std::string_view text);

// Calls `visit(value)` for each value of a comma list; commas inside quoted strings and <> do not
// separate. Values are trimmed; empty ones are passed too. `visit` returns false to stop.
template <class Visit>
void for_each_value(std::string_view list, Visit visit) {
    if (list.find(',') == std::string_view::npos) {  // by far the most frequent
        visit(trim_wsp(list));
        return;
    }
    std::size_t start = 0;
    bool angle = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const char c = list[i];
        if (c == '"' && !angle) {
            const auto end = skip_quoted(list, i);
            if (!end) break;  // unterminated: the rest is one value
            i = *end - 1;
        } else if (c == '<') {
            angle = true;
        } else if (c == '>') {
            angle = false;
        } else if (c == ',' && !angle) {
            if (!visit(trim_wsp(list.substr(start, i - start)))) return;
            start = i + 1;
        }
    }
    visit(trim_wsp(list.substr(start)));
}

[[nodiscard]] std::vector<std::string_view> split_values(std::string_view list);

// Percent-escapes (RFC 3986 section 2.1): every character outside `keep` becomes %XX.
[[nodiscard]] std::string percent_escape(std::string_view text, CharClass keep);
// Resolves %XX; empty if an escape is incomplete.
[[nodiscard]] std::optional<std::string> percent_unescape(std::string_view text);
// How many characters at the front of `text` are of that class or belong to complete escapes.
[[nodiscard]] std::size_t count_escaped(CharClass set, std::string_view text);
// True if every '%' starts a complete escape and every other character is in `set`.
[[nodiscard]] bool is_escaped(std::string_view text, CharClass set);

}  // namespace portcullis::sip
