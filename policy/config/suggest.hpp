// SPDX-License-Identifier: BSD-2-Clause
// Suggestions for a mistyped field name.
#pragma once

#include <string>
#include <string_view>

#include "policy/config/field.hpp"

namespace portcullis::config {

// The field of `type` at most two edits away from `name`; empty if none is.
[[nodiscard]] std::string closest_name(std::string_view name, const ObjectType& type);

// "name, description, enabled"
[[nodiscard]] std::string field_names(const ObjectType& type);

}  // namespace portcullis::config
