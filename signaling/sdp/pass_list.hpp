// SPDX-License-Identifier: BSD-2-Clause
// The pass-list of topology hiding: which words, lines and attributes of a description may cross to
// the other side, and in which form. Internal to the library; README.md lists the result.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// RTP payload types whose attributes may cross: those that stand on the written m-line.
using PayloadTypes = std::bitset<128>;

// The registered media type (RFC 8866 section 8.2.1) or transport protocol, in its own spelling;
// nothing for a word that is not on the list.
[[nodiscard]] std::optional<std::string_view> known_media(std::string_view media);
[[nodiscard]] std::optional<std::string_view> known_protocol(std::string_view protocol);
// A format of non-RTP media ("t38"); "*" for a word that is not on the list.
[[nodiscard]] std::string_view known_format(std::string_view format);

// A b= value with a registered modifier, printed anew; nothing when it may not cross.
[[nodiscard]] std::optional<std::string> pass_bandwidth(std::string_view value);

// The value of a=fmtp, with parameters removed that are not codec parameters; nothing when none is
// left or when the payload type is not in `types`.
[[nodiscard]] std::optional<std::string> pass_fmtp(std::string_view value,
                                                   const PayloadTypes& types);

// The value of any other media-level a= line (direction, rtpmap, rtcp and rtcp-mux are not its
// business: those are written anew); nothing when it may not cross.
[[nodiscard]] std::optional<std::string> pass_attribute(const Line& line,
                                                        const PayloadTypes& types);

}  // namespace portcullis::sdp
