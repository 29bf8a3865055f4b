// SPDX-License-Identifier: BSD-2-Clause
// Names of SIP header fields in the configuration: which an operator may let pass as they are.
#pragma once

#include "policy/config/field.hpp"

namespace portcullis::config {

// A token (RFC 3261 section 25.1) that names neither a field by which we route, authenticate or
// form a dialog, nor one that has a setting of its own.
extern const ValueType kPassHeaderType;

}  // namespace portcullis::config
