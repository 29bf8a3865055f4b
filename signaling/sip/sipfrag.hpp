// SPDX-License-Identifier: BSD-2-Clause
// SipFrag: the status line of a message/sipfrag body (RFC 3420), as a NOTIFY of `refer` carries it.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace portcullis::sip {

// `reason` is a VIEW of the parsed body.
struct SipFrag {
    int status = 0;  // 100..699
    std::string_view reason;

    [[nodiscard]] bool is_final() const { return status >= 200; }
};

// The body begins with a status line (RFC 3515 section 2.4.4); what follows is not read. Deployed
// senders leave its line end out or write a bare LF. Fails with MalformedBody.
[[nodiscard]] Result<SipFrag> parse_sipfrag(std::string_view body);
// A temporary would leave the view dangling.
template <std::same_as<std::string> Temporary>
Result<SipFrag> parse_sipfrag(Temporary&& body) = delete;

// "SIP/2.0 180 Ringing" and CRLF; an empty reason gives the default phrase.
[[nodiscard]] std::string print_sipfrag(int status, std::string_view reason = {});

}  // namespace portcullis::sip
