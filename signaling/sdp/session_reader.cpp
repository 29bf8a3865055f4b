// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/session_reader.hpp"

#include <functional>

namespace portcullis::sdp {
namespace {

// Bounds what is kept to some hundred KB; larger descriptions are rare and read each time.
constexpr std::size_t kMaxKept = 4096;

}  // namespace

SharedSession SessionReader::read(std::string_view body) {
    if (body.empty() || body.size() > kMaxKept) return parse_session(body);
    auto& known = known_[std::hash<std::string_view>{}(body) % known_.size()];
    if (known.body != body) known = {std::string(body), parse_session(body)};
    return known.session;
}

}  // namespace portcullis::sdp
