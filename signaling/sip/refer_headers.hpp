// SPDX-License-Identifier: BSD-2-Clause
// Refer-To and Referred-By (RFC 3515, RFC 3892), and the header fields within a URI.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/method.hpp"
#include "signaling/sip/name_addr.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::sip {

// The value of one header field of a URI ("?Replaces=..."), its escapes resolved. Names compare
// without case; empty if it is not there, or more than once.
[[nodiscard]] std::optional<std::string> uri_header(const Uri& uri, std::string_view name);
// Writes `name=value` with what a URI may not hold escaped, behind '?' or '&'.
void append_uri_header(std::string& uri, std::string_view name, std::string_view value);

// VIEWS of the text it was parsed from, but for `replaces`.
struct ReferTo {
    NameAddr address;
    Method method = Method::Invite;  // of the URI's method parameter (RFC 3515 section 2.1)
    std::string_view method_text = "INVITE";
    // The Replaces field in the URI, unescaped: for parse_replaces(), which accepts it (RFC 3891
    // section 3).
    std::optional<std::string> replaces;
};

// Fails with MalformedAddress, and with MalformedValue for a Replaces or method that is none.
[[nodiscard]] Result<ReferTo> parse_refer_to(std::string_view text);
template <std::same_as<std::string> Temporary>
Result<ReferTo> parse_refer_to(Temporary&& text) = delete;

// "<uri>", or "<uri?Replaces=...>"; `uri` has no header fields.
[[nodiscard]] std::string print_refer_to(std::string_view uri,
                                         const std::optional<DialogReference>& replaces = {});

// `address` VIEWS the text it was parsed from.
struct ReferredBy {
    NameAddr address;
    std::string cid;  // Content-ID of the signed token, without quotes; empty without one
};

// Fails with MalformedAddress, and with MalformedValue for a cid that is none.
[[nodiscard]] Result<ReferredBy> parse_referred_by(std::string_view text);
template <std::same_as<std::string> Temporary>
Result<ReferredBy> parse_referred_by(Temporary&& text) = delete;

}  // namespace portcullis::sip
