// SPDX-License-Identifier: BSD-2-Clause
// Uri: sip:, sips: and tel: URIs (RFC 3261 section 19.1, RFC 3966); other schemes as text.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/net/ip_address.hpp"
#include "signaling/sip/params.hpp"

namespace portcullis::sip {

enum class Scheme : std::uint8_t { Sip, Sips, Tel, Other };

// The address that a host stands for, if it is one; IPv6 with or without its brackets. Where the
// grammar of RFC 3261 had ":::" before an embedded IPv4 address, "::" is meant and both are read
// (RFC 5118 section 4.10, RFC 5954 section 3).
[[nodiscard]] std::optional<IpAddress> host_address(std::string_view host);

// A URI as VIEWS of the text it was parsed from; escapes are kept as written (compare and print
// know them; percent_unescape() resolves them). To change a part, assign a view of text that lives
// long enough, then print().
struct Uri {
    Scheme scheme = Scheme::Sip;
    std::string_view scheme_text;       // as written
    std::string_view user;              // sip/sips: user; tel: the subscriber number
    bool has_user = false;              // "sip:@host" is refused, so true means non-empty
    std::string_view password;          // meaningful with has_password
    bool has_password = false;          //
    std::string_view host;              // as written: IPv6 in brackets
    std::optional<std::uint16_t> port;  //
    Params params;                      // uri-parameters
    std::string_view headers;           // behind '?', without it
    std::string_view opaque;            // Other: everything behind the scheme's colon

    [[nodiscard]] bool is_sip() const { return scheme == Scheme::Sip || scheme == Scheme::Sips; }
    // The host as an address, if it is one.
    [[nodiscard]] std::optional<IpAddress> address() const { return host_address(host); }
    // The user with its escapes resolved.
    [[nodiscard]] std::string user_text() const;
};

// The whole of `text` as a URI (addr-spec). Fails with MalformedUri: unknown schemes do not fail,
// they give Scheme::Other with `opaque`.
[[nodiscard]] Result<Uri> parse_uri(std::string_view text);
// A temporary would leave the views dangling.
template <std::same_as<std::string> Temporary>
Result<Uri> parse_uri(Temporary&& text) = delete;

// As parse_uri(), into a fresh `out`; false leaves it in any state.
[[nodiscard]] bool read_uri(std::string_view text, Uri& out);

// RFC 3261 section 19.1.4 for sip: and sips:, RFC 3966 section 5 for tel:, exact text for others.
// A transport, user, ttl, maddr or method parameter in only one of them makes them differ.
[[nodiscard]] bool equivalent(const Uri& a, const Uri& b);

[[nodiscard]] std::string print(const Uri& uri);
void append(std::string& out, const Uri& uri);

// host [":" port] of a URI or a Via.
struct HostPort {
    std::string_view host;  // as written: IPv6 in brackets
    std::optional<std::uint16_t> port;
};

// Takes host [":" port] off the front of `rest`; IPv6 only in brackets. `lws_around_colon` as the
// COLON of a Via has it. False if `rest` does not start with one.
[[nodiscard]] bool take_host_port(std::string_view& rest, HostPort& out, bool lws_around_colon);

}  // namespace portcullis::sip
