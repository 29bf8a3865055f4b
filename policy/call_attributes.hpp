// SPDX-License-Identifier: BSD-2-Clause
// CallAttributes: what is known about a new call when decide() is asked: values, no SIP types.
#pragma once

#include <cstdint>
#include <string>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::policy {

struct CallAttributes {
    std::string realm{};      // ingress, of the interface the INVITE came in on
    std::string interface{};  // ingress sip interface
    std::string trunk{};      // ingress, as classify() found it
    Endpoint source{};
    TransportKind transport = TransportKind::Udp;
    std::string called{};        // user part of the Request-URI, unescaped, without parameters
    std::string calling{};       // user part of From; empty: anonymous
    std::string request_host{};  // host of the Request-URI
    std::string from_host{};     // host of From
    std::uint64_t entropy = 0;  // chooses among equal gateways: random per call, fixed in a dry run
};

}  // namespace portcullis::policy
