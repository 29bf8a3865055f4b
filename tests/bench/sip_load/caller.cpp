// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/caller.hpp"

#include <algorithm>

namespace portcullis::bench {

namespace {

std::uint64_t us_since(Instant then, Instant now) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - then).count());
}

}  // namespace

Caller::Caller(UdpBatch& socket, const Address& target, CallerTexts texts, std::uint32_t max_calls)
    : socket_(socket), target_(target), texts_(std::move(texts)), calls_(max_calls) {}

bool Caller::start(Instant now) {
    if (next_ == calls_.size()) return false;
    const std::uint32_t id = next_++;
    calls_[id].invited = now;
    calls_[id].state = State::Calling;
    ++pending_;
    ++figures_->started;
    socket_.write(target_, [&](char* buffer) { return texts_.invite(buffer, id); });
    retries_.add({id, false}, now);
    return true;
}

void Caller::on_message(const Scan& message, Instant now) {
    const auto id = texts_.call_of(message.call_id_value);
    if (message.status == 0 || !id || *id >= next_) {
        ++figures_->not_understood;
        return;
    }
    Call& call = calls_[*id];
    if (message.method == Method::Invite) {
        on_invite_response(*id, call, message, now);
    } else if (message.method == Method::Bye && call.state == State::Ending &&
               message.status >= 200) {
        if (message.status >= 300) return fail(call, message.status);
        call.state = State::Over;
        call.bye = {};
        --pending_;
        ++figures_->completed;
    } else if (message.method == Method::Bye && message.status >= 200) {
        ++figures_->retransmissions_received;
    }
}

void Caller::on_invite_response(std::uint32_t id, Call& call, const Scan& answer, Instant now) {
    const bool waits = call.state == State::Calling || call.state == State::Proceeding;
    if (answer.status < 200) {
        if (!waits) return;
        call.state = State::Proceeding;
        if (answer.status == 180 && !std::exchange(call.rang, true)) {
            figures_->ringing.add(us_since(call.invited, now));
        }
        return;
    }
    acknowledge(id, answer);
    if (!waits) {
        ++figures_->retransmissions_received;
    } else if (answer.status >= 300) {
        fail(call, answer.status);
    } else {
        on_answered(id, call, answer, now);
    }
}

void Caller::acknowledge(std::uint32_t id, const Scan& answer) {
    socket_.write(target_, [&](char* buffer) { return texts_.ack(buffer, id, answer); });
}

void Caller::on_answered(std::uint32_t id, Call& call, const Scan& answer, Instant now) {
    ++figures_->answered;
    figures_->setup.add(us_since(call.invited, now));
    call.bye.resize(UdpBatch::kBytes);
    const char* const end = texts_.bye(call.bye.data(), id, answer);
    call.bye.resize(static_cast<std::size_t>(end - call.bye.data()));
    if (held_) {
        call.bye.shrink_to_fit();
        call.state = State::Held;
        holding_.push_back(id);
        --pending_;
    } else {
        send_bye(id, call, now);
    }
}

void Caller::send_bye(std::uint32_t id, Call& call, Instant now) {
    call.state = State::Ending;
    socket_.write(target_, [&](char* buffer) { return std::ranges::copy(call.bye, buffer).out; });
    retries_.add({id, true}, now);
}

std::size_t Caller::release(std::size_t count, Instant now) {
    for (; count > 0 && !holding_.empty(); --count) {
        const std::uint32_t id = holding_.back();
        holding_.pop_back();
        ++pending_;
        send_bye(id, calls_[id], now);
    }
    return holding_.size();
}

// Over for the INVITE means answered; an entry of the INVITE may come due after the BYE was sent.
bool Caller::retry(Wait wait) {
    const Call& call = calls_[wait.id];
    if (wait.bye) {
        if (call.state != State::Ending) return false;
        socket_.write(target_,
                      [&](char* buffer) { return std::ranges::copy(call.bye, buffer).out; });
    } else if (call.state == State::Calling) {
        socket_.write(target_, [&](char* buffer) { return texts_.invite(buffer, wait.id); });
    } else {
        // 17.1.1.2: once Proceeding there is no retransmission, but the wait has an end.
        return call.state == State::Proceeding;
    }
    ++figures_->retransmissions_sent;
    return true;
}

void Caller::give_up(Wait wait) {
    Call& call = calls_[wait.id];
    const bool waits = wait.bye ? call.state == State::Ending
                                : call.state == State::Calling || call.state == State::Proceeding;
    if (waits) fail(call, 0);
}

void Caller::poll(Instant now) {
    retries_.poll(
        now, [this](Wait wait) { return retry(wait); }, [this](Wait wait) { give_up(wait); });
}

void Caller::fail(Call& call, int status) {
    call.state = State::Over;
    call.bye = {};
    --pending_;
    ++figures_->failed;
    ++figures_->refusals[status];
}

void Caller::abandon() {
    for (std::uint32_t id = 0; id < next_; ++id) {
        Call& call = calls_[id];
        if (call.state == State::Calling || call.state == State::Proceeding ||
            call.state == State::Ending) {
            fail(call, 0);
        }
    }
    retries_.clear();
}

}  // namespace portcullis::bench
