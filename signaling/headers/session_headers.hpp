// SPDX-License-Identifier: BSD-2-Clause
// Header fields about the session that users' devices write for each other: User-to-User (RFC
// 7433), Session-ID (RFC 7989), P-Early-Media (RFC 5009), Answer-Mode (RFC 5373).
#pragma once

#include <optional>
#include <string>

#include "signaling/headers/crossing.hpp"

namespace portcullis::headers {

void pass_user_to_user(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_session_id(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_early_media(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_answer_mode(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

// The sender's own identifier, 32 lower-case hexadecimal digits (RFC 7989 section 5): what a leg
// keeps as PassContext::peer_session_id.
[[nodiscard]] std::optional<std::string> session_id_of(const sip::Message& message);

}  // namespace portcullis::headers
