// SPDX-License-Identifier: BSD-2-Clause
// What several resources share: reading parameters, naming validation errors, telling of a change.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "mgmt-api/http/json.hpp"
#include "mgmt-api/http/problem.hpp"
#include "mgmt-api/publish/change_problem.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

[[nodiscard]] Problem make_problem(ProblemKind kind, std::string detail = {});

// A query parameter of "true" or "false"; absent is false.
[[nodiscard]] std::expected<bool, Problem> flag_param(const Request& request,
                                                      std::string_view name);
// A decimal query parameter within [low, high]; absent is `otherwise`.
[[nodiscard]] std::expected<std::uint64_t, Problem> number_param(const Request& request,
                                                                 std::string_view name,
                                                                 std::uint64_t low,
                                                                 std::uint64_t high,
                                                                 std::uint64_t otherwise);

// Lists come in pages of `limit` items; "next", and a Link header, name the cursor of the
// following.
inline constexpr std::uint64_t kDefaultPage = 100;
inline constexpr std::uint64_t kMaxPage = 1000;
// The value of Link for the same request with another cursor.
[[nodiscard]] std::string next_link(const Request& request, std::string_view path,
                                    std::string_view cursor);

// [{op, path, before, after}] for people and diff views.
[[nodiscard]] Json changes_json(const std::vector<ObjectChange>& changes);
// {"valid": true, "revision": ..., "changes": ...}
[[nodiscard]] Response dry_run_response(const ChangeOutcome& outcome);
// {"revision": ..., "pending": [...], "changes": [...]}
[[nodiscard]] Json outcome_json(const ChangeOutcome& outcome);
// Portcullis-Revision, and Portcullis-Pending when a daemon does not run it yet.
void add_outcome_headers(Response& response, const ChangeOutcome& outcome);

// JSON text of ours as a value.
[[nodiscard]] Json own_json(const std::string& text);

}  // namespace portcullis::mgmt
