// SPDX-License-Identifier: BSD-2-Clause
// What a new document changes that a running daemon cannot take over.
#pragma once

#include <string>
#include <vector>

#include "policy/config/document.hpp"

namespace portcullis::config {

// Pointers of the settings that need a restart and differ, in document order: "/relay/workers".
[[nodiscard]] std::vector<std::string> restart_changes(const Document& before,
                                                       const Document& after);

}  // namespace portcullis::config
