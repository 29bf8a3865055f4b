// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/caller.hpp"

#include <algorithm>

namespace portcullis::bench {

namespace {

std::uint64_t us_since(Instant then, Instant now) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - then).count());
}

bool is_cancelled(Story story) {
    return story == Story::Cancel || story == Story::Ring || story == Story::Lost ||
           story == Story::Mute;
}

}  // namespace

Caller::Caller(UdpBatch& socket, const Address& target, CallerTexts texts, const Mix& mix,
               std::uint32_t max_calls)
    : socket_(socket), target_(target), texts_(std::move(texts)), mix_(mix), calls_(max_calls) {}

bool Caller::start(Instant now) {
    if (next_ == calls_.size()) return false;
    const std::uint32_t id = next_++;
    calls_[id].invited = now;
    calls_[id].state = State::Calling;
    ++pending_;
    ++figures_->started;
    socket_.write(target_, [&](char* buffer) { return texts_.invite(buffer, id); });
    retries_.add({id, Sent::Invite}, now);
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
    } else if (message.method == Method::Cancel) {
        call.agreed = true;
    } else if (message.method == Method::Bye && message.status >= 200) {
        on_bye_response(call, message);
    }
}

void Caller::on_bye_response(Call& call, const Scan& answer) {
    if (call.state != State::Ending) {
        ++figures_->retransmissions_received;
        return;
    }
    if (answer.status >= 300) return fail(call, answer.status);
    end(call);
    ++figures_->completed;
}

void Caller::on_invite_response(std::uint32_t id, Call& call, const Scan& answer, Instant now) {
    if (answer.status < 200) return on_provisional(id, call, answer, now);
    acknowledge(id, answer);
    if (call.state == State::Reinviting && answer.cseq.ends_with(" 2 INVITE")) {
        if (answer.status >= 300) return fail(call, answer.status);
        ++figures_->reinvited;
        call.request.resize(UdpBatch::kBytes);
        const char* const end = texts_.bye(call.request.data(), id, answer);
        call.request.resize(static_cast<std::size_t>(end - call.request.data()));
        call.state = State::Talking;
        send_later(id, call, now);
        return;
    }
    if (!waits(call)) {
        ++figures_->retransmissions_received;
        return;
    }
    call.status = static_cast<std::uint16_t>(answer.status);
    if (answer.status >= 300) {
        on_refused(id, call, answer.status);
    } else {
        on_answered(id, call, answer, now);
    }
}

void Caller::on_provisional(std::uint32_t id, Call& call, const Scan& answer, Instant now) {
    if (!waits(call)) return;
    if (call.state == State::Calling) {
        call.state = State::Proceeding;
        // 9.1: a CANCEL waits for a provisional response.
        const auto plan = mix_.plan_of(id);
        if (is_cancelled(plan.story)) delays_.add(id, now + plan.cancel_after);
    }
    if (answer.status == 180 && !std::exchange(call.rang, true)) {
        figures_->ringing.add(us_since(call.invited, now));
    }
}

void Caller::acknowledge(std::uint32_t id, const Scan& answer) {
    socket_.write(target_, [&](char* buffer) { return texts_.ack(buffer, id, answer); });
}

void Caller::on_refused(std::uint32_t id, Call& call, int status) {
    const auto plan = mix_.plan_of(id);
    if (call.cancelled && status == 487) {
        end(call);
        ++figures_->cancelled;
    } else if (plan.story == Story::Refuse && status == plan.refusal) {
        end(call);
        ++figures_->refused;
    } else {
        fail(call, status);
    }
}

void Caller::on_answered(std::uint32_t id, Call& call, const Scan& answer, Instant now) {
    ++figures_->answered;
    figures_->setup.add(us_since(call.invited, now));
    const bool reinvites = mix_.plan_of(id).story == Story::Reinvite;
    call.request.resize(UdpBatch::kBytes);
    const char* const end = reinvites ? texts_.reinvite(call.request.data(), id, answer)
                                      : texts_.bye(call.request.data(), id, answer);
    call.request.resize(static_cast<std::size_t>(end - call.request.data()));
    if (held_) {
        call.request.shrink_to_fit();
        call.state = State::Held;
        holding_.push_back(id);
        --pending_;
        return;
    }
    call.state = State::Talking;
    // Whoever cancelled wants no call, though it was answered first.
    if (call.cancelled) return send_request(id, call, now);
    send_later(id, call, now);
}

