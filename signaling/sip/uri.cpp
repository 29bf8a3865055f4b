// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/uri.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Four decimal octets. By hand, as every address of every message passes here.
bool is_ipv4(std::string_view text) {
    int octets = 0;
    std::size_t i = 0;
    while (octets < 4) {
        unsigned value = 0;
        std::size_t digits = 0;
        for (; i < text.size() && text::is_digit(text[i]) && digits < 4; ++i, ++digits) {
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
        }
        if (digits == 0 || digits > 3 || value > 255) return false;
        if (++octets == 4) break;
        if (i >= text.size() || text[i] != '.') return false;
        ++i;
    }
    return i == text.size();
}

// hostname / IPv4address: a last label that starts with a digit can only be an IPv4 address
// (toplabel starts with a letter, RFC 3261 section 25.1).
bool is_host(std::string_view host) {
    if (!is_all(CharClass::Host, host)) return false;
    auto labels = host;
    if (labels.back() == '.') labels.remove_suffix(1);
    const auto dot = labels.rfind('.');
    const auto last = dot == std::string_view::npos ? labels : labels.substr(dot + 1);
    if (last.empty() || host.front() == '.' || host.find("..") != std::string_view::npos) {
        return false;
    }
    return !text::is_digit(last.front()) || is_ipv4(host);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    // Leading zeros are within 1*DIGIT, a port beyond 65535 is not a port.
    return text::to_number<std::uint16_t>(text);
}

// uri-parameters behind the first ';': pname ["=" pvalue], no white space, no quotes.
bool are_uri_params(std::string_view rest) {
    while (true) {
        const auto [item, tail] = text::cut(rest, ';');
        const auto [name, value] = text::cut(item, '=');
        const bool has_value = name.size() != item.size();
        if (name.empty() || (has_value && value.empty()) ||
            !is_escaped(name, CharClass::UriParam) || !is_escaped(value, CharClass::UriParam)) {
            return false;
        }
        if (item.size() == rest.size()) return true;
        rest = tail;
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

bool parse_userinfo(std::string_view text, Uri& uri) {
    const auto colon = text.find(':');
    uri.user = text.substr(0, colon);
    uri.has_user = true;
    if (colon != std::string_view::npos) {
        uri.has_password = true;
        uri.password = text.substr(colon + 1);
    }
    return !uri.user.empty() && is_escaped(uri.user, CharClass::User) &&
           is_escaped(uri.password, CharClass::Password);
}

bool parse_sip(std::string_view rest, Uri& uri) {
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        if (!parse_userinfo(rest.substr(0, at), uri)) return false;
        rest.remove_prefix(at + 1);
    }
    const auto host_end = rest.find_first_of(";?");
    const auto host_port = parse_host_port(rest.substr(0, host_end), false);
    if (!host_port) return false;
    uri.host = host_port->host;
    uri.port = host_port->port;
    if (host_end == std::string_view::npos) return true;
    rest.remove_prefix(host_end);
    const auto question = rest.find('?');
    if (question != std::string_view::npos) {
        uri.headers = rest.substr(question + 1);
        if (!are_uri_headers(uri.headers)) return false;
        rest = rest.substr(0, question);
    }
    if (rest.empty()) return true;
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

std::optional<HostPort> parse_host_port(std::string_view text, bool lws_around_colon) {
    HostPort out;
    std::string_view rest;
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        out.host = text.substr(0, close + 1);
        rest = text.substr(close + 1);
        if (!IpAddress::parse(out.host)) return std::nullopt;
    } else {
        const auto colon = text.find(':');
        out.host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
        if (lws_around_colon) out.host = trim_wsp(out.host);
        if (!is_host(out.host)) return std::nullopt;
    }
    if (lws_around_colon) rest = trim_wsp(rest);
    if (rest.empty()) return out;
    if (rest.front() != ':') return std::nullopt;
    rest.remove_prefix(1);
    if (lws_around_colon) rest = trim_wsp_front(rest);
    out.port = parse_port(rest);
    if (!out.port) return std::nullopt;
    return out;
}

std::string Uri::user_text() const { return percent_unescape(user).value_or(std::string(user)); }

Result<Uri> parse_uri(std::string_view text) {
    Uri uri;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return fail(Errc::MalformedUri);
    uri.scheme_text = text.substr(0, colon);
    const auto rest = text.substr(colon + 1);
    bool good = false;
    if (text::iequals(uri.scheme_text, "sip")) {
        good = parse_sip(rest, uri);
    } else if (text::iequals(uri.scheme_text, "sips")) {
        uri.scheme = Scheme::Sips;
        good = parse_sip(rest, uri);
    } else if (text::iequals(uri.scheme_text, "tel")) {
        uri.scheme = Scheme::Tel;
        good = parse_tel(rest, uri);
    } else {
        uri.scheme = Scheme::Other;
        uri.opaque = rest;
        good = is_scheme(uri.scheme_text) && !rest.empty() && is_escaped(rest, CharClass::Uric);
    }
    if (!good) return fail(Errc::MalformedUri);
    return uri;
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
