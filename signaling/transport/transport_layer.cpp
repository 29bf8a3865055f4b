// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/transport_layer.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "signaling/transport/transport_impl.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;

void TransportLayer::Impl::refuse_send(SendHandler on_failure, Drop drop, Errc code,
                                       std::string detail) {
    counters_.count(drop);
    refuse_send(std::move(on_failure), Error{make_error_code(code), std::move(detail)});
}

void TransportLayer::Impl::refuse_send(SendHandler on_failure, Error error) {
    if (!on_failure) return;
    // Never from inside send().
    asio::post(io_, [weak = weak_from_this(), on_failure = std::move(on_failure),
                     error = std::move(error)] {
        if (!weak.expired()) on_failure(error);
    });
}

// The same handler for the use of another shard's thread.
SendHandler TransportLayer::Impl::come_back(SendHandler on_failure) {
    if (!on_failure) return {};
    return [executor = io_.get_executor(), weak = weak_from_this(),
            on_failure = std::move(on_failure)](const Error& error) {
        asio::post(executor, [weak, on_failure, error] {
            if (!weak.expired()) on_failure(error);
        });
    };
}

void TransportLayer::Impl::record_sent(const sip::MessagePtr& message, const Endpoint& local,
                                       const Endpoint& remote, TransportKind kind) {
    count_message(counters_.sent, *message);
    if (handlers_.on_wire) {
        handlers_.on_wire({Direction::Sent, message, kind, local, remote});
    }
}

FlowId TransportLayer::Impl::send(const Destination& to, sip::MessagePtr message,
                                  SendHandler on_failure) {
    if (to.transport == TransportKind::Udp) {
        send_datagram(to, std::move(message), std::move(on_failure));
    } else if (to.flow && to.flow.shard != shard_.value && handlers_.post_send) {
        handlers_.post_send(ShardId{to.flow.shard}, to, std::move(message),
                            come_back(std::move(on_failure)));
        return to.flow;
    } else {
        return send_on_stream(to, std::move(message), std::move(on_failure));
    }
    return {};
}

void TransportLayer::Impl::send_datagram(const Destination& to, sip::MessagePtr message,
                                         SendHandler on_failure) {
    UdpSocket* const socket = interfaces_.find_udp(to.interface);
    if (socket == nullptr) {
        return refuse_send(std::move(on_failure), Drop::NoInterface, Errc::UnknownInterface,
                           to.interface + "/udp");
    }
    if (to.remote.port == 0 ||
        to.remote.address.family() != socket->listen().address.address.family()) {
        return refuse_send(std::move(on_failure), Drop::SendFailed, Errc::Unreachable,
                           to.remote.text() + " from interface " + to.interface);
    }
    record_sent(message, socket->listen().address, to.remote, TransportKind::Udp);
    counters_.bytes_sent += message->bytes().size();
    socket->send(to.remote, std::move(message), std::move(on_failure));
}

TransportLayer::TransportLayer(asio::io_context& io, ShardId shard,
                               const shard::ShardRouter& router, TransportLimits limits,
                               TransportHandlers handlers)
    : impl_(std::make_shared<Impl>(io, shard, router, limits, std::move(handlers))) {}

TransportLayer::~TransportLayer() { impl_->shut_down(); }

Status TransportLayer::configure(std::vector<InterfaceSpec> interfaces, Unbindable unbindable) {
    const auto done = impl_->interfaces_.configure(std::move(interfaces), unbindable);
    if (done) impl_->settle_flows();
    return done;
}

std::size_t TransportLayer::missing_listeners() const { return impl_->interfaces_.missing(); }

Status TransportLayer::try_bind(const std::vector<InterfaceSpec>& interfaces) const {
    return impl_->interfaces_.try_bind(interfaces);
}

FlowId TransportLayer::send(const Destination& destination, sip::MessagePtr message,
                            SendHandler on_failure) {
    return impl_->send(destination, std::move(message), std::move(on_failure));
}

void TransportLayer::receive_raw(std::string raw, const Source& source) {
    impl_->ingress_.receive_own(std::move(raw), source);
}

const InterfaceSpec* TransportLayer::find_interface(std::string_view name) const {
    return impl_->interfaces_.find(name);
}

bool TransportLayer::is_alive(FlowId flow) const { return impl_->flows_.find(flow) != nullptr; }

void TransportLayer::close_flow(FlowId flow) {
    if (auto* const connection = impl_->flows_.find(flow)) {
        const auto keep = connection->shared_from_this();
        keep->close(Error{make_error_code(Errc::Closed), "closed on request"});
    }
}

const Counters& TransportLayer::counters() const { return impl_->counters_; }

std::size_t TransportLayer::connection_count() const { return impl_->flows_.size(); }

}  // namespace portcullis::transport
