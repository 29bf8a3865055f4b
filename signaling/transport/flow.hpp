// SPDX-License-Identifier: BSD-2-Clause
// Flow, Source and Destination: where a message came from and how one gets to its peer.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "signaling/transport/tls_peer.hpp"

namespace portcullis::transport {

// One connection of one shard. The default is no flow (UDP, or a new connection). An index is
// reused with another generation, so a stale id finds nothing.
struct FlowId {
    std::uint16_t shard = 0;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;  // 0: none

    auto operator<=>(const FlowId&) const = default;
    [[nodiscard]] explicit operator bool() const { return generation != 0; }
};

// Where a message came from.
struct Source {
    FlowId flow;
    TransportKind transport = TransportKind::Udp;
    Endpoint local;
    Endpoint remote;
    std::string interface;  // name of the sip_interface it arrived on
    // Over TLS: what the peer's verified certificate says; nullptr without one.
    std::shared_ptr<const TlsPeer> tls{};

    bool operator==(const Source&) const = default;
};

// Where a message goes. `flow`, if set and alive, wins; else a datagram, or the pooled or a new
// connection from `interface` to `remote`. With a remote port of 0 no connection is opened: the
// flow or nothing.
struct Destination {
    std::string interface;
    TransportKind transport = TransportKind::Udp;
    Endpoint remote;
    FlowId flow;
    // Over TLS and WebSocket: the host that was meant by the address, which the peer's certificate
    // must name (RFC 5922). Empty: the address itself.
    std::string server_name{};
    Milliseconds connect_timeout{0};  // for a new connection; 0: the transport layer's
    std::string trunk{};  // whose TLS terms hold; empty: those of the gateway at that address

    bool operator==(const Destination&) const = default;
};

// Back to where `source` sent from, on the same flow.
[[nodiscard]] inline Destination reply_to(const Source& source) {
    return {source.interface, source.transport, source.remote, source.flow};
}

}  // namespace portcullis::transport

template <>
struct std::hash<portcullis::transport::FlowId> {
    std::size_t operator()(const portcullis::transport::FlowId& flow) const noexcept {
        return (std::size_t{flow.generation} << 32U) ^ (std::size_t{flow.shard} << 48U) ^
               flow.index;
    }
};
