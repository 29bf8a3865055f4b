// SPDX-License-Identifier: BSD-2-Clause
// Via: one value of the Via header (RFC 3261 section 20.42, RFC 3581).
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/net/endpoint.hpp"
#include "signaling/sip/params.hpp"

namespace portcullis::sip {

// Branches of RFC 3261 elements start with it (section 8.1.1.7).
inline constexpr std::string_view kBranchCookie = "z9hG4bK";

// VIEWS of the text it was parsed from.
struct Via {
    std::string_view protocol;           // "SIP"
    std::string_view version;            // "2.0"
    std::string_view transport;          // "UDP", or any token
    std::string_view host;               // sent-by host, IPv6 in brackets
    std::optional<std::uint16_t> port;   // sent-by port
    std::string_view branch;             // empty without one
    std::string_view received;           // as written (RFC 5118: with or without brackets)
    bool has_rport = false;              // rport is present, with or without a value
    std::optional<std::uint16_t> rport;  //
    Params params;                       // all of them, those above included

    // True for a branch made by an RFC 3261 element; otherwise RFC 2543 matching applies, also
    // where nothing follows the cookie, as such a branch is not unique.
    [[nodiscard]] bool has_cookie() const {
        return branch.size() > kBranchCookie.size() && branch.starts_with(kBranchCookie);
    }
};

// Fails with MalformedVia; `text` is one value, not a list.
[[nodiscard]] Result<Via> parse_via(std::string_view text);
// A temporary would leave the views dangling.
template <std::same_as<std::string> Temporary>
Result<Via> parse_via(Temporary&& text) = delete;

// As parse_via(), into a fresh `out`; false leaves it in any state.
[[nodiscard]] bool read_via(std::string_view text, Via& out);

[[nodiscard]] std::string print(const Via& via);
void append(std::string& out, const Via& via);

// As received from `source` (RFC 3261 section 18.2.1, RFC 3581 section 4): received is set where
// the sent-by host is not the source address or rport was asked for, rport is filled in where it
// was asked for; what the sender wrote into either is replaced.
void append_received(std::string& out, const Via& via, const Endpoint& source);

}  // namespace portcullis::sip
