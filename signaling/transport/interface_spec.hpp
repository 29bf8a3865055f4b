// SPDX-License-Identifier: BSD-2-Clause
// InterfaceSpec: one sip_interface of the configuration, as the transport layer needs it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "common/base/clock.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "signaling/transport/tls_profile.hpp"
#include "signaling/transport/websocket_handshake.hpp"

namespace portcullis::transport {

// An address and the transports listened on there.
struct InterfaceSpec {
    std::string name;
    Endpoint address;
    std::set<TransportKind> transports;
    TlsProfilePtr tls{};           // for tls and wss
    WebsocketRules websocket{};    // for ws and wss; connections that we open ask for its path
    Milliseconds keepalive{0};     // between pings on connections that we opened; 0: none
    Milliseconds idle_timeout{0};  // of connections without traffic; 0: that of the limits

    bool operator==(const InterfaceSpec&) const = default;
};

// What becomes of an address that cannot be bound: a new configuration is refused for it; one that
// ran before runs again with what there is, and the rest is tried every second.
enum class Unbindable : std::uint8_t { Refuse, Retry };

}  // namespace portcullis::transport
