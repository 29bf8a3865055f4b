// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "signaling/transport/sockaddr.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Connection::Connection(Socket socket, Source source, Options options, const TransportLimits& limits,
                       std::vector<char>& scratch, ConnectionUser& user)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      source_(std::move(source)),
      listen_address_(source_.local),
      limits_(limits),
      scratch_(scratch),
      user_(&user),
      stream_(std::move(options.stream)),
      pool_key_(std::move(options.pool_key)),
      connect_timeout_(options.connect_timeout.count() > 0 ? options.connect_timeout
                                                           : limits.connect_timeout),
      keepalive_(options.keepalive),
      idle_timeout_(options.idle_timeout.count() > 0 ? options.idle_timeout : limits.idle_timeout),
      opened_(std::chrono::steady_clock::now()),
      last_traffic_(opened_),
      message_begun_(),
      pong_due_(),
      outgoing_(options.outgoing),
      proven_(options.outgoing) {}

void Connection::start() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    watch_peer();
    stream_->start();
    if (stream_->is_open()) on_stream_open();
    arm_timer();
    wait_readable();
    write_some();
}

// A peer that vanished without a word (half-open) is found out by the kernel: while we send by
// missing acknowledgements, while nothing is said by its probes.
void Connection::watch_peer() {
    const auto timeout = limits_.peer_timeout;
    const auto option = [this](int level, int name, int value) {
        (void)::setsockopt(socket_.native_handle(), level, name, &value, sizeof value);
    };
    const int seconds = std::max(
        1, static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(timeout / 4).count()));
    option(SOL_SOCKET, SO_KEEPALIVE, 1);
    option(IPPROTO_TCP, TCP_KEEPIDLE, 2 * seconds);
    option(IPPROTO_TCP, TCP_KEEPINTVL, seconds);
    option(IPPROTO_TCP, TCP_KEEPCNT, 2);
    option(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout.count()));
}

void Connection::connect(const Endpoint& local) {
    phase_ = Phase::Connecting;
    const tcp::endpoint remote = to_asio(source_.remote);
    error_code error;
    socket_.open(remote.protocol(), error);
    // Without it the kernel would reserve a port of this address, whoever the peer is.
    const int on = 1;
    (void)::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                       sizeof on);
    if (!error) socket_.bind(to_asio({local.address, 0}), error);
    arm_timer();
    if (error) {
        // The caller still holds the connection: fail from the event loop.
        asio::post(socket_.get_executor(),
                   [self = shared_from_this(), error] { self->on_connected(error); });
        return;
    }
    socket_.async_connect(remote, [self = shared_from_this()](const error_code& result) {
        self->on_connected(result);
    });
}

void Connection::on_connected(const error_code& error) {
    if (user_ == nullptr) return;
    if (error) return fail(Errc::Unreachable, error.message());
    phase_ = Phase::Opening;
    opened_ = last_traffic_ = std::chrono::steady_clock::now();
    error_code ignored;
    const auto local = socket_.local_endpoint(ignored);
    source_.local.port = local.port();
    start();
}

void Connection::on_stream_open() {
    phase_ = Phase::Open;
    was_opened_ = true;
    last_traffic_ = std::chrono::steady_clock::now();
    source_.tls = stream_->peer();
    user_->on_opened(*this);
}

void Connection::fail(Errc code, const std::string& detail) {
    close(Error{make_error_code(code), source_.remote.text() + "/" +
                                           std::string(describe(source_.transport).param) + ": " +
                                           detail});
}

void Connection::close(const Error& reason) {
    ConnectionUser* const user = std::exchange(user_, nullptr);
    if (user == nullptr) return;
    timer_.cancel();
    say_goodbye();
    error_code ignored;
    socket_.close(ignored);
    const auto outbox = std::exchange(outbox_, {});
    user->on_closed(*this, reason, awaits_);
    for (const auto& item : outbox) {
        if (item.on_failure) item.on_failure(reason);
    }
}

// TLS and WebSocket end with a word of their own; it is said if the socket takes it at once.
void Connection::say_goodbye() {
    if (phase_ == Phase::Connecting || busy_ || writing_ || !wire_.empty()) return;
    stream_->finish();
    std::string words;
    stream_->take_own(words);
    error_code ignored;
    if (!words.empty()) (void)socket_.write_some(asio::buffer(words), ignored);
}

