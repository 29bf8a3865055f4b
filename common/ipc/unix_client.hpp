// SPDX-License-Identifier: BSD-2-Clause
// UnixClient: a control connection that comes back by itself, with replies matched to requests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <filesystem>
#include <functional>
#include <memory>

#include "common/base/clock.hpp"
#include "common/ipc/channel.hpp"
#include "common/ipc/errc.hpp"

namespace portcullis::ipc {

// Lives on its io_context's thread. Connects at start() and again, with back-off from 20 ms to 250
// ms, whenever the connection ends. Requests on one connection are delivered in order; those still
// unanswered when it ends fail with Disconnected.
class UnixClient {
 public:
    struct Handlers {
        std::function<void()> on_connected;
        std::function<void(const Error&)> on_disconnected;
        std::function<void(Frame)> on_event;  // frames with id 0
    };
    using ReplyHandler = std::function<void(Result<Frame>)>;

    UnixClient(boost::asio::io_context& io, std::filesystem::path path, Handlers handlers);
    ~UnixClient();
    UnixClient(const UnixClient&) = delete;
    UnixClient& operator=(const UnixClient&) = delete;

    void start();
    void stop();
    [[nodiscard]] bool connected() const { return channel_ != nullptr && channel_->is_open(); }

    // The handler is called exactly once, never from inside this call.
    template <Message T>
    void request(const T& message, Milliseconds timeout,
                 std::function<void(Result<typename T::Reply>)> handler,
                 Channel::Urgency urgency = Channel::Urgency::Now) {
        ReplyHandler on_reply = [handler = std::move(handler)](Result<Frame> frame) {
            handler(decode_reply<typename T::Reply>(std::move(frame)));
        };
        if (!connected()) return fail_later(std::move(on_reply));
        channel_->send_message(expect_reply(timeout, std::move(on_reply)), message, urgency);
    }

    // A message without an answer; dropped while disconnected.
    template <Message T>
    void notify(const T& message) {
        if (connected()) channel_->send_message(0, message);
    }

 private:
    template <class Reply>
    static Result<Reply> decode_reply(Result<Frame> frame) {
        if (!frame) return std::unexpected(std::move(frame.error()));
        if (frame->type != Reply::kType) {
            return fail(make_error_code(Errc::BadReply), "type " + std::to_string(frame->type));
        }
        auto reply = codec::from_bytes<Reply>(frame->body);
        if (!reply) return fail(make_error_code(Errc::BadReply), "malformed body");
        return std::move(*reply);
    }

    struct Pending {
        ReplyHandler handler;
        TimePoint deadline;
    };

    void connect();
    void schedule_reconnect();
    void on_frame(Frame frame);
    void on_closed(const Error& reason);
    void arm_deadline();
    // The id for a request.
    [[nodiscard]] std::uint32_t expect_reply(Milliseconds timeout, ReplyHandler handler);
    void fail_later(ReplyHandler handler);

    boost::asio::io_context& io_;
    std::filesystem::path path_;
    Handlers handlers_;
    boost::asio::steady_timer reconnect_;
    boost::asio::steady_timer deadline_;
    bool deadline_armed_ = false;
    std::shared_ptr<Channel> channel_;
    boost::unordered_flat_map<std::uint32_t, Pending> pending_;
    std::uint32_t next_id_ = 1;
    Milliseconds backoff_{20};
    bool running_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace portcullis::ipc
