// SPDX-License-Identifier: BSD-2-Clause
// The history of the configuration: /api/v1/config/revisions, /config/rollback, /audit-log.
#pragma once

#include "mgmt-api/auth/audit.hpp"
#include "mgmt-api/http/router.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

// GET /config/revisions?limit=&before=        newest first
// GET /config/revisions/{number}?diff_from=   with its document; diff_from adds what it changes
//                                             against that other revision
// POST /config/rollback {"revision": n}       a new revision with the old content
// GET /audit-log?limit=&before=
void mount_revisions(Router& router, ConfigService& config, ConfigStore& store, Audit& audit);

}  // namespace portcullis::mgmt
