// SPDX-License-Identifier: BSD-2-Clause
// Equivalence of URIs: RFC 3261 section 19.1.4, RFC 3966 section 5.
#include <algorithm>
#include <array>
#include <vector>

#include "common/base/text.hpp"
#include "signaling/sip/token.hpp"
#include "signaling/sip/uri.hpp"

namespace portcullis::sip {
namespace {

constexpr std::string_view kReserved = ";/?:@&=+$,";

// One character of URI text with its escape resolved. An escaped reserved character is not the
// same as the bare one; any other is.
struct Unit {
    char c = 0;
    bool escaped_reserved = false;
    bool operator==(const Unit&) const = default;
};

Unit take(std::string_view& text) {
    Unit unit{text.front()};
    std::size_t size = 1;
    if (unit.c == '%') {
        const auto resolved = percent_unescape(text.substr(0, 3));
        if (resolved && resolved->size() == 1) {
            unit.c = resolved->front();
            unit.escaped_reserved = kReserved.find(unit.c) != std::string_view::npos;
            size = 3;
        }
    }
    text.remove_prefix(size);
    return unit;
}

bool same(std::string_view a, std::string_view b, bool ignore_case) {
    while (!a.empty() && !b.empty()) {
        Unit x = take(a);
        Unit y = take(b);
        if (ignore_case) {
            x.c = text::lower(x.c);
            y.c = text::lower(y.c);
        }
        if (x != y) return false;
    }
    return a.empty() && b.empty();
}

bool same_host(const Uri& a, const Uri& b) {
    if (text::iequals(a.host, b.host)) return true;
    // RFC 5954 section 4.2: IPv6 references compare as addresses.
    const auto x = a.address();
    return x && x == b.address();
}

// Parameters that never match when only one URI has them.
constexpr std::array<std::string_view, 5> kDecisive{"transport", "user", "ttl", "method", "maddr"};

// Of a repeated name the first counts.
bool is_repeated(const Params& params, const Param& param) {
    return params.find(param.name)->name.data() != param.name.data();
}

bool params_match(const Params& a, const Params& b) {
    for (const Param& param : a) {
        if (is_repeated(a, param)) continue;
        const auto other = b.find(param.name);
        if (other) {
            if (!same(param.value, other->value, true)) return false;
            continue;
        }
        for (const auto name : kDecisive) {
            if (text::iequals(param.name, name)) return false;
        }
    }
    return true;
}

std::vector<std::string_view> split_headers(std::string_view headers) {
    std::vector<std::string_view> out;
    while (!headers.empty()) {
        const auto [item, tail] = text::cut(headers, '&');
        out.push_back(item);
        headers = tail;
    }
    return out;
}

bool same_header(std::string_view a, std::string_view b) {
    const auto [a_name, a_value] = text::cut(a, '=');
    const auto [b_name, b_value] = text::cut(b, '=');
    return same(a_name, b_name, true) && same(a_value, b_value, false);
}

bool headers_match(std::string_view a, std::string_view b) {
    const auto left = split_headers(a);
    auto right = split_headers(b);
    if (left.size() != right.size()) return false;
    for (const auto item : left) {
        const auto match = std::find_if(right.begin(), right.end(), [&](std::string_view other) {
            return same_header(item, other);
        });
        if (match == right.end()) return false;
        right.erase(match);
    }
    return true;
}

// The number without visual separators.
std::string digits_of(std::string_view number) {
    std::string out;
    for (const char c : number) {
        if (c != '-' && c != '.' && c != '(' && c != ')') out += text::lower(c);
    }
    return out;
}

bool same_tel_params(const Params& a, const Params& b) {
    for (const Param& param : a) {
        if (is_repeated(a, param)) continue;
        const auto other = b.find(param.name);
        if (!other || other->has_value != param.has_value) return false;
        // RFC 3966 section 5: a global phone-context compares as a number.
        const bool number = param.value.starts_with('+') && other->value.starts_with('+');
        const bool equal = number ? digits_of(param.value) == digits_of(other->value)
                                  : same(param.value, other->value, true);
        if (!equal) return false;
    }
    return true;
}

}  // namespace

bool equivalent(const Uri& a, const Uri& b) {
    if (a.scheme != b.scheme) return false;
    switch (a.scheme) {
        case Scheme::Other:
            return text::iequals(a.scheme_text, b.scheme_text) && a.opaque == b.opaque;
        case Scheme::Tel:
            return digits_of(a.user) == digits_of(b.user) && same_tel_params(a.params, b.params) &&
                   same_tel_params(b.params, a.params);
        case Scheme::Sip:
        case Scheme::Sips:
            break;
    }
    return a.has_user == b.has_user && same(a.user, b.user, false) &&
           a.has_password == b.has_password && same(a.password, b.password, false) &&
           same_host(a, b) && a.port == b.port && params_match(a.params, b.params) &&
           params_match(b.params, a.params) && headers_match(a.headers, b.headers);
}

}  // namespace portcullis::sip
