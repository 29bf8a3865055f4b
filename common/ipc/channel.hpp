// SPDX-License-Identifier: BSD-2-Clause
// Channel: one connected Unix stream socket carrying frames, with a bounded outbox.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "common/base/clock.hpp"
#include "common/ipc/frame.hpp"

namespace portcullis::ipc {

// Lives on one io_context and is used from its thread only. Shared ownership: the pending read and
// write keep it alive until the socket is closed. After close() or a peer's end on_close is called
// exactly once; the handlers are dropped then, so they may own the channel's user.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
    using Socket = boost::asio::local::stream_protocol::socket;
    // A peer that leaves this much unread is closed: a stuck process must not eat our memory.
    static constexpr std::size_t kMaxOutbox = 64U << 20;

    struct Handlers {
        std::function<void(const std::shared_ptr<Channel>&, Frame)> on_frame;
        std::function<void(const std::shared_ptr<Channel>&, const Error&)> on_close;
    };

    // What is sent leaves with all else of this turn of the event loop, in one system call. What
    // can wait leaves with whatever is sent next, at the latest after kPatience: waking the peer
    // costs more than the message.
    enum class Urgency : std::uint8_t { Now, CanWait };
    static constexpr Milliseconds kPatience{5};

    explicit Channel(Socket socket)
        : socket_(std::move(socket)), patience_(socket_.get_executor()) {}

    // Starts reading. Call once.
    void start(Handlers handlers);

    // Queues a frame; silently dropped when already closed.
    template <Message T>
    void send_message(std::uint32_t id, const T& message, Urgency urgency = Urgency::Now) {
        if (!accepts()) return;
        ByteWriter writer(std::move(outbox_));
        append_message(writer, id, message);
        outbox_ = writer.take();
        schedule(urgency);
    }

    // What was sent before still leaves if the peer reads.
    void close(const Error& reason);
    [[nodiscard]] bool is_open() const { return open_; }

    // The peer's process and user, as the kernel vouches (SO_PEERCRED); {-1, -1} when unknown.
    struct Peer {
        int pid = -1;
        int uid = -1;
    };
    [[nodiscard]] Peer peer();

 private:
    void read_some();
    [[nodiscard]] bool accepts() const { return open_ && outbox_.size() - sent_ <= kMaxOutbox; }
    void schedule(Urgency urgency);
    void flush();
    void wait_writable();

    Socket socket_;
    Handlers handlers_;
    FrameDecoder decoder_;
    std::vector<std::byte> inbox_ = std::vector<std::byte>(64U << 10);
    std::vector<std::byte> outbox_;
    std::size_t sent_ = 0;  // bytes of the outbox
    boost::asio::steady_timer patience_;
    bool patience_runs_ = false;
    bool flush_scheduled_ = false;
    bool waits_writable_ = false;
    bool open_ = true;
};

}  // namespace portcullis::ipc
