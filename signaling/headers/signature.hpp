// SPDX-License-Identifier: BSD-2-Clause
// Identity and Date (RFC 8224): a signature over the caller's and the called number, passed only
// where it still holds on the other side.
//
// We change hosts, tags, Contact and SDP of every message, so what may be signed is: telephone
// numbers ("tn" of "orig" and "dest", compared as digits) that the number rules leave alone. A
// PASSporT over a URI or over media keys ("mky") cannot hold. The compact form leaves the signed
// text to the verifier, who would rebuild it from the numbers he sees; it passes only if both are
// unchanged. Date passes with an Identity, and only then: a verifier of the compact form needs it.
#pragma once

#include <string>
#include <string_view>

#include "signaling/headers/crossing.hpp"

namespace portcullis::headers {

void pass_identity(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_date(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

// SIP-date in its fixed form of 29 characters (RFC 3261 section 25.1).
[[nodiscard]] bool is_sip_date(std::string_view text);

}  // namespace portcullis::headers
