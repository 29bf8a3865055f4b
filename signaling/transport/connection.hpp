// SPDX-License-Identifier: BSD-2-Clause
// Connection: one TCP connection carrying SIP messages (RFC 3261 section 18, RFC 5626 keep-alives).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "signaling/sip/stream_framer.hpp"
#include "signaling/transport/counters.hpp"
#include "signaling/transport/errc.hpp"
#include "signaling/transport/transport.hpp"
#include "signaling/transport/transport_limits.hpp"

namespace portcullis::transport {

class Connection;

// Called on the connection's io_context; never after close() returned, and on_closed exactly once.
class ConnectionUser {
 public:
    virtual ~ConnectionUser() = default;
    // Bytes of one whole message. True if it was a good one.
    virtual bool on_frame(Connection& connection, std::string bytes) = 0;
    // The stream can no longer be cut into messages; `header` is the last complete header section,
    // maybe empty. Answers may be sent; then the connection closes.
    virtual void on_broken(Connection& connection, std::string header, sip::Errc error) = 0;
    [[nodiscard]] virtual bool on_bytes(Connection& connection, std::size_t size) = 0;
    virtual void on_written(std::size_t size) = 0;
    virtual void on_drop(Drop drop) = 0;
    // `lost`: requests that were sent may be without answer. The handlers of unsent messages
    // follow.
    virtual void on_closed(Connection& connection, const Error& reason, bool lost) = 0;
};

// Shared ownership: pending operations keep it alive until close() cancels them. Reading waits for
// readiness and then uses the shard's one scratch buffer, so an idle connection holds no buffer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
    using Socket = boost::asio::ip::tcp::socket;

    // `source.local`: the interface's address. `limits`, `scratch` and `user` must outlive close().
    Connection(Socket socket, Source source, bool outgoing, const TransportLimits& limits,
               std::vector<char>& scratch, ConnectionUser& user);

    // Of an accepted connection.
    void start();
    // Opens an outgoing one from `local` (port chosen by the kernel) to the source's remote. What
    // is sent meanwhile waits.
    void connect(const Endpoint& local);
    void send(sip::MessagePtr message, SendHandler on_failure);
    void close(const Error& reason);
    // Closes without a word to the user or to the handlers of unsent messages.
    void detach();

    void set_flow(FlowId flow) { source_.flow = flow; }
    void set_interface(std::string name) { source_.interface = std::move(name); }
    // The address of the interface it was accepted on or opened from.
    [[nodiscard]] const Endpoint& listen_address() const { return listen_address_; }
    [[nodiscard]] const Source& source() const { return source_; }
    [[nodiscard]] bool is_open() const { return user_ != nullptr; }
    [[nodiscard]] bool is_outgoing() const { return outgoing_; }

 private:
    using Time = std::chrono::steady_clock::time_point;
    enum class Phase : std::uint8_t { Connecting, Open, Closing };

    struct Outgoing {
        sip::MessagePtr message;  // or a keep-alive's answer:
        std::string_view raw;     // of static storage
        SendHandler on_failure;
        [[nodiscard]] std::string_view bytes() const { return message ? message->bytes() : raw; }
        // What it takes while it waits: small items are not free.
        [[nodiscard]] std::size_t cost() const { return sizeof(Outgoing) + bytes().size(); }
    };

    void watch_peer();
    void on_connected(const boost::system::error_code& error);
    void wait_readable();
    void on_readable();
    void handle_frames();
    void push(Outgoing item);
    void write_some();
    void on_write(const boost::system::error_code& error, std::size_t size);
    void finish_sending();
    void arm_timer();
    void on_timer();
    [[nodiscard]] Time deadline() const;
    void fail(Errc code, const std::string& detail);

    Socket socket_;
    boost::asio::steady_timer timer_;
    Source source_;
    const Endpoint listen_address_;
    const TransportLimits& limits_;
    std::vector<char>& scratch_;
    ConnectionUser* user_;
    sip::StreamFramer framer_;
    std::deque<Outgoing> outbox_;
    std::size_t outbox_cost_ = 0;
    std::size_t written_ahead_ = 0;  // bytes of the front item that are gone already
    Time opened_;
    Time last_traffic_;
    Time message_begun_;  // of the incomplete message in the framer; epoch: none
    Phase phase_ = Phase::Open;
    bool outgoing_;
    bool writing_ = false;
    bool pong_waits_ = false;
    bool proven_;          // a good message has come, or we opened it
    bool awaits_ = false;  // sent requests that want an answer, whether or not it came
};

}  // namespace portcullis::transport
