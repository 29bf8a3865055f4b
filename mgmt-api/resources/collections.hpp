// SPDX-License-Identifier: BSD-2-Clause
// The objects of the configuration document one by one: /api/v1/trunks/{name}, /api/v1/timers, ...
#pragma once

#include "mgmt-api/http/router.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

// Mounts every collection and settings object of the table in policy/config, under its name with
// hyphens and, where that differs, as in the document: /sip-interfaces and /sip_interfaces.
//   GET collection      {"items": [...]}
//   GET, PUT, DELETE    one object; ETag is the revision that last wrote it. DELETE of one that
//                       others name answers 409 with used_by.
void mount_collections(Router& router, ConfigService& config);

}  // namespace portcullis::mgmt