void Caller::send_later(std::uint32_t id, Call& call, Instant now) {
    const auto talk = mix_.plan_of(id).talk;
    if (talk.count() == 0) return send_request(id, call, now);
    delays_.add(id, now + talk);
}

void Caller::send_request(std::uint32_t id, Call& call, Instant now) {
    const bool reinvite = call.request.starts_with("INVITE");
    call.state = reinvite ? State::Reinviting : State::Ending;
    socket_.write(target_,
                  [&](char* buffer) { return std::ranges::copy(call.request, buffer).out; });
    retries_.add({id, reinvite ? Sent::Reinvite : Sent::Bye}, now);
}

void Caller::send_cancel(std::uint32_t id, Call& call, Instant now) {
    call.cancelled = true;
    socket_.write(target_, [&](char* buffer) { return texts_.cancel(buffer, id); });
    retries_.add({id, Sent::Cancel}, now);
}

void Caller::act(std::uint32_t id, Instant now) {
    Call& call = calls_[id];
    if (call.state == State::Proceeding && !call.cancelled) {
        send_cancel(id, call, now);
    } else if (call.state == State::Talking) {
        send_request(id, call, now);
    }
}

std::size_t Caller::release(std::size_t count, Instant now) {
    for (; count > 0 && !holding_.empty(); --count) {
        const std::uint32_t id = holding_.back();
        holding_.pop_back();
        ++pending_;
        send_request(id, calls_[id], now);
    }
    return holding_.size();
}

// An entry of an earlier request may come due after a later one was sent.
bool Caller::retry(Wait wait) {
    const Call& call = calls_[wait.id];
    switch (wait.sent) {
        case Sent::Invite:
            // 17.1.1.2: once Proceeding there is no retransmission, but the wait has an end.
            if (call.state != State::Calling) return call.state == State::Proceeding;
            socket_.write(target_, [&](char* buffer) { return texts_.invite(buffer, wait.id); });
            break;
        case Sent::Cancel:
            if (call.agreed) return false;
            socket_.write(target_, [&](char* buffer) { return texts_.cancel(buffer, wait.id); });
            break;
        case Sent::Reinvite:
        case Sent::Bye:
            if (call.state != (wait.sent == Sent::Bye ? State::Ending : State::Reinviting)) {
                return false;
            }
            socket_.write(
                target_, [&](char* buffer) { return std::ranges::copy(call.request, buffer).out; });
            break;
    }
    ++figures_->retransmissions_sent;
    return true;
}

void Caller::give_up(Wait wait) {
    Call& call = calls_[wait.id];
    const bool open = wait.sent == Sent::Bye        ? call.state == State::Ending
                      : wait.sent == Sent::Reinvite ? call.state == State::Reinviting
                                                    : waits(call);
    if (open) fail(call, 0);
}

void Caller::poll(Instant now) {
    delays_.poll(now, [this, now](std::uint32_t id) { act(id, now); });
    retries_.poll(
        now, [this](Wait wait) { return retry(wait); }, [this](Wait wait) { give_up(wait); });
}

void Caller::end(Call& call) {
    call.state = State::Over;
    call.request = {};
    --pending_;
}

void Caller::fail(Call& call, int status) {
    end(call);
    ++figures_->failed;
    ++figures_->refusals[status];
}

void Caller::abandon() {
    for (std::uint32_t id = 0; id < next_; ++id) {
        Call& call = calls_[id];
        const bool open = call.state == State::Talking || call.state == State::Reinviting ||
                          call.state == State::Ending || waits(call);
        if (open) fail(call, 0);
    }
    retries_.clear();
    delays_.clear();
}

void Caller::list(std::FILE* file) const {
    for (std::uint32_t id = 0; id < next_; ++id) {
        const auto story = name(mix_.plan_of(id).story);
        std::fprintf(file, "%s %d %.*s\n", texts_.call_id_of(id).c_str(), calls_[id].status,
                     static_cast<int>(story.size()), story.data());
    }
}

}  // namespace portcullis::bench
