// SPDX-License-Identifier: BSD-2-Clause
// A received message as text.
#pragma once

#include <sofia-sip/msg_types.h>
#include <sofia-sip/sip.h>

#include <string>

namespace sofia_peer {

// The message, written again from the parser's header chain: every header and the body, in order,
// but a list in one line becomes several. Exact bytes are a capture's business. Empty for an event
// that no message caused.
std::string message_text(const msg_t* message);

// Whether the message carries a session description.
bool has_sdp(const sip_t* sip);

}  // namespace sofia_peer
