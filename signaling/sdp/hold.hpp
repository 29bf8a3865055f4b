// SPDX-License-Identifier: BSD-2-Clause
// hold: descriptions of a party that is held, for somebody new who is not to know.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::sdp {

// The description with every direction that is not sendrecv made so (RFC 3264 section 8.4): what a
// party that was put on hold would have offered without it.
[[nodiscard]] std::string without_hold(std::string_view description);

}  // namespace portcullis::sdp
