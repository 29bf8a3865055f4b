// SPDX-License-Identifier: BSD-2-Clause
// Alert-Info and Call-Info: URIs that the receiver's device fetches, plays or shows (RFC 3261
// sections 20.4 and 20.9, RFC 7462).
#pragma once

#include "signaling/headers/crossing.hpp"

namespace portcullis::headers {

void pass_alert_info(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_call_info(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

}  // namespace portcullis::headers
