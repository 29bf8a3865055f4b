// SPDX-License-Identifier: BSD-2-Clause
// The transport layer's connections: accepted, opened, found again, ended (RFC 3261 section 18).
#include <cstring>
#include <utility>

#include "common/base/log.hpp"
#include "signaling/transport/sockaddr.hpp"
#include "signaling/transport/stream_factory.hpp"
#include "signaling/transport/transport_impl.hpp"

namespace portcullis::transport {

using boost::asio::ip::tcp;

TlsTermsPtr TransportLayer::Impl::terms_for(const Destination& to) const {
    if (!is_secure(to.transport)) return nullptr;
    auto terms = handlers_.tls_terms ? handlers_.tls_terms(to) : nullptr;
    if (terms) return terms;
    const auto* const spec = interfaces_.find(to.interface);
    return spec == nullptr ? nullptr : default_terms(*spec);
}

std::shared_ptr<Connection> TransportLayer::Impl::find_connection(const Destination& to,
                                                                  const TlsTerms* terms) const {
    if (auto* const pooled =
            flows_.find(to.interface, to.transport, to.remote, pool_key(to, terms))) {
        return pooled->shared_from_this();
    }
    // Who connected to us was judged by the interface's issuers: those must be the ones asked for.
    const auto* const spec = interfaces_.find(to.interface);
    const bool same_issuers = spec != nullptr && spec->tls && terms != nullptr && terms->profile &&
                              spec->tls->settings().ca_file == terms->profile->settings().ca_file;
    if (terms == nullptr || (terms->fingerprints.empty() && !same_issuers)) return nullptr;
    for (auto* const alias : flows_.aliases(to.remote)) {
        const Source& source = alias->source();
        if (source.interface == to.interface && source.transport == to.transport && source.tls &&
            is_same_peer(*source.tls, to, *terms)) {
            return alias->shared_from_this();
        }
    }
    return nullptr;
}

FlowId TransportLayer::Impl::send_on_stream(const Destination& to, sip::MessagePtr message,
                                            SendHandler on_failure) {
    std::shared_ptr<Connection> connection;
    if (auto* const found = flows_.find(to.flow)) connection = found->shared_from_this();
    if (!connection) {
        if (to.remote.port == 0) {
            refuse_send(std::move(on_failure), Drop::SendFailed, Errc::FlowGone,
                        to.remote.text() + "/" + std::string(describe(to.transport).param));
            return {};
        }
        const auto terms = terms_for(to);
        connection = find_connection(to, terms.get());
        if (!connection) {
            auto opened = open_connection(to, terms.get());
            if (!opened) {
                refuse_send(std::move(on_failure), opened.error());
                return {};
            }
            connection = std::move(*opened);
        }
    }
    record_sent(message, connection->source().local, connection->source().remote,
                connection->source().transport);
    connection->send(std::move(message), std::move(on_failure));
    return connection->source().flow;
}

Result<std::shared_ptr<Connection>> TransportLayer::Impl::open_connection(const Destination& to,
                                                                          const TlsTerms* terms) {
    const std::string where = to.interface + "/" + std::string(describe(to.transport).param);
    const Endpoint* const local = interfaces_.find_address(to.interface, to.transport);
    if (local == nullptr) {
        counters_.count(Drop::NoInterface);
        return fail(make_error_code(Errc::UnknownInterface), where);
    }
    // Those that others opened leave us as many again for our own.
    if (flows_.size() - flows_.accepted() >= limits_.max_connections) {
        counters_.count(Drop::ConnectionCap);
        return fail(make_error_code(Errc::TooManyConnections), to.remote.text());
    }
    const auto* const spec = interfaces_.find(to.interface);
    auto stream =
        make_outgoing_stream(to, terms, spec == nullptr ? std::string() : spec->websocket.path);
    if (!stream) {
        count_tls_failure(TlsFailure::Unavailable);
        return fail(make_error_code(Errc::HandshakeFailed),
                    where + ": no usable TLS profile towards " + to.remote.text());
    }
    ++counters_.connections_opened;
    Connection::Options options{
        .stream = std::move(stream),
        .outgoing = true,
        .pool_key = pool_key(to, terms),
        .connect_timeout = to.connect_timeout,
        .keepalive = spec == nullptr ? Milliseconds{0} : spec->keepalive,
        .idle_timeout = spec == nullptr ? Milliseconds{0} : spec->idle_timeout};
    auto connection = std::make_shared<Connection>(
        tcp::socket(io_), Source{{}, to.transport, *local, to.remote, to.interface},
        std::move(options), limits_, scratch_, *this);
    flows_.insert(connection);
    connection->connect(*local);
    return connection;
}

void TransportLayer::Impl::settle_flows() {
    for (const auto& connection : flows_.all()) {
        const auto* const owner =
            interfaces_.owner_of(connection->listen_address(), connection->source().transport);
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
    if (!is_welcome(listen, *remote)) return;
    const auto* const spec = interfaces_.find(listen.interface);
    auto stream = spec == nullptr ? nullptr : make_accepted_stream(listen.kind, *spec);
    if (!stream) return count_tls_failure(TlsFailure::Unavailable);
    if (!stream->is_open() && !gate_.enter(remote->address)) {
        return count_tls_failure(TlsFailure::Refused);
    }
    ++counters_.connections_accepted;
    Connection::Options options{.stream = std::move(stream), .idle_timeout = spec->idle_timeout};
    // Whom a TLS peer is, only its certificate says: see FlowTable::add_alias.
    if (!is_secure(listen.kind)) options.pool_key.emplace();
    const auto connection = std::make_shared<Connection>(
        std::move(socket), Source{{}, listen.kind, listen.address, *remote, listen.interface},
        std::move(options), limits_, scratch_, *this);
    flows_.insert(connection);
    connection->start();
}

// Over a limit the connection is taken and closed at once: left in the backlog it would block
// everyone behind it.
bool TransportLayer::Impl::is_welcome(const ListenAddress& listen, const Endpoint& remote) {
    if (flows_.accepted() >= limits_.max_connections ||
        flows_.accepted_from(remote.address) >= limits_.max_connections_per_source) {
        counters_.count(Drop::ConnectionCap);
        return false;
    }
    if (handlers_.admit && !handlers_.admit(listen.interface, remote, 0)) {
        counters_.count(Drop::NotAdmitted);
        return false;
    }
    return true;
}

void TransportLayer::Impl::count_tls_failure(TlsFailure failure) {
    counters_.count(Drop::HandshakeFailed);
    ++counters_.tls_failures[static_cast<std::size_t>(failure)];
}

void TransportLayer::Impl::on_opened(Connection& connection) {
    const Source& source = connection.source();
    if (is_secure(source.transport)) ++counters_.tls_handshakes;
    const bool gated = !connection.is_outgoing() && source.transport != TransportKind::Tcp;
    if (gated) gate_.leave(source.remote.address);
}

void TransportLayer::Impl::on_handshake_failed(Connection& connection, TlsFailure failure,
                                               const std::string& reason) {
    const Source& source = connection.source();
    if (is_secure(source.transport)) {
        count_tls_failure(failure == TlsFailure::None ? TlsFailure::Other : failure);
    } else {
        counters_.count(Drop::HandshakeFailed);
    }
    auto& logger = log::component("transport");
    const auto level = connection.is_outgoing() ? spdlog::level::warn : spdlog::level::debug;
    logger.log(level, "handshake_failed interface={} remote={} transport={} kind={} reason=\"{}\"",
               source.interface, source.remote.text(), describe(source.transport).param,
               name_of(failure), reason);
}

void TransportLayer::Impl::on_closed(Connection& connection, const Error& reason, bool lost) {
    ++counters_.connections_closed;
    const Source source = connection.source();
    const bool gated = !connection.is_outgoing() && !connection.was_opened();
    if (gated) gate_.leave(source.remote.address);
    flows_.erase(connection);
    log::component("transport")
        .debug("connection_closed remote={} reason=\"{}\"", source.remote.text(), reason.text());
    if (handlers_.on_flow_closed) handlers_.on_flow_closed(source.flow, source);
    if (lost && handlers_.on_flow_lost) handlers_.on_flow_lost(source.flow);
}

}  // namespace portcullis::transport
