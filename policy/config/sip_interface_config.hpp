// SPDX-License-Identifier: BSD-2-Clause
// SipInterfaceConfig: an address and port where SIP is received and sent from, in one realm.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/config/object_type.hpp"
#include "policy/config/websocket_config.hpp"

namespace portcullis::config {

struct SipInterfaceConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string realm{};
    IpAddress address{};
    std::uint16_t port = 5060;
    std::vector<TransportKind> transports{TransportKind::Udp, TransportKind::Tcp};

    std::string tls_profile{};  // for tls and wss
    WebsocketConfig websocket{};
    std::chrono::seconds keepalive{0};       // between pings on connections we opened; 0: none
    std::chrono::seconds idle_timeout{600};  // a connection without traffic is closed

    [[nodiscard]] Endpoint endpoint() const { return {address, port}; }
    bool operator==(const SipInterfaceConfig&) const = default;
};

template <>
const ObjectType& object_type<SipInterfaceConfig>();

}  // namespace portcullis::config
