// SPDX-License-Identifier: BSD-2-Clause
// request_factory: requests within a dialog, from its state (RFC 3261 sections 12.2.1.1, 13.2.2.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signaling/dialog/dialog.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/sip/method.hpp"
#include "signaling/sip/via.hpp"

namespace portcullis::dialog {

// What the dialog does not know.
struct RequestParts {
    sip::Via via;           // sent-by, transport, a fresh branch, rport
    std::string contact{};  // header value, "<sip:198.18.0.1:5060>"; empty: none (BYE, ACK)
    std::vector<std::pair<std::string, std::string>> headers{};  // name, value; in order
    std::string content_type{};                                  // with a body only
    std::string body{};
    std::uint32_t max_forwards = 70;
};

// A request with the next local CSeq number, From and To with tags, Call-ID, and Request-URI and
// Route by 12.2.1.1: loose routing when the first route has lr, else the first route moves into the
// Request-URI and the remote target to the end of Route.
[[nodiscard]] sip::MessagePtr make_request(Dialog& dialog, sip::Method method,
                                           const RequestParts& parts);
// For a method the tables do not know.
[[nodiscard]] sip::MessagePtr make_request(Dialog& dialog, std::string_view method,
                                           const RequestParts& parts);

// The ACK for a 2xx to the INVITE with CSeq number `invite_cseq`; takes no number. Without it, of
// the newest INVITE.
[[nodiscard]] sip::MessagePtr make_ack(const Dialog& dialog, const RequestParts& parts,
                                       std::optional<std::uint32_t> invite_cseq = std::nullopt);

}  // namespace portcullis::dialog