void Connection::detach() {
    user_ = nullptr;
    outbox_.clear();
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

void Connection::wait_readable() {
    socket_.async_wait(tcp::socket::wait_read,
                       [self = shared_from_this()](const error_code& error) {
                           if (error || self->user_ == nullptr) return;
                           self->on_readable();
                           if (self->user_ != nullptr && !self->busy_) self->wait_readable();
                       });
}

void Connection::on_readable() {
    error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(scratch_), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return;
    if (error) {
        const std::string why = error == asio::error::eof ? "closed by peer" : error.message();
        if (phase_ == Phase::Opening) user_->on_handshake_failed(*this, TlsFailure::Closed, why);
        return fail(Errc::Closed, phase_ == Phase::Closing ? close_reason_ : why);
    }
    if (phase_ == Phase::Closing) return;
    last_traffic_ = std::chrono::steady_clock::now();
    // Whatever it says, it is alive; the next ping may be due before this pong was.
    if (std::exchange(pong_due_, {}) != Time{}) arm_timer();
    if (!user_->on_bytes(*this, size)) return fail(Errc::Closed, "not admitted");
    receive({scratch_.data(), size});
}

void Connection::receive(std::string_view bytes) {
    if (stream_->is_costly()) {
        busy_ = true;
        // Before it is told, so that the job may be done on any thread at any time.
        const bool taken = user_->offload([self = shared_from_this(), copy = std::string(bytes)] {
            self->stream_->receive(copy);
            asio::post(self->socket_.get_executor(), [self] {
                self->busy_ = false;
                if (self->user_ == nullptr) return;
                self->after_receive();
                if (self->user_ != nullptr) self->wait_readable();
            });
        });
        if (taken) return;
        busy_ = false;
    }
    stream_->receive(bytes);
    after_receive();
}

void Connection::after_receive() {
    // A handler may close this connection at any step.
    const auto self = shared_from_this();
    if (phase_ == Phase::Opening && stream_->is_open()) {
        on_stream_open();
        arm_timer();
    }
    handle_events();
    if (user_ != nullptr) write_some();
}

void Connection::handle_events() {
    while (user_ != nullptr && (phase_ == Phase::Open || phase_ == Phase::Opening)) {
        StreamEvent event = stream_->next();
        switch (event.kind) {
            case StreamEvent::Kind::NeedMore:
                return on_nothing_more();
            case StreamEvent::Kind::KeepAlive:
                user_->on_drop(Drop::Keepalive);
                // One pong answers every ping before it, and a peer that reads none gets no pile.
                if (!std::exchange(pong_waits_, true)) push({nullptr, "\r\n", {}});
                break;
            case StreamEvent::Kind::Message:
                message_begun_ = {};
                if (user_->on_frame(*this, std::move(event.bytes))) proven_ = true;
                break;
            case StreamEvent::Kind::Broken:
                user_->on_drop(Drop::BrokenFraming);
                user_->on_broken(*this, std::move(event.bytes), event.error);
                if (user_ != nullptr) begin_closing("broken framing");
                return;
            case StreamEvent::Kind::Failed:
                return on_failed(event);
        }
    }
}

void Connection::on_nothing_more() {
    if (!stream_->is_amid()) {
        message_begun_ = {};
    } else if (message_begun_ == Time{}) {
        message_begun_ = last_traffic_;
        arm_timer();
    }
}

void Connection::on_failed(const StreamEvent& event) {
    const bool within_handshake = phase_ == Phase::Opening || event.tls != TlsFailure::None;
    if (within_handshake) user_->on_handshake_failed(*this, event.tls, event.reason);
    // What waits to be sent must hear of it now; who connected to us should hear our last words.
    if (outgoing_ || !outbox_.empty()) {
        return fail(within_handshake ? Errc::HandshakeFailed : Errc::Closed, event.reason);
    }
    begin_closing(event.reason);
}

void Connection::begin_closing(std::string reason) {
    phase_ = Phase::Closing;
    close_reason_ = std::move(reason);
    last_traffic_ = std::chrono::steady_clock::now();
    arm_timer();
    write_some();
    if (!writing_) finish_sending();
}

void Connection::send(sip::MessagePtr message, SendHandler on_failure) {
    if (message->is_request() && message->method() != sip::Method::Ack) awaits_ = true;
    push({std::move(message), {}, std::move(on_failure)});
}

void Connection::push(Outgoing item) {
    if (user_ == nullptr || phase_ == Phase::Closing) return;
    outbox_cost_ += item.cost();
    outbox_.push_back(std::move(item));
    if (outbox_cost_ > limits_.max_outbox) {
        // A peer that does not read. send() must not call back, so close from the event loop.
        if (std::exchange(phase_, Phase::Closing) == Phase::Closing) return;
        user_->on_drop(Drop::OutboxFull);
        asio::post(socket_.get_executor(), [self = shared_from_this()] {
            self->fail(Errc::OutboxFull, "the peer does not read");
        });
        return;
    }
    write_some();
}

}  // namespace portcullis::transport
