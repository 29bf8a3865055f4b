// SPDX-License-Identifier: BSD-2-Clause
// TransportLayer::Impl: the inside of the transport layer: the user of all its sockets.
#pragma once

#include <memory>
#include <vector>

#include "signaling/transport/errc.hpp"
#include "signaling/transport/flow_table.hpp"
#include "signaling/transport/handshake_gate.hpp"
#include "signaling/transport/ingress.hpp"
#include "signaling/transport/interface_set.hpp"
#include "signaling/transport/transport_layer.hpp"

namespace portcullis::transport {

// The users of all sockets. Held by shared_ptr so that what it posts can see whether it is gone.
class TransportLayer::Impl final : public UdpSocketUser,
                                   public ConnectionUser,
                                   public std::enable_shared_from_this<Impl> {
 public:
    Impl(boost::asio::io_context& io, ShardId shard, const shard::ShardRouter& router,
         TransportLimits limits, TransportHandlers handlers)
        : io_(io),
          shard_(shard),
          limits_(limits),
          handlers_(std::move(handlers)),
          flows_(shard.value),
          gate_(limits.max_handshakes, limits.max_handshakes_per_source),
          ingress_(
              shard, router, handlers_, counters_,
              [this](const Destination& to, sip::MessagePtr answer) {
                  send(to, std::move(answer), {});
              },
              [this](const Source& source, std::uint16_t port) {
                  flows_.add_alias(source.flow, {source.remote.address, port});
              }),
          interfaces_(io, shard.value == 0,
                      {batch_, *this,
                       [this](boost::asio::ip::tcp::socket socket, const ListenAddress& listen) {
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
    void on_opened(Connection& connection) override;
    void on_handshake_failed(Connection& connection, TlsFailure failure,
                             const std::string& reason) override;
    [[nodiscard]] bool offload(const std::function<void()>& job) override {
        if (handlers_.offload) handlers_.offload(job);
        return static_cast<bool>(handlers_.offload);
    }
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
    void on_accept(boost::asio::ip::tcp::socket socket, const ListenAddress& listen);
    // Why a connection is not taken: counted already.
    [[nodiscard]] bool is_welcome(const ListenAddress& listen, const Endpoint& remote);
    [[nodiscard]] TlsTermsPtr terms_for(const Destination& to) const;
    // An open connection that may carry messages to there.
    [[nodiscard]] std::shared_ptr<Connection> find_connection(const Destination& to,
                                                              const TlsTerms* terms) const;
    [[nodiscard]] Result<std::shared_ptr<Connection>> open_connection(const Destination& to,
                                                                      const TlsTerms* terms);
    void send_datagram(const Destination& to, sip::MessagePtr message, SendHandler on_failure);
    [[nodiscard]] FlowId send_on_stream(const Destination& to, sip::MessagePtr message,
                                        SendHandler on_failure);
    void record_sent(const sip::MessagePtr& message, const Endpoint& local, const Endpoint& remote,
                     TransportKind kind);
    void refuse_send(SendHandler on_failure, Drop drop, Errc code, std::string detail);
    void refuse_send(SendHandler on_failure, Error error);
    void count_tls_failure(TlsFailure failure);
    [[nodiscard]] SendHandler come_back(SendHandler on_failure);

    boost::asio::io_context& io_;
    ShardId shard_;
    TransportLimits limits_;
    TransportHandlers handlers_;
    Counters counters_;
    DatagramBatch batch_;
    std::vector<char> scratch_ = std::vector<char>(64U << 10);
    FlowTable flows_;
    HandshakeGate gate_;  // of accepted connections
    Ingress ingress_;
    InterfaceSet interfaces_;
};

}  // namespace portcullis::transport
