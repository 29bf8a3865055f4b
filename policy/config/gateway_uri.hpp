// SPDX-License-Identifier: BSD-2-Clause
// GatewayUri: where a gateway is reached: a SIP URI with an address or a host name (RFC 3261 19.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::config {

// With an address everything is known: `endpoint` and `transport` have their defaults filled in.
// With a host name, RFC 3263 finds addresses, and what the URI left out: `endpoint` is unspecified.
struct GatewayUri {
    Endpoint endpoint{};
    TransportKind transport = TransportKind::Udp;
    std::string name{};                   // the host name in lower case; empty: an address
    std::optional<std::uint16_t> port{};  // as written, of a name
    std::optional<TransportKind> named_transport{};  // as written, of a name
    bool secure = false;                             // sips:

    [[nodiscard]] bool is_name() const { return !name.empty(); }
    // "sip:198.18.0.2:5060;transport=udp": an address always with port and transport, a name with
    // those that were written.
    [[nodiscard]] std::string text() const;
    bool operator==(const GatewayUri&) const = default;
};

}  // namespace portcullis::config
