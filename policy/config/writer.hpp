// SPDX-License-Identifier: BSD-2-Clause
// Canonical writing of the configuration document as JSON: fields in table order, objects in
// document order, defaults written out, empty and absent optional fields left out.
#pragma once

#include <cstdint>
#include <string>

#include "policy/config/document.hpp"

namespace portcullis::config {

// What stands in for a secret: {"$secret": "<field name>"} when redacted.
enum class Secrets : std::uint8_t { Redact, Include };
enum class Layout : std::uint8_t { Pretty, Compact };

// Pretty: two spaces, final newline: stable under diff. read_document(write_document(d)) == d when
// secrets are included.
[[nodiscard]] std::string write_document(const Document& document,
                                         Secrets secrets = Secrets::Redact,
                                         Layout layout = Layout::Pretty);

}  // namespace portcullis::config
