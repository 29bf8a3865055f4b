// SPDX-License-Identifier: BSD-2-Clause
// compile(): a document into the tables that decisions are made from.
#pragma once

#include <expected>
#include <memory>

#include "policy/compiled_policy.hpp"
#include "policy/config/document.hpp"
#include "policy/config/problem.hpp"

namespace portcullis::policy {

// `document` has passed config::validate(); what still cannot be compiled is reported with its
// pointer. The result does not refer to the document and may be shared by all threads.
[[nodiscard]] std::expected<std::shared_ptr<const CompiledPolicy>, config::Problems> compile(
    const config::Document& document);

}  // namespace portcullis::policy
