// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/unix_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace portcullis::ipc {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

namespace {
constexpr Milliseconds kFirstBackoff{20};
constexpr Milliseconds kMaxBackoff{250};  // a local socket costs nothing to try
constexpr Milliseconds kDeadlineTick{50};
}  // namespace

UnixClient::UnixClient(asio::io_context& io, std::filesystem::path path, Handlers handlers)
    : io_(io),
      path_(std::move(path)),
      handlers_(std::move(handlers)),
      reconnect_(io),
      deadline_(io) {}

UnixClient::~UnixClient() {
    *alive_ = false;
    stop();
}

void UnixClient::start() {
    running_ = true;
    connect();
}

void UnixClient::stop() {
    if (!running_) return;
    running_ = false;
    reconnect_.cancel();
    deadline_.cancel();
    if (channel_) channel_->close(Error{make_error_code(Errc::Disconnected), "stopped"});
    channel_.reset();
    pending_.clear();
}

void UnixClient::connect() {
    auto socket = std::make_shared<Protocol::socket>(io_);
    socket->async_connect(Protocol::endpoint(path_.string()), [this, alive = alive_,
                                                               socket](const error_code& error) {
        if (!*alive || !running_) return;
        if (error) {
            schedule_reconnect();
            return;
        }
        backoff_ = kFirstBackoff;
        channel_ = std::make_shared<Channel>(std::move(*socket));
        channel_->start({.on_frame =
                             [this, alive](const std::shared_ptr<Channel>&, Frame frame) {
                                 if (*alive) on_frame(std::move(frame));
                             },
                         .on_close =
                             [this, alive](const std::shared_ptr<Channel>&, const Error& reason) {
                                 if (*alive) on_closed(reason);
                             }});
        if (handlers_.on_connected) handlers_.on_connected();
    });
}

void UnixClient::schedule_reconnect() {
    reconnect_.expires_after(backoff_);
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    reconnect_.async_wait([this, alive = alive_](const error_code& cancelled) {
        if (!cancelled && *alive && running_) connect();
    });
}

std::uint32_t UnixClient::expect_reply(Milliseconds timeout, ReplyHandler handler) {
    const std::uint32_t id = next_id_;
    next_id_ = next_id_ == UINT32_MAX ? 1 : next_id_ + 1;
    pending_.emplace(id, Pending{std::move(handler), std::chrono::steady_clock::now() + timeout});
    arm_deadline();
    return id;
}

void UnixClient::fail_later(ReplyHandler handler) {
    asio::post(io_, [handler = std::move(handler), path = path_.string()] {
        handler(fail(make_error_code(Errc::Disconnected), path));
    });
}

void UnixClient::on_frame(Frame frame) {
    if (frame.id == 0) {
        if (handlers_.on_event) handlers_.on_event(std::move(frame));
        return;
    }
    const auto found = pending_.find(frame.id);
    if (found == pending_.end()) return;  // answered after its deadline
    auto handler = std::move(found->second.handler);
    pending_.erase(found);
    handler(std::move(frame));
}

void UnixClient::on_closed(const Error& reason) {
    if (!running_) return;
    channel_.reset();
    auto orphans = std::exchange(pending_, {});
    for (auto& [id, pending] : orphans) pending.handler(std::unexpected(reason));
    if (handlers_.on_disconnected) handlers_.on_disconnected(reason);
    if (running_) schedule_reconnect();
}

// One coarse timer serves every request: deadlines are for stuck peers, not for precision.
void UnixClient::arm_deadline() {
    if (deadline_armed_) return;
    deadline_armed_ = true;
    deadline_.expires_after(kDeadlineTick);
    deadline_.async_wait([this, alive = alive_](const error_code& cancelled) {
        if (cancelled || !*alive) return;
        deadline_armed_ = false;
        const auto now = std::chrono::steady_clock::now();
        std::vector<ReplyHandler> late;
        boost::unordered::erase_if(pending_, [&](auto& entry) {
            if (entry.second.deadline > now) return false;
            late.push_back(std::move(entry.second.handler));
            return true;
        });
        if (!pending_.empty()) arm_deadline();
        for (auto& handler : late) {
            handler(fail(make_error_code(Errc::TimedOut), path_.string()));
        }
    });
}

}  // namespace portcullis::ipc
