// SPDX-License-Identifier: BSD-2-Clause
// decide(): routes a new call of a classified source. Pure: same policy and facts, same decision.
#pragma once

#include "policy/call_attributes.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/decision.hpp"

namespace portcullis::policy {

// Order: route (priority, longest prefix, document order) -> number rules -> targets (trunks in the
// route's order, gateways by priority, weighted within one priority by `entropy`).
// No route: 404. A route none of whose trunks can be used: 503.
[[nodiscard]] Decision decide(const CompiledPolicy& policy, const CallAttributes& call);

}  // namespace portcullis::policy
