// SPDX-License-Identifier: BSD-2-Clause
// The writing half of a connection: from the outbox through the stream to the socket.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "signaling/transport/connection.hpp"

namespace portcullis::transport {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kBatch = 32U << 10;    // bytes encoded ahead of what the socket took
constexpr std::size_t kKeepWire = 4U << 10;  // an idle connection holds no more

}  // namespace

// Messages are encoded only when the one before has left, so a peer that does not read costs what
// waits in the outbox and no more.
void Connection::fill_wire() {
    stream_->take_own(wire_);
    if (!stream_->is_open()) return;
    while (encoded_ < outbox_.size() && wire_.size() < kBatch) {
        Outgoing& item = outbox_[encoded_++];
        if (!item.message && item.raw.empty()) {
            stream_->encode_ping(wire_);
        } else {
            stream_->encode(item.bytes(), wire_);
        }
        item.wire_end = wire_.size();
    }
}

void Connection::write_some() {
    if (writing_ || busy_ || phase_ == Phase::Connecting || user_ == nullptr) return;
    if (wire_.empty()) fill_wire();
    if (wire_.empty()) return;
    writing_ = true;
    const auto rest = asio::buffer(wire_) + written_;
    socket_.async_write_some(
        asio::const_buffer(rest),
        [self = shared_from_this()](const error_code& error, std::size_t size) {
            self->on_write(error, size);
        });
}

void Connection::pop_written() {
    while (encoded_ > 0 && outbox_.front().wire_end <= written_) {
        outbox_cost_ -= outbox_.front().cost();
        if (!outbox_.front().raw.empty()) pong_waits_ = false;
        outbox_.pop_front();
        --encoded_;
    }
    if (written_ < wire_.size()) return;
    wire_.clear();
    if (wire_.capacity() > kKeepWire) wire_.shrink_to_fit();
    written_ = 0;
}

void Connection::on_write(const error_code& error, std::size_t size) {
    writing_ = false;
    if (user_ == nullptr) return;
    if (error) return fail(Errc::Closed, error.message());
    last_traffic_ = std::chrono::steady_clock::now();
    user_->on_written(size);
    written_ += size;
    pop_written();
    write_some();
    if (!writing_ && phase_ == Phase::Closing) finish_sending();
}

// The peer sees the end of our stream, and closes or is closed by the timer.
void Connection::finish_sending() {
    if (busy_) return;
    error_code ignored;
    stream_->finish();
    stream_->take_own(wire_);
    if (!wire_.empty()) {
        (void)socket_.write_some(asio::buffer(wire_), ignored);
        wire_.clear();
    }
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace portcullis::transport
