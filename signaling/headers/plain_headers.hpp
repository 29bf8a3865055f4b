// SPDX-License-Identifier: BSD-2-Clause
// Header fields whose values come from a closed set, or that cross as they are.
#pragma once

#include "signaling/headers/crossing.hpp"

namespace portcullis::headers {

// RFC 3326: SIP and Q.850 causes, the sender's words only where policy says so.
void pass_reason(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 3261 section 20.43: the code of an incompatibility, our name and our words.
void pass_warning(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 3261 section 20.33, without the comment.
void pass_retry_after(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 3261 section 20.26 and RFC 7090.
void pass_priority(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 3841 section 9.1.
void pass_disposition(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 4412 section 3: namespace "." priority.
void pass_resource_priority(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 6442 section 4.2: yes, no or a token.
void pass_geolocation_routing(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 6442 section 4.3: the code alone.
void pass_geolocation_error(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 3892: who referred, with our host.
void pass_referred_by(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// A number of seconds: Expires, Min-Expires.
void pass_seconds(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// A token: SIP-ETag, SIP-If-Match, Info-Package, Refer-Sub.
void pass_token(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// Tokens: Recv-Info, Allow-Events.
void pass_tokens(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// RFC 6665: the event package and its id; the state with expires, reason and retry-after.
void pass_event(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_subscription_state(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// One line as it is: fields that policy lets through between sides that know each other.
void pass_line(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
// Our own name, or nothing; never the peer's.
void name_software(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

}  // namespace portcullis::headers
