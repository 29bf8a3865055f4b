// SPDX-License-Identifier: BSD-2-Clause
// The one timer of a connection: connecting, handshake, message, idle, ping, closing.
#include <algorithm>

#include "signaling/transport/connection.hpp"

namespace portcullis::transport {

using boost::system::error_code;

namespace {

// How long a connection that we are closing may take to read our last words. Closing at once, with
// bytes of the peer unread, would make the kernel reset it and discard them.
constexpr auto kLinger = std::chrono::seconds(1);

}  // namespace

void Connection::on_timer() {
    const auto now = std::chrono::steady_clock::now();
    if (now < deadline()) return arm_timer();
    if (phase_ == Phase::Connecting) return fail(Errc::TimedOut, "no answer");
    if (phase_ == Phase::Closing) return fail(Errc::Closed, close_reason_);
    if (phase_ == Phase::Opening) {
        user_->on_handshake_failed(*this, TlsFailure::TimedOut, "handshake not complete in time");
        return fail(Errc::TimedOut, "handshake not complete in time");
    }
    if (pong_due_ != Time{} && now >= pong_due_) return fail(Errc::Closed, "no answer to a ping");
    if (now >= ping_deadline()) {
        pong_due_ = now + limits_.pong_timeout;
        push({nullptr, {}, {}});
        return arm_timer();
    }
    const bool incomplete = message_begun_ != Time{};
    if (incomplete || !proven_) user_->on_drop(Drop::HeaderTimeout);
    // Every answer that was to come has come or is given up by now.
    if (!incomplete) awaits_ = false;
    fail(Errc::Closed, incomplete ? "message not completed in time" : "idle");
}

// RFC 5626 section 4.4.1, on connections of ours that say nothing else.
Connection::Time Connection::ping_deadline() const {
    const bool pings = keepalive_.count() > 0 && phase_ == Phase::Open && pong_due_ == Time{};
    return pings ? last_traffic_ + keepalive_ : Time::max();
}

Connection::Time Connection::deadline() const {
    if (phase_ == Phase::Connecting) return opened_ + connect_timeout_;
    if (phase_ == Phase::Opening) return opened_ + limits_.handshake_timeout;
    if (phase_ == Phase::Closing) return last_traffic_ + kLinger;
    Time at = std::min(last_traffic_ + idle_timeout_, ping_deadline());
    if (pong_due_ != Time{}) at = std::min(at, pong_due_);
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

}  // namespace portcullis::transport
