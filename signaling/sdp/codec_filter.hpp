// SPDX-License-Identifier: BSD-2-Clause
// Applies an operator's list of codecs to a description.
#pragma once

#include <string>
#include <vector>

#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// Encoding names are compared without case; "opus" or "opus/48000".
struct CodecRules {
    std::string media = "audio";       // m-lines of this type only
    std::vector<std::string> allow{};  // empty: all
    std::vector<std::string> deny{};
    std::vector<std::string> order{};  // these first, in this order; the others keep theirs
};

// Removes and reorders payload types of active RTP m-lines together with their rtpmap, fmtp and
// rtcp-fb lines. telephone-event, CN and red stay beside a codec of the same clock rate unless
// denied by name. A stream with no codec left gets port 0. Returns how many m-lines lost all.
std::size_t filter_codecs(SessionDescription& session, const CodecRules& rules);

}  // namespace portcullis::sdp
