// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/uri.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Length of the four decimal octets at the front of `text`, or 0. By hand, as every address of
// every message passes here.
std::size_t ipv4_size(std::string_view text) {
    std::size_t i = 0;
    for (int octets = 1;; ++octets) {
        unsigned value = 0;
        const std::size_t start = i;
        for (; i < text.size() && text::is_digit(text[i]) && i - start < 4; ++i) {
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
        }
        if (i == start || i - start > 3 || value > 255) return 0;
        if (octets == 4) return i;
        if (i >= text.size() || text[i] != '.') return 0;
        ++i;
    }
}

// Length of the hostname or IPv4address at the front of `text`; 0 if none is there. A last label
// that starts with a digit can only be an IPv4 address (toplabel starts with a letter, RFC 3261
// section 25.1).
std::size_t host_size(std::string_view text) {
    const std::size_t address = ipv4_size(text);
    const auto ends = [&] {
        return address == text.size() || !is_in(CharClass::Host, text[address]);
    };
    if (address != 0 && ends()) return address;
    std::size_t size = 0;
    std::size_t label = 0;  // start of the last one
    while (true) {
        const std::size_t length = count_in(CharClass::HostLabel, text.substr(size));
        if (length == 0) {
            // Only the root's dot may be followed by nothing.
            if (size == 0 || (size < text.size() && text[size] == '.')) return 0;
            break;
        }
        label = size;
        size += length;
        if (size == text.size() || text[size] != '.') break;
        ++size;
    }
    return text::is_digit(text[label]) ? 0 : size;
}

// Length of the IPv6reference at the front of `text`, or 0.
std::size_t reference_size(std::string_view text) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !host_address(text.substr(0, close + 1))) return 0;
    return close + 1;
}

// uri-parameters behind the first ';': pname ["=" pvalue], no white space, no quotes. Deployed
// senders leave a value empty, or a ';' at the end.
bool are_uri_params(std::string_view rest) {
    while (true) {
        const std::size_t name = count_escaped(CharClass::UriParam, rest);
        if (name == 0) return rest.empty();
        rest.remove_prefix(name);
        if (!rest.empty() && rest.front() == '=') {
            rest.remove_prefix(1);
            rest.remove_prefix(count_escaped(CharClass::UriParam, rest));
        }
        if (rest.empty()) return true;
        if (rest.front() != ';') return false;
        rest.remove_prefix(1);
    }
}

// headers behind '?': hname "=" hvalue *("&" ...); hvalue may be empty.
bool are_uri_headers(std::string_view rest) {
    while (true) {
        const auto [item, tail] = text::cut(rest, '&');
        const auto [name, value] = text::cut(item, '=');
        if (name.empty() || name.size() == item.size() || !is_escaped(name, CharClass::UriHeader) ||
            !is_escaped(value, CharClass::UriHeader)) {
            return false;
        }
        if (item.size() == rest.size()) return true;
        rest = tail;
    }
}

// userinfo without its '@'.
bool parse_userinfo(std::string_view text, Uri& uri) {
    const auto colon = text.find(':');
    uri.user = text.substr(0, colon);
    uri.has_user = true;
    if (colon != std::string_view::npos) {
        uri.has_password = true;
        uri.password = text.substr(colon + 1);
        if (!is_escaped(uri.password, CharClass::Password)) return false;
    }
    return !uri.user.empty() && is_escaped(uri.user, CharClass::UserRead);
}

bool parse_sip(std::string_view rest, Uri& uri) {
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        if (!parse_userinfo(rest.substr(0, at), uri)) return false;
        rest.remove_prefix(at + 1);
    }
    HostPort host_port;
    if (!take_host_port(rest, host_port, false)) return false;
    uri.host = host_port.host;
    uri.port = host_port.port;
    if (rest.empty()) return true;
    const auto question = rest.find('?');
    if (question != std::string_view::npos) {
        uri.headers = rest.substr(question + 1);
        if (!are_uri_headers(uri.headers)) return false;
        rest = rest.substr(0, question);
        if (rest.empty()) return true;
    }
    if (rest.front() != ';') return false;
    rest.remove_prefix(1);
    uri.params = Params(rest);
    return are_uri_params(rest);
}

