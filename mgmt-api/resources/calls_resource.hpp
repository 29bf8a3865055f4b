// SPDX-License-Identifier: BSD-2-Clause
// Live calls: /api/v1/calls, answered by the signaling daemon.
#pragma once

#include "mgmt-api/http/router.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

// GET /calls, GET /calls/{id}; DELETE /calls/{id} hangs up both legs.
void mount_calls(Router& router, ConfigService& config);

}  // namespace portcullis::mgmt
