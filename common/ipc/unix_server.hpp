// SPDX-License-Identifier: BSD-2-Clause
// UnixServer: accepts control connections on a Unix socket and hands their frames to one handler.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <unordered_set>

#include "common/ipc/channel.hpp"

namespace portcullis::ipc {

// One per control socket; lives on its io_context's thread. The socket file is created with mode
// 0660 and removed by the destructor; a stale file of a dead process is replaced, one that a living
// process listens on refuses the start.
class UnixServer {
 public:
    struct Handlers {
        std::function<void(const std::shared_ptr<Channel>&)> on_open;
        std::function<void(const std::shared_ptr<Channel>&, Frame)> on_frame;
        std::function<void(const std::shared_ptr<Channel>&, const Error&)> on_close;
    };

    struct Limits {
        std::size_t channels = 256;  // open at a time; more are closed at once
        // A channel whose first frame is not complete after this long is closed; 0: never.
        std::chrono::milliseconds first_frame{0};
    };

    UnixServer(boost::asio::io_context& io, std::filesystem::path path, Handlers handlers,
               Limits limits);
    UnixServer(boost::asio::io_context& io, std::filesystem::path path, Handlers handlers)
        : UnixServer(io, std::move(path), std::move(handlers), Limits()) {}
    ~UnixServer();
    UnixServer(const UnixServer&) = delete;
    UnixServer& operator=(const UnixServer&) = delete;

    [[nodiscard]] Status listen();
    // Closes the listener and every channel.
    void stop();
    // Sends an event to every open channel.
    template <Message T>
    void broadcast(const T& event) {
        for (const auto& channel : channels_) channel->send_message(0, event);
    }
    [[nodiscard]] std::size_t channel_count() const { return channels_.size(); }

 private:
    void accept_next();
    void open(boost::asio::local::stream_protocol::socket socket);

    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer retry_;
    std::filesystem::path path_;
    // Shared with the handlers of the channels, which may outlive the server by one event.
    std::shared_ptr<Handlers> handlers_;
    std::unordered_set<std::shared_ptr<Channel>> channels_;
    Limits limits_;
    bool listening_ = false;
    bool full_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace portcullis::ipc
