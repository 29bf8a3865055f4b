// SPDX-License-Identifier: BSD-2-Clause
// Connection: one TCP connection and the stream of SIP messages over it (RFC 3261 section 18, RFC
// 5626 keep-alives).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "signaling/transport/counters.hpp"
#include "signaling/transport/errc.hpp"
#include "signaling/transport/stream.hpp"
#include "signaling/transport/transport.hpp"
#include "signaling/transport/transport_limits.hpp"

namespace portcullis::transport {

class Connection;

// Called on the connection's io_context; never after close() returned, and on_closed exactly once.
class ConnectionUser {
 public:
    virtual ~ConnectionUser() = default;
    // Messages can be sent and received: at most once.
    virtual void on_opened(Connection& connection) = 0;
    // It never will be; on_closed follows.
    virtual void on_handshake_failed(Connection& connection, TlsFailure failure,
                                     const std::string& reason) = 0;
    // Bytes of one whole message. True if it was a good one.
    virtual bool on_frame(Connection& connection, std::string bytes) = 0;
    // The stream can no longer be cut into messages; `header` is the last complete header section,
    // maybe empty. Answers may be sent; then the connection closes.
    virtual void on_broken(Connection& connection, std::string header, sip::Errc error) = 0;
    [[nodiscard]] virtual bool on_bytes(Connection& connection, std::size_t size) = 0;
    virtual void on_written(std::size_t size) = 0;
    virtual void on_drop(Drop drop) = 0;
    // Takes costly work to another thread; false: it is to be done here.
    [[nodiscard]] virtual bool offload(const std::function<void()>& job) = 0;
    // `lost`: requests that were sent may be without answer. The handlers of unsent messages
    // follow.
    virtual void on_closed(Connection& connection, const Error& reason, bool lost) = 0;
};

// Shared ownership: pending operations keep it alive until close() cancels them. Reading waits for
// readiness and then uses the shard's one scratch buffer, so an idle connection holds no buffer.
// While another thread works on the stream (offload) nothing is read or written here.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
    using Socket = boost::asio::ip::tcp::socket;

    struct Options {
        std::unique_ptr<Stream> stream;
        bool outgoing = false;
        // Among connections to one peer, those with equal keys may stand in for each other; none:
        // it is found by its flow only.
        std::optional<std::string> pool_key{};
        Milliseconds connect_timeout{0};  // 0: that of the limits
        Milliseconds keepalive{0};        // pings after so long without traffic; 0: none
        Milliseconds idle_timeout{0};     // 0: that of the limits
    };

    // `source.local`: the interface's address. `limits`, `scratch` and `user` must outlive close().
    Connection(Socket socket, Source source, Options options, const TransportLimits& limits,
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
    // Whether on_opened was called.
    [[nodiscard]] bool was_opened() const { return was_opened_; }
    [[nodiscard]] const std::optional<std::string>& pool_key() const { return pool_key_; }

 private:
    using Time = std::chrono::steady_clock::time_point;
    enum class Phase : std::uint8_t { Connecting, Opening, Open, Closing };

    struct Outgoing {
        sip::MessagePtr message;  // or a keep-alive's answer:
        std::string_view raw;     // of static storage; empty: a ping of ours
        SendHandler on_failure;
        std::size_t wire_end = 0;  // in wire_, once it is encoded
        [[nodiscard]] std::string_view bytes() const { return message ? message->bytes() : raw; }
        // What it takes while it waits: small items are not free.
        [[nodiscard]] std::size_t cost() const { return sizeof(Outgoing) + bytes().size(); }
    };

    void watch_peer();
    void on_connected(const boost::system::error_code& error);
    void wait_readable();
    void on_readable();
    void receive(std::string_view bytes);
    void after_receive();
    void on_stream_open();
    void handle_events();
    void on_failed(const StreamEvent& event);
    void on_nothing_more();
    // What is queued, an answer above all, still leaves; nothing more is read.
    void begin_closing(std::string reason);
    void push(Outgoing item);
    void fill_wire();
    void write_some();
    void on_write(const boost::system::error_code& error, std::size_t size);
    void pop_written();
    void finish_sending();
    void say_goodbye();
    void arm_timer();
    void on_timer();
    [[nodiscard]] Time deadline() const;
    [[nodiscard]] Time ping_deadline() const;
    void fail(Errc code, const std::string& detail);

    Socket socket_;
    boost::asio::steady_timer timer_;
    Source source_;
    const Endpoint listen_address_;
    const TransportLimits& limits_;
    std::vector<char>& scratch_;
    ConnectionUser* user_;
    std::unique_ptr<Stream> stream_;
    std::optional<std::string> pool_key_;
    Milliseconds connect_timeout_;
    Milliseconds keepalive_;
    Milliseconds idle_timeout_;
    std::deque<Outgoing> outbox_;
    std::size_t outbox_cost_ = 0;
    std::size_t encoded_ = 0;  // items of the outbox that are in wire_
    std::string wire_;         // as it goes to the socket
    std::size_t written_ = 0;  // of wire_
    Time opened_;              // of the present phase before Open, then of the connection
    Time last_traffic_;
    Time message_begun_;  // of the incomplete message in the stream; epoch: none
    Time pong_due_;       // epoch: none is waited for
    std::string close_reason_;
    Phase phase_ = Phase::Opening;
    bool outgoing_;
    bool was_opened_ = false;
    bool busy_ = false;  // another thread has the stream
    bool writing_ = false;
    bool pong_waits_ = false;
    bool proven_;          // a good message has come, or we opened it
    bool awaits_ = false;  // sent requests that want an answer, whether or not it came
};

}  // namespace portcullis::transport
