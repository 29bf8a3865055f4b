// SPDX-License-Identifier: BSD-2-Clause
// client_requests: the ACK and CANCEL that belong to an INVITE we sent (RFC 3261 17.1.1.3, 9.1).
#pragma once

#include <vector>

#include "signaling/sip/message.hpp"
#include "signaling/transaction/transaction_layer.hpp"

namespace portcullis::transaction {

// The ACK for `response`, 300-699 to `invite`: same Request-URI, Call-ID, From, top Via and Route,
// the CSeq number of the INVITE and the To of the response (17.1.1.3).
[[nodiscard]] sip::MessagePtr make_failure_ack(const sip::Message& invite,
                                               const sip::Message& response);

// The CANCEL of `invite`: same Request-URI, Call-ID, To, From, CSeq number, top Via and Route
// (9.1).
[[nodiscard]] sip::MessagePtr make_cancel(const sip::Message& invite,
                                          const std::vector<ExtraHeader>& extra);

// `request` with another transport in its top Via (18.1.1); nullptr if it cannot be told there.
[[nodiscard]] sip::MessagePtr with_via_transport(const sip::Message& request,
                                                 TransportKind transport);

}  // namespace portcullis::transaction
