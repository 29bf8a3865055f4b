// SPDX-License-Identifier: BSD-2-Clause
// Strict reading of the configuration document: every mistake is found and reported together.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "policy/config/document.hpp"
#include "policy/config/problem.hpp"

namespace portcullis::config {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{64} << 20U;
inline constexpr std::size_t kMaxDepth = 16;       // of nested arrays and objects
inline constexpr std::size_t kMaxProblems = 1000;  // reported; what follows is counted only

// Reads JSON text and checks each field and everything across sections (validate.hpp): what every
// daemon and the REST API call before they use a document. Missing fields take their defaults.
// On failure: all problems, in document order, never empty.
[[nodiscard]] std::expected<Document, Problems> load_document(std::string_view json);

// The same without the checks across sections.
[[nodiscard]] std::expected<Document, Problems> read_document(std::string_view json);

}  // namespace portcullis::config
