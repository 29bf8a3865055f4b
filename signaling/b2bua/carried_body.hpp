// SPDX-License-Identifier: BSD-2-Clause
// carried_body: the body of a message that crosses: its description written anew, other parts of a
// multipart as they are where policy lets them pass (RFC 5621).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

struct SdpBody {
    std::string text;
    int error = 0;  // 415 for a body of another type
};
// The description in a message, alone or in a multipart; empty without one.
[[nodiscard]] SdpBody sdp_body(const sip::Message& message);

// "application/isup", "application/*"
using PartTypes = std::vector<std::string>;

struct CarriedBody {
    std::string content_type;
    std::string text;
};
// `sdp`, with the parts of `original`'s multipart that may pass; empty if nothing is left.
[[nodiscard]] CarriedBody carried_body(const sip::Message* original, const std::string& sdp,
                                       const PartTypes& passed);
// Whether a part that must be understood (handling=required) would be left behind: 415.
[[nodiscard]] bool loses_required_part(const sip::Message& message, const PartTypes& passed);

}  // namespace portcullis::b2bua
