// SPDX-License-Identifier: BSD-2-Clause
// Target: the request target of HTTP taken apart (RFC 9112 section 3.2, RFC 3986 section 3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::mgmt {

struct Target {
    std::vector<std::string> segments;  // "/a/b%2Fc" is {"a", "b/c"}: decoded after splitting
    // '+' stands for itself (RFC 3986 section 3.4), in "?from=+4930" too: a space is "%20".
    std::vector<std::pair<std::string, std::string>> query;
};

// Accepts the origin form and the absolute form. Empty for anything else, for a bad percent escape,
// a decoded control byte or invalid UTF-8.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

// `text` with everything but unreserved characters as percent escapes.
[[nodiscard]] std::string percent_encode(std::string_view text);

// True if `text` is well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace portcullis::mgmt
