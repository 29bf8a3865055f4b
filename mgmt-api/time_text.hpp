// SPDX-License-Identifier: BSD-2-Clause
// Points in time as text: RFC 3339 in UTC with microseconds, which also sorts as text.
#pragma once

#include <string>

#include "common/base/clock.hpp"

namespace portcullis::mgmt {

// "2026-02-03T04:05:06.000007Z"
[[nodiscard]] std::string time_text(WallTime time);

// "Tue, 03 Feb 2026 04:05:06 GMT": the Date field (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(WallTime time);

}  // namespace portcullis::mgmt
