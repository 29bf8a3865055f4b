// SPDX-License-Identifier: BSD-2-Clause
// Parses the value of a c= line (RFC 8866 section 5.7); internal to the library.
#pragma once

#include <optional>
#include <string_view>

#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// "IN IP4 198.18.0.2". TTL and count of multicast addresses ("/127/3") are cut off. Empty when
// malformed, or when an address literal is not of the family that the line names.
[[nodiscard]] std::optional<Connection> parse_connection(std::string_view value);

}  // namespace portcullis::sdp
