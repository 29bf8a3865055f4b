// SPDX-License-Identifier: BSD-2-Clause
// JsonNode: parsed JSON text (RFC 8259) with its members in order: what the strict reader walks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/config/problem.hpp"

namespace portcullis::config {

struct JsonNode;
struct JsonMember;
using JsonArray = std::vector<JsonNode>;
using JsonObject = std::vector<JsonMember>;

// Integers past 64 bits become the nearest one that fits; every field is narrower.
struct JsonNode {
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, JsonArray, JsonObject>
        value;
};

struct JsonMember {
    std::string name;
    JsonNode node;
};

// Parses the whole of `text` into `root`. False, with one problem, for text that is not JSON, is
// too large or too deep; `root` is then empty. Duplicate names in an object are problems too, but
// the first member stays and parsing goes on.
[[nodiscard]] bool parse_json(std::string_view text, JsonNode& root, Problems& problems);

// "an object", "text", ...: for messages.
[[nodiscard]] std::string_view describe_type(const JsonNode& node);

}  // namespace portcullis::config
