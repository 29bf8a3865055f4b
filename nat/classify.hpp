// SPDX-License-Identifier: BSD-2-Clause
// Decides whether the sender of a SIP request is behind NAT, and from which evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/net/endpoint.hpp"

namespace portcullis::nat {

// What a request says about itself and where it really came from. Hosts that are names stay empty:
// a name proves nothing.
struct NatFacts {
    Endpoint source;                        // of the datagram or connection
    std::optional<IpAddress> via_host;      // sent-by of the topmost Via, when an address
    std::uint16_t via_port = 0;             // 0: absent, the transport's default
    std::optional<IpAddress> contact_host;  // of the Contact URI, when an address
};

enum class NatReason : std::uint8_t {
    None,
    ViaAddress,     // sent-by is another address than the source (RFC 3261 section 18.2.1)
    PrivateContact  // Contact is a private address, the source is a public one
};

struct NatVerdict {
    bool behind_nat = false;
    NatReason reason = NatReason::None;
    bool operator==(const NatVerdict&) const = default;
};

// A different port alone is no evidence: clients send from ephemeral ports without any NAT.
[[nodiscard]] NatVerdict classify(const NatFacts& facts);

// For logs and the call's story: "via address differs from source".
[[nodiscard]] std::string_view describe(NatReason reason);

}  // namespace portcullis::nat
