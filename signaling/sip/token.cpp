// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

constexpr std::array<std::uint16_t, 256> make_classes() {
    std::array<std::uint16_t, 256> table{};
    const auto mark = [&](CharClass set, std::string_view characters) {
        for (const char c : characters) {
            table[static_cast<unsigned char>(c)] |= static_cast<std::uint16_t>(set);
        }
    };
    constexpr std::string_view kAlphanum =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::string_view kMark = "-_.!~*'()";
    for (const auto set :
         {CharClass::Token, CharClass::User, CharClass::UserRead, CharClass::Password,
          CharClass::UriParam, CharClass::UriHeader, CharClass::Host, CharClass::Uric}) {
        mark(set, kAlphanum);
    }
    for (const auto set : {CharClass::User, CharClass::UserRead, CharClass::Password,
                           CharClass::UriParam, CharClass::UriHeader, CharClass::Uric}) {
        mark(set, kMark);
    }
    mark(CharClass::Token, "-.!%*_+`'~");
    mark(CharClass::User, "&=+$,;?/");
    mark(CharClass::UserRead, "&=+$,;?/#");
    mark(CharClass::Password, "&=+$,");
    mark(CharClass::UriParam, "[]/:&+$");
    mark(CharClass::UriHeader, "[]/?:+$");
    // '_' is not in the grammar of hostname but in the field (Windows and container names).
    mark(CharClass::Host, "-._");
    mark(CharClass::HostLabel, kAlphanum);
    mark(CharClass::HostLabel, "-_");
    mark(CharClass::Uric, ";/?:@&=+$,%[]");
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto c = static_cast<char>(i);
        if (i > 0x20 && i < 0x7f && c != ',') mark(CharClass::CallId, {&c, 1});
        // gen-value = token / host / quoted-string; deployed parameters hold ':', '/', '@' and '='
        // as well, so what ends neither the parameter nor the value is taken.
        constexpr std::string_view kEnds = ";,\"<>\x7f";
        if (i > 0x20 && kEnds.find(c) == std::string_view::npos) mark(CharClass::Bare, {&c, 1});
        // What could change how the value is read stays out, and controls.
        constexpr std::string_view kSpecial = ",;:@\"\\<>\x7f";
        if ((i >= 0x20 || c == '\t') && kSpecial.find(c) == std::string_view::npos) {
            mark(CharClass::PlainName, {&c, 1});
        }
    }
    return table;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The byte that the escape at text[at] ('%') stands for, or -1.
int escape_value(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size()) return -1;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

constexpr bool breaks_lines(char c) { return c == '\r' || c == '\n' || c == '\0'; }

}  // namespace

namespace detail {
constinit const std::array<std::uint16_t, 256> kCharClasses = make_classes();
}  // namespace detail

bool is_all(CharClass set, std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        if (!is_in(set, c)) return false;
    }
    return true;
}

std::optional<std::size_t> skip_quoted(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '"') return std::nullopt;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] != '\\') continue;
        ++i;
        // quoted-pair excludes CR and LF.
        if (i < text.size() && (text[i] == '\r' || text[i] == '\n')) return std::nullopt;
    }
    return std::nullopt;
}

std::string quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    for (const char c : text) {
        if (breaks_lines(c)) continue;
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
    return out;
}

std::string unquote(std::string_view text) {
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    if (quoted) text = text.substr(1, text.size() - 2);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\' && i + 1 < text.size()) ++i;
        if (!breaks_lines(text[i])) out += text[i];
    }
    return out;
}

std::vector<std::string_view> split_values(std::string_view list) {
    std::vector<std::string_view> out;
    for_each_value(list, [&](std::string_view value) {
        out.push_back(value);
        return true;
    });
    return out;
}

std::string percent_escape(std::string_view text, CharClass keep) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_in(keep, c) && c != '%') {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
    return out;
}

std::optional<std::string> percent_unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int value = escape_value(text, i);
        if (value < 0) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

std::size_t count_escaped(CharClass set, std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        if (is_in(set, text[i]) && text[i] != '%') {
            ++i;
        } else if (text[i] == '%' && escape_value(text, i) >= 0) {
            i += 3;
        } else {
            break;
        }
    }
    return i;
}

bool is_escaped(std::string_view text, CharClass set) {
    return count_escaped(set, text) == text.size();
}

}  // namespace portcullis::sip
