// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/server.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "mgmt-api/http/connection.hpp"

namespace portcullis::mgmt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

Server::Server(asio::io_context& io, Service& service, const Clock& clock, ServerLimits limits)
    : service_(service), clock_(clock), limits_(limits), acceptor_(io), retry_(io) {}

Server::~Server() {
    *alive_ = false;
    stop();
}

Status Server::listen(const Endpoint& endpoint) {
    error_code error;
    const auto address = asio::ip::make_address(endpoint.address.text(), error);
    const tcp::endpoint where(address, endpoint.port);
    if (!error) acceptor_.open(where.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(where, error);
    if (!error) acceptor_.listen(256, error);
    if (error) return fail_errno(error.value(), "listen on " + endpoint.text());
    accept_next();
    return {};
}

std::uint16_t Server::port() const {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
}

void Server::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    const auto connections = std::exchange(connections_, {});
    for (const auto& connection : connections) connection->close();
}

void Server::accept_next() {
    acceptor_.async_accept([this, alive = alive_](const error_code& error, tcp::socket socket) {
        if (!*alive || !acceptor_.is_open()) return;
        if (error) {
            // Out of descriptors: wait instead of spinning on the same error.
            log::component("http").warn("accept_failed reason=\"{}\"", error.message());
            retry_.expires_after(std::chrono::milliseconds(200));
            retry_.async_wait([this, alive](const error_code& cancelled) {
                if (!cancelled && *alive) accept_next();
            });
            return;
        }
        admit(std::move(socket));
        accept_next();
    });
}

void Server::admit(tcp::socket socket) {
    error_code ignored;
    if (connections_.size() >= limits_.connections && !make_room()) {
        // A fresh socket's send buffer takes this whole: no need to wait for the client.
        socket.non_blocking(true, ignored);
        socket.send(asio::buffer(kBusy), 0, ignored);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        return;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<Connection>(Connection::Stream(std::move(socket)), service_,
                                                   clock_, limits_);
    connections_.push_back(connection);
    connection->start([this, alive = alive_, weak = std::weak_ptr(connection)] {
        if (*alive) std::erase(connections_, weak.lock());
    });
}

bool Server::make_room() {
    const auto better = [](const auto& a, const auto& b) {
        const auto rank = [](const Connection& c) {
            return c.is_stranger() ? 0 : c.is_idle() ? 1 : 2;
        };
        if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
        return a->idle_since() < b->idle_since();
    };
    const auto victim = std::ranges::min_element(connections_, better);
    if (victim == connections_.end() || !(*victim)->is_idle()) return false;
    const auto connection = *victim;
    connections_.erase(victim);
    connection->close();
    return true;
}

}  // namespace portcullis::mgmt
