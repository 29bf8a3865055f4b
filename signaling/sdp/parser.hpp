// SPDX-License-Identifier: BSD-2-Clause
// Bytes to SessionDescription (RFC 8866 section 9), with limits.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// What a description may hold; far above what endpoints send, far below what would hurt.
struct SdpLimits {
    std::size_t bytes = 65536;
    std::size_t line_bytes = 4096;
    std::size_t lines = 2048;
    std::size_t media = 32;
    std::size_t formats = 128;  // per m-line; RTP has 128 payload types
};

// Parses a whole body. Lenient where the field needs it: lines may end in LF alone, s= and t= may
// be missing, line types may stand in any order within their level, blank lines may end the body.
// Errors: Errc::Syntax or TooLarge, the detail begins with "line N".
[[nodiscard]] Result<SessionDescription> parse_session(std::string_view body,
                                                       const SdpLimits& limits = {});

}  // namespace portcullis::sdp
