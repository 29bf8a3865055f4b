// SPDX-License-Identifier: BSD-2-Clause
// JSON text to values and back, stricter than RFC 8259: no duplicate names, bounded depth.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "mgmt-api/http/message.hpp"

namespace portcullis::mgmt {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

// Reads one JSON value. Fails with words for the client on a syntax error (with its byte offset), a
// name that comes twice in one object (readers disagree on which one counts), more than
// kMaxJsonDepth nested values, invalid UTF-8, or a number that does not fit.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

// Never fails: text that is not UTF-8 is written with replacement characters.
[[nodiscard]] std::string print_json(const Json& value);

[[nodiscard]] Response json_response(const Json& value, unsigned status = 200);

}  // namespace portcullis::mgmt
