// SPDX-License-Identifier: BSD-2-Clause
// TransportLayer: the SIP sockets of one shard (RFC 3261 section 18), UDP and TCP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "signaling/shard/shard_router.hpp"
#include "signaling/transport/counters.hpp"
#include "signaling/transport/transport.hpp"

namespace portcullis::transport {

// One sip_interface: an address and the transports listened on there.
struct InterfaceSpec {
    std::string name;
    Endpoint address;
    std::set<TransportKind> transports;

    bool operator==(const InterfaceSpec&) const = default;
};

struct TransportLimits {
    Milliseconds header_timeout{10'000};  // for one message to become complete on a stream
    Milliseconds idle_timeout{120'000};   // a connection without traffic
    Milliseconds connect_timeout{4'000};
    Milliseconds drain_time{32'000};               // a removed interface keeps answering for 64*T1
    std::size_t max_outbox = 512U << 10;           // bytes queued on one connection
    std::size_t max_connections = 20'000;          // per shard, accepted and opened
    std::size_t max_connections_per_source = 256;  // accepted, per remote address
};

enum class Direction : std::uint8_t { Received, Sent };

// One message as it crossed the wire, retransmissions and the layers' own answers included.
struct WireEvent {
    Direction direction;
    sip::MessagePtr message;
    TransportKind transport;
    Endpoint local;
    Endpoint remote;
    std::string_view interface;  // valid during the call
};

// Called on the shard's thread. on_message must be set; the rest may be empty.
struct TransportHandlers {
    // A well-formed message that this shard owns.
    std::function<void(sip::MessagePtr, const Source&)> on_message;
    // Nothing can be sent there just now: ICMP unreachable, connection refused, reset or lost with
    // messages outstanding. Feed it to TransactionLayer::fail_destination.
    std::function<void(const Endpoint& remote, TransportKind, const Error&)> on_destination_failed;
    // A connection is gone; its FlowId is dead from now on.
    std::function<void(FlowId, const Source&)> on_flow_closed;
    // Bytes of one whole message that another shard owns: hand them to its receive_raw().
    std::function<void(ShardId, std::string raw, Source)> post_to_shard;
    // A message for a flow of another shard: hand it to that shard's send().
    std::function<void(ShardId, Destination, sip::MessagePtr)> post_send;
    // Inbound guard, asked before anything is parsed: false drops the bytes silently (a stream is
    // closed).
    std::function<bool(const Endpoint& remote, std::size_t size)> admit;
    // Sees every message received and sent.
    std::function<void(const WireEvent&)> on_wire;
};

// One per shard; lives on the shard's io_context and is used from its thread only. Destroying it
// closes every socket without further callbacks.
//
// Malformed requests are answered statelessly here (RFC 3261 section 16.3 item 1, 21.4.1) when that
// is safe, with the received and rport parameters of RFC 3581 filled in; malformed responses and
// garbage are counted and dropped.
class TransportLayer final : public Transport {
 public:
    // `router` must outlive the layer.
    TransportLayer(boost::asio::io_context& io, ShardId shard, const shard::ShardRouter& router,
                   TransportLimits limits, TransportHandlers handlers);
    ~TransportLayer() override;
    TransportLayer(const TransportLayer&) = delete;
    TransportLayer& operator=(const TransportLayer&) = delete;

    // Makes the listeners equal to `interfaces`: unchanged ones are not touched, new ones are bound
    // first, removed ones drain (their sockets still send and receive for drain_time; new
    // connections are no longer accepted). All or nothing: when a bind fails, nothing changes and
    // the error names address, port and remedy in one line. Shard 0 also refuses an address that a
    // foreign process has bound, so configure it before the other shards.
    [[nodiscard]] Status configure(std::vector<InterfaceSpec> interfaces);

    // Tests whether configure() would succeed, changing nothing; for Prepare, on shard 0.
    [[nodiscard]] Status try_bind(const std::vector<InterfaceSpec>& interfaces) const;

    void send(const Destination& destination, sip::MessagePtr message,
              SendHandler on_failure) override;

    // A message that another shard received for this one.
    void receive_raw(std::string raw, const Source& source);

    // The configured interface of that name, or nullptr; invalid after the next configure().
    [[nodiscard]] const InterfaceSpec* find_interface(std::string_view name) const;

    [[nodiscard]] bool is_alive(FlowId flow) const;
    void close_flow(FlowId flow);

    [[nodiscard]] const Counters& counters() const;
    [[nodiscard]] std::size_t connection_count() const;

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace portcullis::transport
