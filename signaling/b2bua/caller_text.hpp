// SPDX-License-Identifier: BSD-2-Clause
// caller_text: what remains of an established call's INVITE: who called, and whom.
#pragma once

#include <string>

#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

// A message again (sip::parse_message): the start line, what every request has, and the fields that
// say who calls. Without the body, and without all that only the set-up of a call reads.
[[nodiscard]] std::string caller_text(const sip::Message& invite);

}  // namespace portcullis::b2bua
