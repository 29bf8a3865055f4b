// SPDX-License-Identifier: BSD-2-Clause
// TransportHandlers: what the transport layer of a shard tells and asks its surroundings.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/strong_id.hpp"
#include "signaling/transport/tls_profile.hpp"
#include "signaling/transport/transport.hpp"

namespace portcullis::transport {

enum class Direction : std::uint8_t { Received, Sent };

// One message as it crossed the wire, retransmissions and the layers' own answers included.
struct WireEvent {
    Direction direction;
    sip::MessagePtr message;
    TransportKind transport;
    Endpoint local;
    Endpoint remote;
};

// Called on the shard's thread. on_message must be set; the rest may be empty.
struct TransportHandlers {
    // A well-formed message that this shard owns.
    std::function<void(sip::MessagePtr, const Source&)> on_message;
    // Nothing can be sent there just now: ICMP unreachable. Feed it to
    // TransactionLayer::fail_destination.
    std::function<void(const Endpoint& remote, TransportKind, const Error&)> on_destination_failed;
    // A connection that carried requests ended, and not for being idle: those without answer get
    // none. Feed it to TransactionLayer::fail_flow of every shard.
    std::function<void(FlowId)> on_flow_lost;
    // A connection is gone; its FlowId is dead from now on.
    std::function<void(FlowId, const Source&)> on_flow_closed;
    // Bytes of one whole message that another shard owns: hand them to its receive_raw().
    std::function<void(ShardId, std::string raw, Source)> post_to_shard;
    // A message for a flow of another shard: hand it to that shard's send(), with the handler,
    // which may be called on that shard's thread and comes back by itself.
    std::function<void(ShardId, Destination, sip::MessagePtr, SendHandler)> post_send;
    // Inbound guard, asked for each connection (with size 0) and before anything is parsed: false
    // drops the bytes silently (a connection is closed).
    std::function<bool(std::string_view interface, const Endpoint& remote, std::size_t size)> admit;
    // Whether a malformed request from there is answered. Empty: always.
    std::function<bool(std::string_view interface, const Endpoint& remote)> answers_malformed;
    // Asked every drain_time for a removed interface: true keeps its sockets, for calls that still
    // use it. Empty: never.
    std::function<bool(std::string_view interface)> is_in_use;
    // How a destination over TLS is connected to, and whom it must prove to be. Empty, or nullptr:
    // the interface's profile, and the destination's name.
    std::function<TlsTermsPtr(const Destination&)> tls_terms;
    // Does costly work on another thread. Empty: it is done on the shard's.
    std::function<void(std::function<void()>)> offload;
    // Sees every message received and sent.
    std::function<void(const WireEvent&)> on_wire;
};

}  // namespace portcullis::transport
