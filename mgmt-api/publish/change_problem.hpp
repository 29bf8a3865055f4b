// SPDX-License-Identifier: BSD-2-Clause
// Why a change of the configuration did not come about, as a problem for the client.
#pragma once

#include <string>
#include <vector>

#include "mgmt-api/http/problem.hpp"
#include "mgmt-api/publish/publisher.hpp"
#include "policy/config/problem.hpp"

namespace portcullis::mgmt {

// A 422 with every problem. Pointers below `object` ("/trunks/1") become relative to it, the
// others are named in words: the client sent that object only. Empty: pointers stay.
[[nodiscard]] Problem validation_problem(const config::Problems& problems,
                                         const std::string& object = {});

// The store could not be written; logged, because an operator has to act.
[[nodiscard]] Problem store_problem(const std::string& detail);

// A publication that was not applied.
[[nodiscard]] Problem publish_problem(const publish_action::Finish& finish);

// All reasons in one line.
[[nodiscard]] std::string reasons_text(const std::vector<DaemonReason>& reasons);

}  // namespace portcullis::mgmt
