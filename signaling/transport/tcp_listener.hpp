// SPDX-License-Identifier: BSD-2-Clause
// TcpListener: accepts the connections of one interface.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "common/base/unique_fd.hpp"
#include "signaling/transport/listen_socket.hpp"

namespace portcullis::transport {

// Shared ownership: the pending accept keeps it alive until close() cancels it.
class TcpListener : public std::enable_shared_from_this<TcpListener> {
 public:
    using Socket = boost::asio::ip::tcp::socket;
    using Handler = std::function<void(Socket, const ListenAddress&)>;

    // `fd`: bound and listening. `on_accept` is not called after close().
    TcpListener(boost::asio::io_context& io, UniqueFd fd, ListenAddress listen, Handler on_accept);

    void start() { accept_next(); }
    void close();
    [[nodiscard]] const ListenAddress& listen() const { return listen_; }

 private:
    void accept_next();

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer retry_;
    ListenAddress listen_;
    Handler on_accept_;
};

}  // namespace portcullis::transport
