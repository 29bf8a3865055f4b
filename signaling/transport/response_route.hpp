// SPDX-License-Identifier: BSD-2-Clause
// response_route: where a response goes, from its request's top Via and source (RFC 3261 section
// 18.2, RFC 3581 section 4).
#pragma once

#include <optional>

#include "signaling/sip/message.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::transport {

struct ResponseRoute {
    Destination first;
    // Reliable transports only: the connection to open when the request's own is gone (18.2.2).
    std::optional<Destination> fallback;
};

// `request` came from `source`. Over UDP the address is always the one the request came from: a
// maddr parameter is not followed, since it would let anyone aim our answers at a third party.
[[nodiscard]] ResponseRoute route_response(const sip::Message& request, const Source& source);

// `response` with `received` and `rport` of its top Via set as 18.2.1 and RFC 3581 section 4 ask,
// for a request that came from `source`. The response itself when nothing is to be set.
[[nodiscard]] sip::MessagePtr stamp_via(sip::MessagePtr response, const Source& source);

}  // namespace portcullis::transport
