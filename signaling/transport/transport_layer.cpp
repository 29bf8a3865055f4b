// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/transport_layer.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "common/base/log.hpp"
#include "signaling/transport/errc.hpp"
#include "signaling/transport/flow_table.hpp"
#include "signaling/transport/ingress.hpp"
#include "signaling/transport/interface_set.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;
using asio::ip::tcp;

// The users of all sockets. Held by shared_ptr so that what it posts can see whether it is gone.
class TransportLayer::Impl final : public UdpSocketUser,
                                   public ConnectionUser,
                                   public std::enable_shared_from_this<Impl> {
 public:
    Impl(asio::io_context& io, ShardId shard, const shard::ShardRouter& router,
         TransportLimits limits, TransportHandlers handlers)
        : io_(io),
          shard_(shard),
          limits_(limits),
          handlers_(std::move(handlers)),
          flows_(shard.value),
          ingress_(shard, router, handlers_, counters_,
                   [this](const Destination& to, sip::MessagePtr answer) {
                       send(to, std::move(answer), {});
                   }),
          interfaces_(io, shard.value == 0,
                      {batch_, *this,
                       [this](tcp::socket socket, const ListenAddress& listen) {
                           on_accept(std::move(socket), listen);
                       },
                       handlers_.is_in_use, [this] { settle_flows(); }, limits.drain_time}) {}

    void shut_down() {
        interfaces_.close();
        for (const auto& connection : flows_.all()) connection->detach();
    }

    FlowId send(const Destination& to, sip::MessagePtr message, SendHandler on_failure);

    // UdpSocketUser
    void on_datagram(UdpSocket& socket, std::string_view bytes, const Endpoint& from) override {
        ingress_.receive_datagram(
            bytes,
            Source{
                {}, TransportKind::Udp, socket.listen().address, from, socket.listen().interface});
    }
    void on_unreachable(UdpSocket& /*socket*/, const Endpoint& remote,
                        const Error& error) override {
        if (handlers_.on_destination_failed) {
            handlers_.on_destination_failed(remote, TransportKind::Udp, error);
        }
    }
    void on_send_dropped(bool buffer_full) override {
        counters_.count(buffer_full ? Drop::SocketBufferFull : Drop::SendFailed);
    }

    // ConnectionUser
    bool on_frame(Connection& connection, std::string bytes) override {
        const Source source = connection.source();
        return ingress_.receive(std::move(bytes), source);
    }
    void on_broken(Connection& connection, std::string header, sip::Errc error) override {
        const Source source = connection.source();
        ingress_.answer_broken(std::move(header), error, source);
    }
    bool on_bytes(Connection& connection, std::size_t size) override {
        counters_.bytes_received += size;
        const Source& source = connection.source();
        if (!handlers_.admit || handlers_.admit(source.interface, source.remote, size)) return true;
        counters_.count(Drop::NotAdmitted);
        return false;
    }
    void on_written(std::size_t size) override { counters_.bytes_sent += size; }
    void on_drop(Drop drop) override { counters_.count(drop); }
    void on_closed(Connection& connection, const Error& reason, bool lost) override;

    // After a change of the listeners: connections follow the address they began at to an interface
    // of another name, and end with the last one there.
    void settle_flows();
    void on_accept(tcp::socket socket, const ListenAddress& listen);
    [[nodiscard]] std::shared_ptr<Connection> open_connection(const Destination& to,
                                                              const Endpoint& local);
    void send_datagram(const Destination& to, sip::MessagePtr message, SendHandler on_failure);
    [[nodiscard]] FlowId send_on_stream(const Destination& to, sip::MessagePtr message,
                                        SendHandler on_failure);
    void record_sent(const sip::MessagePtr& message, const Endpoint& local, const Endpoint& remote,
                     TransportKind kind);
    void refuse_send(SendHandler on_failure, Drop drop, Errc code, std::string detail);
    [[nodiscard]] SendHandler come_back(SendHandler on_failure);

    asio::io_context& io_;
    ShardId shard_;
    TransportLimits limits_;
    TransportHandlers handlers_;
    Counters counters_;
    DatagramBatch batch_;
    std::vector<char> scratch_ = std::vector<char>(64U << 10);
    FlowTable flows_;
    Ingress ingress_;
    InterfaceSet interfaces_;
};

