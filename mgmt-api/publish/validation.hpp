// SPDX-License-Identifier: BSD-2-Clause
// Validation: what keeps a document from being applied, as a problem for the client.
#pragma once

#include <string>

#include "mgmt-api/http/problem.hpp"
#include "policy/config/problem.hpp"

namespace portcullis::mgmt {

// A 422 with every problem. Pointers below `object` ("/trunks/1") become relative to it, the
// others are named in words: the client sent that object only. Empty: pointers stay.
[[nodiscard]] Problem validation_problem(const config::Problems& problems,
                                         const std::string& object = {});

}  // namespace portcullis::mgmt