// RFC 3966 section 3: global number with '+', or local number; visual separators in both.
bool parse_tel(std::string_view rest, Uri& uri) {
    const auto semicolon = rest.find(';');
    uri.user = rest.substr(0, semicolon);
    uri.has_user = true;
    auto number = uri.user;
    const bool global = number.starts_with('+');
    if (global) number.remove_prefix(1);
    bool digit = false;
    for (const char c : number) {
        const char l = text::lower(c);
        const bool local_digit = (l >= 'a' && l <= 'f') || c == '*' || c == '#';
        if (text::is_digit(c) || (!global && local_digit)) {
            digit = true;
        } else if (c != '-' && c != '.' && c != '(' && c != ')') {
            return false;
        }
    }
    if (!digit) return false;
    if (semicolon == std::string_view::npos) return true;
    uri.params = Params(rest.substr(semicolon + 1));
    return are_uri_params(uri.params.text());
}

bool is_scheme(std::string_view text) {
    if (text.empty() || !text::is_alpha(text.front())) return false;
    for (const char c : text) {
        if (!text::is_alpha(c) && !text::is_digit(c) && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<IpAddress> host_address(std::string_view host) {
    if (auto address = IpAddress::parse(host)) return address;
    const auto colons = host.find(":::");
    if (colons == std::string_view::npos || host.find('.', colons) == std::string_view::npos ||
        host.find(':', colons + 3) != std::string_view::npos) {
        return std::nullopt;
    }
    std::string meant(host);
    meant.erase(colons, 1);
    return IpAddress::parse(meant);
}

bool take_host_port(std::string_view& rest, HostPort& out, bool lws_around_colon) {
    const bool reference = !rest.empty() && rest.front() == '[';
    const std::size_t size = reference ? reference_size(rest) : host_size(rest);
    if (size == 0) return false;
    out.host = rest.substr(0, size);
    rest.remove_prefix(size);
    if (lws_around_colon) rest = trim_wsp_front(rest);
    if (rest.empty() || rest.front() != ':') return true;
    rest.remove_prefix(1);
    if (lws_around_colon) rest = trim_wsp_front(rest);
    std::uint32_t port = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && text::is_digit(rest[digits]) && port <= 0xffff; ++digits) {
        port = port * 10 + static_cast<std::uint32_t>(rest[digits] - '0');
    }
    if (digits == 0 || port > 0xffff) return false;
    out.port = static_cast<std::uint16_t>(port);
    rest.remove_prefix(digits);
    if (lws_around_colon) rest = trim_wsp_front(rest);
    return true;
}

std::string Uri::user_text() const { return percent_unescape(user).value_or(std::string(user)); }

Result<Uri> parse_uri(std::string_view text) {
    Result<Uri> result;
    if (!read_uri(text, *result)) return fail(Errc::MalformedUri);
    return result;
}

bool read_uri(std::string_view text, Uri& uri) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    uri.scheme_text = text.substr(0, colon);
    const auto rest = text.substr(colon + 1);
    if (text::iequals(uri.scheme_text, "sip")) return parse_sip(rest, uri);
    if (text::iequals(uri.scheme_text, "sips")) {
        uri.scheme = Scheme::Sips;
        return parse_sip(rest, uri);
    }
    if (text::iequals(uri.scheme_text, "tel")) {
        uri.scheme = Scheme::Tel;
        return parse_tel(rest, uri);
    }
    uri.scheme = Scheme::Other;
    uri.opaque = rest;
    return is_scheme(uri.scheme_text) && !rest.empty() && is_escaped(rest, CharClass::Uric);
}

void append(std::string& out, const Uri& uri) {
    out += uri.scheme_text;
    out += ':';
    if (uri.scheme == Scheme::Other) {
        out += uri.opaque;
        return;
    }
    if (uri.has_user) {
        out += uri.user;
        if (uri.has_password) {
            out += ':';
            out += uri.password;
        }
        if (uri.is_sip()) out += '@';
    }
    out += uri.host;
    if (uri.port) {
        out += ':';
        out += std::to_string(*uri.port);
    }
    if (!uri.params.empty()) {
        out += ';';
        out += uri.params.text();
    }
    if (!uri.headers.empty()) {
        out += '?';
        out += uri.headers;
    }
}

std::string print(const Uri& uri) {
    std::string out;
    append(out, uri);
    return out;
}

}  // namespace portcullis::sip
