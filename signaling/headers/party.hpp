// SPDX-License-Identifier: BSD-2-Clause
// Party: who a name-addr speaks of, without where he is: the part of it that may cross.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "signaling/sip/name_addr.hpp"

namespace portcullis::headers {

// RFC 3323 section 4.1.1.3, and RFC 7544 for a diversion of which nothing is known: hosts that say
// nothing of anybody.
inline constexpr std::string_view kAnonymousHost = "anonymous.invalid";
inline constexpr std::string_view kUnknownHost = "unknown.invalid";

// Bytes of a user part or a display name: as much as a number may have (policy/number_rule.hpp),
// and no more than anybody reads.
inline constexpr std::size_t kMaxPartyText = 256;

enum class Standing : std::uint8_t { Known, Anonymous, Unknown };

struct Party {
    std::string name{};  // display name without quotes and control bytes
    std::string user{};  // without escapes and parameters; may be empty
    bool tel = false;    // a global number in a tel URI (RFC 3966)
    bool phone = false;  // user=phone
    Standing standing = Standing::Known;

    bool operator==(const Party&) const = default;
};

[[nodiscard]] Party anonymous_party();
[[nodiscard]] Party unknown_party();

// Empty for anything but a sip, sips or tel URI, and for a user that is too long; a name that is
// too long is left out. A local tel number becomes a SIP user, because its phone-context names the
// other side.
[[nodiscard]] std::optional<Party> party_of(const sip::NameAddr& address);
[[nodiscard]] std::optional<Party> parse_party(std::string_view value);

// The display name with the quotes and the space behind it; empty without one.
[[nodiscard]] std::string print_name(const Party& party);
// "sip:+4930123@domain", with `uri_params` (";cause=302") where the URI can have some.
[[nodiscard]] std::string print_uri(const Party& party, std::string_view domain,
                                    std::string_view uri_params = {});
// "\"Name\" <sip:+4930123@domain>"
[[nodiscard]] std::string print_party(const Party& party, std::string_view domain);

// Without control bytes: what a free text of the other side may be at most.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace portcullis::headers
