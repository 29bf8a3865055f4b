// SPDX-License-Identifier: BSD-2-Clause
// parse_message: bytes of one datagram or of one framed stream message to a Message.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "signaling/sip/limits.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::sip {

// Parses and validates one message. Rules beyond the grammar of RFC 3261 section 25:
// - lines end with CRLF; a bare CR or LF in the header section is an error, so is any control byte
//   but HTAB outside of a quoted pair; CRLFs before the start line are skipped (section 7.5);
// - folded lines are unfolded, names may be compact and may be followed by LWS before the colon;
// - without Content-Length the body is all that follows; bytes behind Content-Length are discarded;
//   a body shorter than Content-Length is an error (section 18.3).
// Fails with an Errc of errc.hpp. To answer malformed requests use judge_message() instead.
[[nodiscard]] Result<MessagePtr> parse_message(std::string bytes, const Limits& limits = {});

}  // namespace portcullis::sip
