// SPDX-License-Identifier: BSD-2-Clause
// AuthValue: a value of WWW-Authenticate, Authorization and their Proxy- kin, as its grammar has it
// (RFC 3261 section 25.1, RFC 9110 section 11): a scheme and a comma list of parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace portcullis::auth {

struct AuthValue {
    std::string scheme;                                           // as written: "Digest"
    std::vector<std::pair<std::string, std::string>> parameters;  // values without their quotes

    // The value of `name` (compared without case).
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

// Reads one whole header value. Digest values are not comma-separated lists of values: the commas
// separate parameters (RFC 3261 section 7.3.1), so several challenges stand in several header
// fields. Fails with sip::Errc::MalformedValue, also on a name that comes twice and on more than 32
// parameters.
[[nodiscard]] Result<AuthValue> parse_auth_value(std::string_view text);

}  // namespace portcullis::auth
