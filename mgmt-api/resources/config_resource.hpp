// SPDX-License-Identifier: BSD-2-Clause
// The configuration document as a whole: /api/v1/config.
#pragma once

#include "mgmt-api/http/router.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

// GET: the document, secrets redacted, with its revision as ETag.
// PUT: replaces it; If-Match required unless there is none yet. ?dry_run=true only tells.
void mount_config(Router& router, ConfigService& config);

}  // namespace portcullis::mgmt
