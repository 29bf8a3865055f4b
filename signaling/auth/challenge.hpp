// SPDX-License-Identifier: BSD-2-Clause
// Challenge: what WWW-Authenticate and Proxy-Authenticate say (RFC 7616 section 3.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/auth/digest.hpp"

namespace portcullis::auth {

struct Challenge {
    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque;
    Algorithm algorithm;
    bool stale = false;  // the nonce was too old, the password is not in doubt
    // What the server takes; neither: as in RFC 2069.
    bool qop_auth = false;
    bool qop_auth_int = false;
};

// A header value as a challenge. Empty for a scheme other than Digest and for an algorithm that is
// not known (RFC 7616 section 3.3: such a challenge is ignored). Fails with
// sip::Errc::MalformedValue, without realm or nonce too.
[[nodiscard]] Result<std::optional<Challenge>> parse_challenge(std::string_view value);

[[nodiscard]] std::string print(const Challenge& challenge);

}  // namespace portcullis::auth
