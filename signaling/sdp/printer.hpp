// SPDX-License-Identifier: BSD-2-Clause
// SessionDescription to bytes: every line in the order it has in the value, ended by CRLF.
#pragma once

#include <string>

#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

[[nodiscard]] std::string print_session(const SessionDescription& session);

}  // namespace portcullis::sdp
