// SPDX-License-Identifier: BSD-2-Clause
// trunk_json: the state of a trunk as the JSON that the REST API passes on.
#pragma once

#include "signaling/control/call_json.hpp"
#include "signaling/trunk/trunk_states.hpp"

namespace portcullis::control {

// GET /trunks/{name}/status. `now`: of the clock that the states were taken by.
[[nodiscard]] Json status_json(const trunk::TrunkState& trunk, TimePoint now);

}  // namespace portcullis::control
