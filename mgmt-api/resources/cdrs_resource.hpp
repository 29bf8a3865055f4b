// SPDX-License-Identifier: BSD-2-Clause
// Call records: /api/v1/cdrs.
#pragma once

#include <filesystem>

#include "mgmt-api/http/router.hpp"

namespace portcullis::mgmt {

// GET /cdrs?limit=&cursor=&trunk=&call_id=&from=&to=&sip_code=   newest first; "next" is the cursor
// of the following page, also as Link: rel=next.
void mount_cdrs(Router& router, std::filesystem::path dir);

}  // namespace portcullis::mgmt
