// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tcp_listener.hpp"

#include <utility>

#include "common/base/log.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Out of descriptors or memory: the same error would come back at once, so wait.
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

}  // namespace

TcpListener::TcpListener(asio::io_context& io, UniqueFd fd, ListenAddress listen, Handler on_accept)
    : acceptor_(io, listen.address.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(),
                fd.release()),
      retry_(io),
      listen_(std::move(listen)),
      on_accept_(std::move(on_accept)) {}

void TcpListener::close() {
    on_accept_ = nullptr;
    retry_.cancel();
    error_code ignored;
    acceptor_.close(ignored);
}

void TcpListener::accept_next() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error, Socket socket) {
        if (!self->on_accept_) return;
        if (!error) {
            self->on_accept_(std::move(socket), self->listen_);
            if (self->on_accept_) self->accept_next();
            return;
        }
        if (error == asio::error::connection_aborted) return self->accept_next();
        log::component("transport")
            .warn("accept_failed interface={} reason=\"{}\"", self->listen_.interface,
                  error.message());
        self->retry_.expires_after(kAcceptRetry);
        self->retry_.async_wait([self](const error_code& cancelled) {
            if (!cancelled && self->on_accept_) self->accept_next();
        });
    });
}

}  // namespace portcullis::transport
