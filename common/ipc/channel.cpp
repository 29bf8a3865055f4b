// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/channel.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

namespace asio = boost::asio;
using boost::system::error_code;

void Channel::start(Handlers handlers) {
    handlers_ = std::move(handlers);
    read_some();
}

void Channel::read_some() {
    socket_.async_read_some(
        asio::buffer(inbox_), [self = shared_from_this()](const error_code& error, std::size_t n) {
            if (!self->open_) return;
            if (error) {
                self->close(Error{make_error_code(Errc::Disconnected), error.message()});
                return;
            }
            const auto status =
                self->decoder_.feed(std::span(self->inbox_).first(n), [&self](Frame frame) {
                    if (self->open_) self->handlers_.on_frame(self, std::move(frame));
                });
            if (!status) {
                self->close(status.error());
                return;
            }
            if (self->open_) self->read_some();
        });
}

void Channel::send(std::vector<std::byte> frame) {
    if (!open_ || outbox_bytes_ > kMaxOutbox) return;
    outbox_bytes_ += frame.size();
    if (outbox_bytes_ > kMaxOutbox) {
        // Later: the sender must not find its world changed when this returns.
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->close(Error{make_error_code(Errc::Overflow), {}});
        });
        return;
    }
    outbox_.push_back(std::move(frame));
    if (outbox_.size() == 1) write_some();
}

void Channel::write_some() {
    asio::async_write(
        socket_, asio::buffer(outbox_.front()),
        [self = shared_from_this()](const error_code& error, std::size_t) {
            if (!self->open_) return;
            if (error) {
                self->close(Error{make_error_code(Errc::Disconnected), error.message()});
                return;
            }
            self->outbox_bytes_ -= self->outbox_.front().size();
            self->outbox_.pop_front();
            if (!self->outbox_.empty()) self->write_some();
        });
}

void Channel::close(const Error& reason) {
    if (!open_) return;
    open_ = false;
    error_code ignored;
    socket_.close(ignored);
    const auto self = shared_from_this();
    const Handlers handlers = std::exchange(handlers_, {});
    if (handlers.on_close) handlers.on_close(self, reason);
}

Channel::Peer Channel::peer() {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return {};
    }
    return {credentials.pid, static_cast<int>(credentials.uid)};
}

}  // namespace portcullis::ipc
