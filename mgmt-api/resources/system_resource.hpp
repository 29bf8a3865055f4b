// SPDX-License-Identifier: BSD-2-Clause
// How the appliance is: /api/v1/system/status, /system/health/{live,ready}, /metrics.
#pragma once

#include "mgmt-api/http/router.hpp"
#include "mgmt-api/metrics/api_counters.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

// GET /system/status          revision in force, and what each daemon runs, with its own words
// GET /system/health/live     200 while this process answers; no token
// GET /system/health/ready    200 while both daemons run the current revision, else 503; no token
// GET /metrics, /api/v1/metrics   own metrics and those of the daemons that answer
void mount_system(Router& router, ConfigService& config, const ApiCounters& counters,
                  const Clock& clock);

}  // namespace portcullis::mgmt
