// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/channel.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::size_t kKeptOutbox = 256U << 10;  // bytes of memory kept for what is sent next
}

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

void Channel::schedule(Urgency urgency) {
    if (outbox_.size() - sent_ > kMaxOutbox) {
        // Later: the sender must not find its world changed when this returns.
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->close(Error{make_error_code(Errc::Overflow), {}});
        });
        return;
    }
    if (flush_scheduled_ || waits_writable_) return;
    if (urgency == Urgency::Now) {
        flush_scheduled_ = true;
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->flush_scheduled_ = false;
            self->flush();
        });
    } else if (!std::exchange(patience_runs_, true)) {
        // Not stopped when something else takes these along: setting it anew costs more.
        patience_.expires_after(kPatience);
        patience_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            self->patience_runs_ = false;
            if (!cancelled) self->flush();
        });
    }
}

void Channel::flush() {
    if (!open_ || waits_writable_) return;
    while (sent_ < outbox_.size()) {
        const ssize_t count = ::send(socket_.native_handle(), outbox_.data() + sent_,
                                     outbox_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            sent_ += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return wait_writable();
        } else if (errno != EINTR) {
            // Reading finds the end of the connection too; only one of the two tells.
            return close(
                Error{make_error_code(Errc::Disconnected), std::generic_category().message(errno)});
        }
    }
    sent_ = 0;
    if (outbox_.capacity() > kKeptOutbox) {
        outbox_ = {};
    } else {
        outbox_.clear();
    }
}

void Channel::wait_writable() {
    waits_writable_ = true;
    outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
        self->waits_writable_ = false;
        if (!error) self->flush();
    });
}

void Channel::close(const Error& reason) {
    if (!open_) return;
    open_ = false;
    // A last attempt for what was sent in this turn; the peer may be gone.
    if (sent_ < outbox_.size()) {
        (void)::send(socket_.native_handle(), outbox_.data() + sent_, outbox_.size() - sent_,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    outbox_ = {};
    sent_ = 0;
    patience_.cancel();
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
