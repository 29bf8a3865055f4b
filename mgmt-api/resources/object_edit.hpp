// SPDX-License-Identifier: BSD-2-Clause
// Edits of one object within the configuration document, judged with the whole of it.
#pragma once

#include <expected>
#include <string>

#include "mgmt-api/http/json.hpp"
#include "mgmt-api/http/problem.hpp"
#include "policy/config/collections.hpp"

namespace portcullis::mgmt {

using DocumentOrProblem = std::expected<config::Document, Problem>;

// `document` with the object `name` of the collection created (at the end) or replaced (in place)
// by `body`. On a mistake: every one, fields and references alike, with pointers into the body.
[[nodiscard]] DocumentOrProblem put_in_collection(const config::Document& document,
                                                  const config::Collection& collection,
                                                  const std::string& name, const Json& body);

[[nodiscard]] DocumentOrProblem put_in_settings(const config::Document& document,
                                                const config::Settings& settings, const Json& body);

// `document` without the object; NotFound, or InUse with the objects that name it.
[[nodiscard]] DocumentOrProblem erase_from_collection(const config::Document& document,
                                                      const config::Collection& collection,
                                                      const std::string& name);

}  // namespace portcullis::mgmt
