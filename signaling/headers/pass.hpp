// SPDX-License-Identifier: BSD-2-Clause
// pass(): the header fields of a message that go on to the other side, in the form they go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/headers/header_list.hpp"
#include "signaling/headers/pass_context.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::headers {

// A walk over the pass-list (pass_table.hpp), then over what the receiver's `pass_headers` name.
// The kind of message is read from the message. Pure but for `context.changes`; values hold no
// control byte, and no host of the sender's unless a setting lets a field through as it is.
[[nodiscard]] HeaderList pass(const sip::Message& message, const PassContext& context);

// Of a message that ends something only why (RFC 3326), in the form that the receiver is told.
[[nodiscard]] HeaderList pass_reason_only(const sip::Message& message, const PassContext& context);

// The final response an INVITE or other first request is refused with before anything of it is sent
// on, because it asks for privacy that cannot be given (RFC 3323 section 5).
struct Refusal {
    int code = 500;
    std::string_view reason;
};
[[nodiscard]] std::optional<Refusal> refuse(const sip::Message& request);

// `value` (a name-addr) with `domain` as its host and without any parameter but those named in
// `keep`, whose values must be tokens. Empty when the value is no SIP or tel URI.
[[nodiscard]] std::string rehost(std::string_view value, std::string_view domain,
                                 const std::vector<std::string_view>& keep = {});

}  // namespace portcullis::headers
