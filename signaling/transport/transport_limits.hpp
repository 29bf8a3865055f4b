// SPDX-License-Identifier: BSD-2-Clause
// TransportLimits: times and bounds of the transport layer.
#pragma once

#include <cstddef>

#include "common/base/clock.hpp"

namespace portcullis::transport {

struct TransportLimits {
    Milliseconds header_timeout{10'000};    // for one message to become complete on a stream
    Milliseconds idle_timeout{120'000};     // a connection without traffic
    Milliseconds unproven_timeout{30'000};  // an accepted connection without one good message yet
    Milliseconds connect_timeout{4'000};
    Milliseconds handshake_timeout{10'000};  // TLS and WebSocket
    Milliseconds pong_timeout{10'000};       // RFC 5626 section 4.4.1
    Milliseconds peer_timeout{20'000};  // sent bytes unacknowledged by the peer's kernel, or probes
    Milliseconds drain_time{32'000};    // a removed interface keeps its sockets at least for 64*T1
    std::size_t max_outbox = 512U << 10;   // bytes queued on one connection, and their keeping
    std::size_t max_connections = 20'000;  // per shard: of accepted ones, and again of ours
    std::size_t max_connections_per_source = 256;  // accepted, per site: IPv4 address, IPv6 /64
    std::size_t max_handshakes = 1'024;            // of accepted connections, at once, per shard
    std::size_t max_handshakes_per_source = 64;
};

}  // namespace portcullis::transport
