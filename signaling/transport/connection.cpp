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

namespace {

constexpr std::size_t kGather = 16;  // messages in one write

// How long a connection that we are closing may take to read our last words. Closing at once, with
// bytes of the peer unread, would make the kernel reset it and discard them.
constexpr auto kLinger = std::chrono::seconds(1);

}  // namespace

Connection::Connection(Socket socket, Source source, bool outgoing, const TransportLimits& limits,
                       std::vector<char>& scratch, ConnectionUser& user)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      source_(std::move(source)),
      listen_address_(source_.local),
      limits_(limits),
      scratch_(scratch),
      user_(&user),
      opened_(std::chrono::steady_clock::now()),
      last_traffic_(opened_),
      message_begun_(),
      outgoing_(outgoing),
      proven_(outgoing) {}

void Connection::start() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    watch_peer();
    arm_timer();
    wait_readable();
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
    phase_ = Phase::Open;
    last_traffic_ = std::chrono::steady_clock::now();
    error_code ignored;
    const auto local = socket_.local_endpoint(ignored);
    source_.local.port = local.port();
    start();
    write_some();
}

void Connection::fail(Errc code, const std::string& detail) {
    close(Error{make_error_code(code), source_.remote.text() + "/tcp: " + detail});
}

void Connection::close(const Error& reason) {
    ConnectionUser* const user = std::exchange(user_, nullptr);
    if (user == nullptr) return;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    const auto outbox = std::exchange(outbox_, {});
    user->on_closed(*this, reason, awaits_);
    for (const auto& item : outbox) {
        if (item.on_failure) item.on_failure(reason);
    }
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
                           if (self->user_ != nullptr) self->wait_readable();
                       });
}

void Connection::on_readable() {
    error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(scratch_), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return;
    if (error) {
        return fail(Errc::Closed, error == asio::error::eof ? "closed by peer" : error.message());
    }
    if (phase_ == Phase::Closing) return;
    last_traffic_ = std::chrono::steady_clock::now();
    if (!user_->on_bytes(*this, size)) return fail(Errc::Closed, "not admitted");
    framer_.push({scratch_.data(), size});
    handle_frames();
}

void Connection::handle_frames() {
    // A handler may close this connection at any step.
    const auto self = shared_from_this();
    while (user_ != nullptr && phase_ == Phase::Open) {
        sip::Frame frame = framer_.next();
        switch (frame.kind) {
            case sip::FrameKind::NeedMore:
                if (framer_.buffered() == 0) {
                    message_begun_ = {};
                } else if (message_begun_ == Time{}) {
                    message_begun_ = last_traffic_;
                    arm_timer();
                }
                return;
            case sip::FrameKind::KeepAlive:
                user_->on_drop(Drop::Keepalive);
                // One pong answers every ping before it, and a peer that reads none gets no pile.
                if (!std::exchange(pong_waits_, true)) push({nullptr, "\r\n", {}});
                break;
            case sip::FrameKind::Message:
                message_begun_ = {};
                if (user_->on_frame(*this, std::move(frame.bytes))) proven_ = true;
                break;
            case sip::FrameKind::Broken:
                user_->on_drop(Drop::BrokenFraming);
                user_->on_broken(*this, std::move(frame.bytes), frame.error);
                if (user_ == nullptr) return;
                // What is queued, the answer above all, still leaves; nothing more is read.
                phase_ = Phase::Closing;
                last_traffic_ = std::chrono::steady_clock::now();
                arm_timer();
                if (outbox_.empty()) finish_sending();
                return;
        }
    }
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

void Connection::write_some() {
    if (writing_ || phase_ == Phase::Connecting || outbox_.empty() || user_ == nullptr) return;
    writing_ = true;
    std::vector<asio::const_buffer> buffers;
    const std::size_t count = std::min(outbox_.size(), kGather);
    buffers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto bytes = outbox_[i].bytes();
        if (i == 0) bytes.remove_prefix(written_ahead_);
        buffers.emplace_back(bytes.data(), bytes.size());
    }
    socket_.async_write_some(
        buffers, [self = shared_from_this()](const error_code& error, std::size_t size) {
            self->on_write(error, size);
        });
}

void Connection::on_write(const error_code& error, std::size_t size) {
    writing_ = false;
    if (user_ == nullptr) return;
    if (error) return fail(Errc::Closed, error.message());
    last_traffic_ = std::chrono::steady_clock::now();
    user_->on_written(size);
    size += written_ahead_;
    while (!outbox_.empty() && size >= outbox_.front().bytes().size()) {
        size -= outbox_.front().bytes().size();
        outbox_cost_ -= outbox_.front().cost();
        if (!outbox_.front().message) pong_waits_ = false;
        outbox_.pop_front();
    }
    written_ahead_ = size;
    if (!outbox_.empty()) return write_some();
    if (phase_ == Phase::Closing) finish_sending();
}

// The peer sees the end of our stream, and closes or is closed by the timer.
void Connection::finish_sending() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

Connection::Time Connection::deadline() const {
    if (phase_ == Phase::Connecting) return opened_ + limits_.connect_timeout;
    if (phase_ == Phase::Closing) return last_traffic_ + kLinger;
    Time at = last_traffic_ + limits_.idle_timeout;
    if (message_begun_ != Time{}) at = std::min(at, message_begun_ + limits_.header_timeout);
    if (!proven_) at = std::min(at, opened_ + limits_.unproven_timeout);
    return at;
}

// Traffic only moves deadlines back, and is not worth a system call each: the timer looks again
// when it fires. A message begun moves them forward, so that arms it anew.
void Connection::arm_timer() {
    timer_.expires_at(deadline());
    timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled && self->user_ != nullptr) self->on_timer();
    });
}

void Connection::on_timer() {
    if (std::chrono::steady_clock::now() < deadline()) return arm_timer();
    if (phase_ == Phase::Connecting) return fail(Errc::TimedOut, "no answer");
    if (phase_ == Phase::Closing) return fail(Errc::Closed, "broken framing");
    const bool incomplete = message_begun_ != Time{};
    if (incomplete || !proven_) user_->on_drop(Drop::HeaderTimeout);
    // Every answer that was to come has come or is given up by now.
    if (!incomplete) awaits_ = false;
    fail(Errc::Closed, incomplete ? "message not completed in time" : "idle");
}

}  // namespace portcullis::transport
