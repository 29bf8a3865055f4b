// SPDX-License-Identifier: BSD-2-Clause
// The order in which the gateways of a trunk are tried.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/compiled_policy.hpp"

namespace portcullis::policy {

// By priority; within one priority each next one is drawn in proportion to its weight, as RFC 2782
// does for SRV records. The same `entropy` gives the same order.
[[nodiscard]] std::vector<const Gateway*> gateway_order(const Trunk& trunk, std::uint64_t entropy);

}  // namespace portcullis::policy
