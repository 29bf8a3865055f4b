// SPDX-License-Identifier: BSD-2-Clause
// GatewayUri: where a gateway is reached: a SIP URI whose host is an address (RFC 3261 19.1).
#pragma once

#include <string>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::config {

struct GatewayUri {
    Endpoint endpoint;  // the transport's default port when the URI names none
    TransportKind transport = TransportKind::Udp;

    // "sip:198.18.0.2:5060;transport=udp": always with port and transport.
    [[nodiscard]] std::string text() const;
    bool operator==(const GatewayUri&) const = default;
};

}  // namespace portcullis::config
