// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/text_types.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/net/ip_address.hpp"
#include "policy/config/pattern.hpp"

namespace portcullis::config {
namespace {

bool is_alnum(char c) { return text::is_alpha(c) || text::is_digit(c); }

std::optional<ValueError> check_slug(std::string_view name) {
    const auto good = [](char c) {
        return text::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
    };
    if (std::all_of(name.begin(), name.end(), good) && name.front() != '-') return std::nullopt;
    return ValueError{"bad-name", "\"" + text::printable(name) + "\" is not a valid name",
                      "use lower-case letters, digits and '-', beginning with a letter or digit, "
                      "at most 63 characters"};
}

std::optional<ValueError> check_line(std::string_view line) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::none_of(line.begin(), line.end(), control)) return std::nullopt;
    return ValueError{"bad-text", "the text contains control characters",
                      "use one line of plain text"};
}

// hostname of RFC 3261 section 25.1: labels of letters, digits and '-'; the last one begins with a
// letter, so that a mistyped address is not taken for a name.
bool is_host_name(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty() || host.size() > 253) return false;
    std::string_view label;
    for (std::string_view rest = host; !rest.empty() || label.empty();) {
        const auto dot = rest.find('.');
        label = rest.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
            return false;
        }
        if (!std::all_of(label.begin(), label.end(),
                         [](char c) { return is_alnum(c) || c == '-'; })) {
            return false;
        }
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
        if (rest.empty()) return false;
    }
    return text::is_alpha(label.front());
}

std::optional<ValueError> check_host(std::string_view host) {
    const auto address = IpAddress::parse(host);
    if (const auto inner = address ? address->mapped_v4() : std::nullopt) {
        return ValueError{"bad-host",
                          "\"" + text::printable(host) + "\" is an IPv4 address in IPv6 form",
                          "write " + inner->text()};
    }
    if (address && address->host_text().front() == host.front()) return std::nullopt;
    if (!address && is_host_name(host)) return std::nullopt;
    return ValueError{"bad-host", "\"" + text::printable(host) + "\" is not a host",
                      address ? "write an IPv6 address in brackets: " + address->host_text()
                              : "use a host name such as sip.example.com, or an address; no port "
                                "and no scheme"};
}

// The kernel's dev_valid_name(): at most 15 characters, no '/', ':' or space, not "." or "..".
std::optional<ValueError> check_device(std::string_view name) {
    const auto bad = [](char c) {
        return c == '/' || c == ':' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    };
    if (name != "." && name != ".." && std::none_of(name.begin(), name.end(), bad)) {
        return std::nullopt;
    }
    return ValueError{"bad-device", "\"" + text::printable(name) + "\" cannot name a device",
                      "use the kernel's name of the network device, as `ip link` shows it"};
}

std::optional<ValueError> check_dialled(std::string_view digits) {
    const auto good = [](char c) {
        return is_alnum(c) || std::string_view("+*#.-_").find(c) != std::string_view::npos;
    };
    if (std::all_of(digits.begin(), digits.end(), good)) return std::nullopt;
    return ValueError{"bad-number",
                      "\"" + text::printable(digits) + "\" has characters no number has",
                      "use digits, letters and + * # . - _, without spaces"};
}

std::optional<ValueError> check_pattern(std::string_view pattern) {
    const auto compiled = compile_pattern(pattern);
    if (compiled) return std::nullopt;
    return ValueError{"bad-pattern", "the pattern does not compile: " + compiled.error(),
                      "use RE2 syntax (no look-around, no back-references); it is matched against "
                      "the whole number"};
}

std::optional<ValueError> check_rewrite_text(std::string_view rewrite) {
    const auto good = [](char c) { return c > 0x20 && c < 0x7f; };
    if (std::all_of(rewrite.begin(), rewrite.end(), good)) return std::nullopt;
    return ValueError{"bad-rewrite", "the rewrite contains spaces or control characters",
                      "use \\1 to \\9 for groups of the pattern, and printable characters"};
}

std::optional<ValueError> check_media_type(std::string_view type) {
    const auto slash = type.find('/');
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || text::is_digit(c) ||
               std::string_view("-.+_").find(c) != std::string_view::npos;
    };
    const auto main = type.substr(0, slash);
    const auto sub = slash == std::string_view::npos ? std::string_view() : type.substr(slash + 1);
    const bool named = !sub.empty() && std::all_of(sub.begin(), sub.end(), good);
    if (!main.empty() && std::all_of(main.begin(), main.end(), good) && (named || sub == "*")) {
        return std::nullopt;
    }
    return ValueError{"bad-media-type", "\"" + text::printable(type) + "\" is not a media type",
                      "use lower case and no parameters, such as application/isup or "
                      "application/*"};
}

