// SPDX-License-Identifier: BSD-2-Clause
// Entity tags: a resource's revision as a strong ETag, and the conditions clients attach to writes
// (RFC 9110 sections 8.8.3 and 13.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mgmt-api/http/problem.hpp"

namespace portcullis::mgmt {

// The quoted revision: "17" with its quotes.
[[nodiscard]] std::string etag_of(std::uint64_t revision);

// Whether replacing and deleting need If-Match. A dry run does not: it changes nothing.
enum class IfMatch : std::uint8_t { Required, Optional };

// Decides whether a request may write a resource whose revision is `current` (empty: there is no
// such resource yet). Conditions that stand in the request hold in any case (412). Without If-Match
// where it is required: 428; creating needs nothing, and If-None-Match: * allows nothing but
// creating.
[[nodiscard]] std::optional<Problem> check_write(const Request& request,
                                                 std::optional<std::uint64_t> current,
                                                 IfMatch need);

// True if If-None-Match names this revision: a GET answers 304 then.
[[nodiscard]] bool not_modified(const Request& request, std::uint64_t revision);

}  // namespace portcullis::mgmt
