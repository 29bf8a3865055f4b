// SPDX-License-Identifier: BSD-2-Clause
// Checks across sections of a document whose fields are each valid: names, references, listeners,
// media ranges, trunk recognition, patterns, capacity.
#pragma once

#include "policy/config/document.hpp"
#include "policy/config/problem.hpp"

namespace portcullis::config {

// All problems, in document order; empty when the document can be applied. `known`: problems that
// reading has found already, so that checks which depend on those fields stay silent.
[[nodiscard]] Problems validate(const Document& document, const Problems& known = {});

}  // namespace portcullis::config
