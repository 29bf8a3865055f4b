// SPDX-License-Identifier: BSD-2-Clause
// /api/v1/trunks/{name}/status: what signaling knows of a trunk's gateways and registration.
#pragma once

#include "mgmt-api/http/router.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

void mount_trunks(Router& router, ConfigService& config);

}  // namespace portcullis::mgmt
