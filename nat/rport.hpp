// SPDX-License-Identifier: BSD-2-Clause
// received and rport of a request's topmost Via, and where its responses go (RFC 3581, RFC 3261
// section 18.2).
#pragma once

#include <cstdint>
#include <optional>

#include "common/net/endpoint.hpp"

namespace portcullis::nat {

struct ViaFacts {
    Endpoint source;                    // of the datagram or connection
    std::optional<IpAddress> via_host;  // sent-by when an address; empty for a name
    std::uint16_t via_port = 0;         // 0: absent
    bool has_rport = false;             // the parameter is present (without a value)
    std::uint16_t default_port = 5060;  // of the transport
};

struct ViaFix {
    std::optional<IpAddress> received;   // value to add, when it must be there
    std::optional<std::uint16_t> rport;  // value to fill in
    // Unreliable transports: where responses are sent. Connections answer on themselves.
    Endpoint response_target;
    bool operator==(const ViaFix&) const = default;
};

[[nodiscard]] ViaFix fix_via(const ViaFacts& facts);

}  // namespace portcullis::nat