void TransportLayer::Impl::refuse_send(SendHandler on_failure, Drop drop, Errc code,
                                       std::string detail) {
    counters_.count(drop);
    if (!on_failure) return;
    // Never from inside send().
    asio::post(io_, [weak = weak_from_this(), on_failure = std::move(on_failure),
                     error = Error{make_error_code(code), std::move(detail)}] {
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
    } else if (to.transport != TransportKind::Tcp) {
        refuse_send(std::move(on_failure), Drop::SendFailed, Errc::UnsupportedTransport,
                    std::string(describe(to.transport).param));
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

FlowId TransportLayer::Impl::send_on_stream(const Destination& to, sip::MessagePtr message,
                                            SendHandler on_failure) {
    std::shared_ptr<Connection> connection;
    if (auto* const found = flows_.find(to.flow)) connection = found->shared_from_this();
    if (!connection) {
        if (to.remote.port == 0) {
            refuse_send(std::move(on_failure), Drop::SendFailed, Errc::FlowGone,
                        to.remote.text() + "/tcp");
            return {};
        }
        if (auto* const pooled = flows_.find(to.interface, to.remote)) {
            connection = pooled->shared_from_this();
        }
    }
    if (!connection) {
        const Endpoint* const local = interfaces_.find_address(to.interface, to.transport);
        if (local == nullptr) {
            refuse_send(std::move(on_failure), Drop::NoInterface, Errc::UnknownInterface,
                        to.interface + "/tcp");
            return {};
        }
        if (flows_.size() >= limits_.max_connections) {
            refuse_send(std::move(on_failure), Drop::ConnectionCap, Errc::TooManyConnections,
                        to.remote.text());
            return {};
        }
        connection = open_connection(to, *local);
    }
    record_sent(message, connection->source().local, connection->source().remote,
                TransportKind::Tcp);
    connection->send(std::move(message), std::move(on_failure));
    return connection->source().flow;
}

std::shared_ptr<Connection> TransportLayer::Impl::open_connection(const Destination& to,
                                                                  const Endpoint& local) {
    ++counters_.connections_opened;
    auto connection = std::make_shared<Connection>(
        tcp::socket(io_), Source{{}, to.transport, local, to.remote, to.interface}, true, limits_,
        scratch_, *this);
    flows_.insert(connection);
    connection->connect(local);
    return connection;
}

void TransportLayer::Impl::settle_flows() {
    for (const auto& connection : flows_.all()) {
        const auto* const owner = interfaces_.tcp_owner(connection->listen_address());
        if (owner == nullptr) {
            connection->close(Error{make_error_code(Errc::Closed), "its interface was removed"});
        } else if (*owner != connection->source().interface) {
            flows_.relabel(*connection, *owner);
        }
    }
}

void TransportLayer::Impl::on_accept(tcp::socket socket, const ListenAddress& listen) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;  // reset before we looked
    sockaddr_storage storage{};
    std::memcpy(&storage, peer.data(), peer.size());
    const auto remote = from_sockaddr(storage);
    if (!remote) return;
    // Over a limit the connection is taken and closed at once: left in the backlog it would block
    // everyone behind it.
    if (flows_.size() >= limits_.max_connections ||
        flows_.accepted_from(remote->address) >= limits_.max_connections_per_source) {
        counters_.count(Drop::ConnectionCap);
        return;
    }
    if (handlers_.admit && !handlers_.admit(listen.interface, *remote, 0)) {
        counters_.count(Drop::NotAdmitted);
        return;
    }
    ++counters_.connections_accepted;
    const auto connection = std::make_shared<Connection>(
        std::move(socket), Source{{}, listen.kind, listen.address, *remote, listen.interface},
        false, limits_, scratch_, *this);
    flows_.insert(connection);
    connection->start();
}

void TransportLayer::Impl::on_closed(Connection& connection, const Error& reason, bool lost) {
    ++counters_.connections_closed;
    const Source source = connection.source();
    flows_.erase(connection);
    log::component("transport")
        .debug("connection_closed remote={} reason=\"{}\"", source.remote.text(), reason.text());
    if (handlers_.on_flow_closed) handlers_.on_flow_closed(source.flow, source);
    if (lost && handlers_.on_flow_lost) handlers_.on_flow_lost(source.flow);
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
