// SPDX-License-Identifier: BSD-2-Clause
// decide(): routes a new call of a classified source. Pure: same policy and facts, same decision.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/call_attributes.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/decision.hpp"

namespace portcullis::policy {

// Order: route (priority, longest prefix, document order) -> number rules -> targets (trunks in the
// route's order, gateways by priority, weighted within one priority by `entropy`).
// No route: 404. A route none of whose trunks can be used: 503.
[[nodiscard]] Decision decide(const CompiledPolicy& policy, const CallAttributes& call);

// A call that its target redirected or transferred to the number in `call` at `host` (a name or an
// address, with `port` if there was one). Decided like a call of that number; then, a host that is
// a gateway of one of the route's trunks is the only target, one of ours leaves the route's targets
// as they are, and a gateway of `asking`, the trunk that redirects, is reached without a route. Any
// other is refused with 403: nobody sends our calls where no trunk leads.
[[nodiscard]] Decision decide_redirect(const CompiledPolicy& policy, const CallAttributes& call,
                                       std::string_view host, std::optional<std::uint16_t> port,
                                       std::string_view asking);

}  // namespace portcullis::policy
