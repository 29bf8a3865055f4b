// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/unix_server.hpp"

#include <sys/stat.h>

#include "common/base/log.hpp"
#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

UnixServer::UnixServer(asio::io_context& io, std::filesystem::path path, Handlers handlers,
                       Limits limits)
    : acceptor_(io),
      retry_(io),
      path_(std::move(path)),
      handlers_(std::make_shared<Handlers>(std::move(handlers))),
      limits_(limits) {}

UnixServer::~UnixServer() {
    *alive_ = false;
    stop();
}

Status UnixServer::listen() {
    std::error_code ignored;
    std::filesystem::create_directories(path_.parent_path(), ignored);
    const Protocol::endpoint endpoint(path_.string());
    error_code error;
    {
        Protocol::socket probe(acceptor_.get_executor());
        probe.connect(endpoint, error);
        if (!error) {
            return fail(std::make_error_code(std::errc::address_in_use),
                        path_.string() + " is served by another process");
        }
    }
    std::filesystem::remove(path_, ignored);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(64, error);
    if (error) return fail_errno(error.value(), "control socket " + path_.string());
    ::chmod(path_.c_str(), 0660);
    listening_ = true;
    accept_next();
    return {};
}

void UnixServer::accept_next() {
    acceptor_.async_accept(
        [this, alive = alive_](const error_code& error, Protocol::socket socket) {
            if (!*alive || !listening_) return;
            if (error) {
                // Out of descriptors: wait instead of spinning on the same error.
                retry_.expires_after(std::chrono::milliseconds(100));
                retry_.async_wait([this, alive](const error_code& cancelled) {
                    if (!cancelled && *alive && listening_) accept_next();
                });
                return;
            }
            if (channels_.size() < limits_.channels) {
                full_ = false;
                open(std::move(socket));
            } else if (!std::exchange(full_, true)) {
                log::component("ipc").warn("connections_full path={} limit={}", path_.string(),
                                           limits_.channels);
            }
            accept_next();
        });
}

void UnixServer::open(Protocol::socket socket) {
    const auto channel = std::make_shared<Channel>(std::move(socket));
    channels_.insert(channel);
    // Lives as long as the channel's handlers.
    const auto silence = std::make_shared<asio::steady_timer>(acceptor_.get_executor());
    if (limits_.first_frame.count() != 0) {
        silence->expires_after(limits_.first_frame);
        silence->async_wait([from = std::weak_ptr(channel)](const error_code& cancelled) {
            if (cancelled) return;
            if (const auto mute = from.lock()) {
                mute->close({make_error_code(Errc::TimedOut), "the peer says nothing"});
            }
        });
    }
    const auto handlers = handlers_;
    channel->start({.on_frame =
                        [handlers, silence](const std::shared_ptr<Channel>& from, Frame frame) {
                            silence->cancel();
                            handlers->on_frame(from, std::move(frame));
                        },
                    .on_close =
                        [this, alive = alive_, handlers](const std::shared_ptr<Channel>& from,
                                                         const Error& reason) {
                            if (!*alive) return;
                            if (reason.code == make_error_code(Errc::MalformedFrame)) {
                                log::component("ipc").warn("malformed_frame reason=\"{}\"",
                                                           reason.text());
                            }
                            channels_.erase(from);
                            if (handlers->on_close) handlers->on_close(from, reason);
                        }});
    if (handlers->on_open) handlers->on_open(channel);
}

void UnixServer::stop() {
    if (!listening_) return;
    listening_ = false;
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    const auto channels = std::exchange(channels_, {});
    for (const auto& channel : channels) {
        channel->close(Error{make_error_code(Errc::Disconnected), "server stops"});
    }
    std::error_code removed;
    std::filesystem::remove(path_, removed);
}

}  // namespace portcullis::ipc
