// SPDX-License-Identifier: BSD-2-Clause
// TransportLayer: the SIP sockets of one shard (RFC 3261 section 18), UDP and TCP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "signaling/shard/shard_router.hpp"
#include "signaling/transport/counters.hpp"
#include "signaling/transport/interface_spec.hpp"
#include "signaling/transport/transport.hpp"
#include "signaling/transport/transport_handlers.hpp"
#include "signaling/transport/transport_limits.hpp"

namespace portcullis::transport {

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
    // first, removed ones drain (their sockets still send and receive for drain_time and as long
    // as is_in_use says; new connections are no longer accepted, and find_interface() no longer
    // knows them). All or nothing: when a bind fails, nothing changes and
    // the error names address, port and remedy in one line; with Retry, and for what is missing
    // already, the rest is bound and this tried again every second. Shard 0 also refuses an address
    // that a foreign process has bound, so configure it before the other shards.
    [[nodiscard]] Status configure(std::vector<InterfaceSpec> interfaces,
                                   Unbindable unbindable = Unbindable::Refuse);
    // Configured listeners that wait for their address.
    [[nodiscard]] std::size_t missing_listeners() const;

    // Tests whether configure() would succeed, changing nothing; for Prepare, on shard 0.
    [[nodiscard]] Status try_bind(const std::vector<InterfaceSpec>& interfaces) const;

    FlowId send(const Destination& destination, sip::MessagePtr message,
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