// unreserved and user-unreserved of RFC 3261 section 25.1, '#' apart.
bool is_user(std::string_view user) {
    static constexpr std::string_view kMarks = "-_.!~*'()&=+$,;?/";
    return std::all_of(user.begin(), user.end(), [](char c) {
        return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
    });
}

std::optional<ValueError> check_sip_user(std::string_view user) {
    if (is_user(user)) return std::nullopt;
    return ValueError{"bad-user",
                      "\"" + text::printable(user) + "\" cannot be the user of a SIP URI",
                      "use letters, digits and - _ . ! ~ * ' ( ) & = + $ , ; ? /"};
}

std::optional<ValueError> check_aor(std::string_view aor) {
    const auto hint = "write it as sip:4930123@carrier.example.com";
    const bool secure = text::istarts_with(aor, "sips:");
    if (!secure && !text::istarts_with(aor, "sip:")) {
        return ValueError{"bad-uri",
                          "the address of record does not begin with sip: or sips:", hint};
    }
    const auto [user, host] = text::cut(aor.substr(secure ? 5 : 4), '@');
    if (user.empty() || host.empty() || !is_user(user)) {
        return ValueError{"bad-uri", "\"" + text::printable(aor) + "\" has no user and host", hint};
    }
    return check_host(host);
}

std::optional<ValueError> check_path(std::string_view path) {
    const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (path.front() == '/' && path.back() != '/' && std::none_of(path.begin(), path.end(), bad)) {
        return std::nullopt;
    }
    return ValueError{"bad-path", "\"" + text::printable(path) + "\" is not a file's full path",
                      "begin it with '/', as in /etc/portcullis/tls/sip.pem"};
}

std::optional<ValueError> check_fingerprint(std::string_view fingerprint) {
    std::string digits(fingerprint);
    std::erase(digits, ':');
    if (digits.size() == 64 && text::from_hex(digits)) return std::nullopt;
    return ValueError{"bad-fingerprint",
                      "\"" + text::printable(fingerprint) + "\" is not a SHA-256 fingerprint",
                      "write the 64 hexadecimal digits that `openssl x509 -noout -fingerprint "
                      "-sha256 -in FILE` prints"};
}

std::optional<ValueError> check_ciphers(std::string_view list) {
    const auto good = [](char c) {
        return is_alnum(c) || std::string_view("-_:+!@=,").find(c) != std::string_view::npos;
    };
    if (std::all_of(list.begin(), list.end(), good)) return std::nullopt;
    return ValueError{"bad-ciphers", "\"" + text::printable(list) + "\" is not a cipher list",
                      "separate names by ':', as `openssl ciphers` prints them"};
}

}  // namespace

constinit const ValueType kSlugType{
    .format = "slug", .expected = "a name such as core-v4", .check = check_slug, .max_length = 63};
constinit const ValueType kTextType{
    .format = "text", .expected = "text", .check = check_line, .max_length = 1024};
constinit const ValueType kHostType{
    .format = "host", .expected = "a host name or address", .check = check_host, .max_length = 255};
constinit const ValueType kDeviceType{.format = "device",
                                      .expected = "a network device such as eth0",
                                      .check = check_device,
                                      .max_length = 15};
constinit const ValueType kDialledType{.format = "dialled",
                                       .expected = "digits such as +4930",
                                       .check = check_dialled,
                                       .max_length = 64};
constinit const ValueType kPatternType{.format = "re2",
                                       .expected = "an RE2 pattern such as \\+49(\\d+)",
                                       .check = check_pattern,
                                       .max_length = 1024};
constinit const ValueType kRewriteType{.format = "re2-rewrite",
                                       .expected = "an RE2 rewrite such as 0\\1",
                                       .check = check_rewrite_text,
                                       .max_length = 256};
constinit const ValueType kSipUserType{.format = "sip-user",
                                       .expected = "the user of a SIP URI such as 4930123",
                                       .check = check_sip_user,
                                       .max_length = 128};
constinit const ValueType kAorType{.format = "aor",
                                   .expected = "an address such as sip:4930123@example.com",
                                   .check = check_aor,
                                   .max_length = 384};

constinit const ValueType kMediaTypeType{.format = "media-type",
                                         .expected = "a media type such as application/isup",
                                         .check = check_media_type,
                                         .max_length = 127};
constinit const ValueType kPathType{.format = "path",
                                    .expected = "a full path such as /etc/portcullis/tls/sip.pem",
                                    .check = check_path,
                                    .max_length = 1024};
constinit const ValueType kFingerprintType{.format = "sha256-fingerprint",
                                           .expected = "a SHA-256 fingerprint",
                                           .check = check_fingerprint,
                                           .max_length = 95};
constinit const ValueType kCiphersType{.format = "openssl-ciphers",
                                       .expected = "a cipher list such as ECDHE+AESGCM",
                                       .check = check_ciphers,
                                       .max_length = 1024};

}  // namespace portcullis::config
