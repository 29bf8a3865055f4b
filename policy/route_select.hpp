// SPDX-License-Identifier: BSD-2-Clause
// Which route takes a call.
#pragma once

#include <vector>

#include "policy/call_attributes.hpp"
#include "policy/compiled_tables.hpp"
#include "policy/decision.hpp"

namespace portcullis::policy {

// At most this many lines say which routes did not take the call and why.
inline constexpr std::size_t kMaxRouteLines = 50;

// The first route whose conditions all hold, by priority, longest prefix, document order; nullptr
// if there is none. Each route looked at leaves a line in `trace`.
[[nodiscard]] const Route* select_route(const CompiledPolicy::Tables& tables,
                                        const CallAttributes& call, std::vector<TraceLine>& trace);

}  // namespace portcullis::policy
