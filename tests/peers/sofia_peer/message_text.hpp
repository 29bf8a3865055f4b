// SPDX-License-Identifier: BSD-2-Clause
// The bytes of a received message.
#pragma once

#include <sofia-sip/msg_types.h>
#include <sofia-sip/sip.h>

#include <string>

namespace sofia_peer {

// The message as it came from the wire, put together from the parser's header chain; empty for an
// event that no message caused.
std::string message_text(const msg_t* message);

// Whether the message carries a session description.
bool has_sdp(const sip_t* sip);

}  // namespace sofia_peer
