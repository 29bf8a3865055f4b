// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/answerer.hpp"

#include <algorithm>
#include <functional>

namespace portcullis::bench {

namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

bool has_tag(std::string_view to) { return to.find(";tag=") != std::string_view::npos; }

}  // namespace

void Answerer::begin_step(Figures& figures) {
    figures_ = &figures;
    seen_.clear();
}

void Answerer::on_message(const Scan& message, std::string_view bytes, const Address& from,
                          Instant now) {
    const CallHash call = hash_of(message.call_id_value);
    if (message.status != 0) {
        ++figures_->not_understood;
        return;
    }
    switch (message.method) {
        case Method::Invite:
            return on_invite(message, bytes, call, from, now);
        case Method::Ack:
            if (unacknowledged_.erase(call) == 0) ++figures_->retransmissions_received;
            return;
        case Method::Cancel:
            return on_cancel(message, call, from, now);
        case Method::Bye:
            open_.erase(call);
            if (!seen_.insert(hash_of(message.branch) + 1).second) {
                ++figures_->retransmissions_received;
            }
            return ok(message, call, from);
        case Method::Options:  // how systems find out that we are there
            return ok(message, call, from);
        case Method::Other:
            ++figures_->not_understood;
    }
}

void Answerer::ok(const Scan& request, CallHash call, const Address& from) {
    socket_.write(from, [&](char* buffer) { return texts_.ok(buffer, request, tag_of(call)); });
}

void Answerer::ring(const Scan& invite, CallHash call, const Address& from) {
    socket_.write(from, [&](char* buffer) { return texts_.ringing(buffer, invite, tag_of(call)); });
}

void Answerer::on_invite(const Scan& invite, std::string_view bytes, CallHash call,
                         const Address& from, Instant now) {
    if (!seen_.insert(hash_of(invite.branch)).second) {
        return on_repeated_invite(invite, call, from);
    }
    if (has_tag(invite.to)) return on_reinvite(invite, call, from, now);
    const auto number = called_number(invite.request_uri);
    const Plan plan = number ? mix_.plan_of(*number) : Plan{};
    if (plan.story == Story::Mute) return;
    if (plan.story != Story::Lost) ring(invite, call, from);
    const bool answers = plan.story != Story::Lost && plan.story != Story::Ring;
    if (answers && plan.answer_after.count() == 0 && plan.story != Story::Refuse) {
        const auto answer = socket_.write(
            from, [&](char* buffer) { return texts_.answer(buffer, invite, tag_of(call)); });
        open_.insert(call);
        return keep(call, answer, from, now);
    }
    waiting_[call] = {std::string(bytes), from, plan};
    if (answers) delays_.add(call, now + plan.answer_after);
}

void Answerer::on_reinvite(const Scan& invite, CallHash call, const Address& from, Instant now) {
    const auto answer = socket_.write(
        from, [&](char* buffer) { return texts_.hold_answer(buffer, invite, tag_of(call)); });
    keep(call, answer, from, now);
}

void Answerer::on_repeated_invite(const Scan& invite, CallHash call, const Address& from) {
    const auto waiting = waiting_.find(call);
    if (waiting != waiting_.end() && waiting->second.plan.story == Story::Lost) {
        return ring(invite, call, from);
    }
    const auto number = called_number(invite.request_uri);
    if (number && mix_.plan_of(*number).story == Story::Mute) return;
    ++figures_->retransmissions_received;
    if (waiting != waiting_.end()) return ring(invite, call, from);
    const auto answered = unacknowledged_.find(call);
    if (answered == unacknowledged_.end()) return;
    socket_.write(answered->second.to, [&](char* buffer) {
        return std::ranges::copy(answered->second.text, buffer).out;
    });
}

// Section 9.2: what has its final response is not cancelled.
void Answerer::on_cancel(const Scan& cancel, CallHash call, const Address& from, Instant now) {
    ok(cancel, call, from);
    if (waiting_.contains(call)) finish(call, 487, now);
}

void Answerer::finish(CallHash call, int status, Instant now) {
    const auto found = waiting_.find(call);
    if (found == waiting_.end()) return;
    const Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    const auto invite = scan(waiting.invite);
    if (!invite) return;
    const auto answer = socket_.write(waiting.from, [&](char* buffer) {
        return status == 200 ? texts_.answer(buffer, *invite, tag_of(call))
                             : texts_.refusal(buffer, *invite, status, tag_of(call));
    });
    if (status == 200) open_.insert(call);
    keep(call, answer, waiting.from, now);
}

void Answerer::keep(CallHash call, std::string_view answer, const Address& to, Instant now) {
    unacknowledged_[call] = {std::string(answer), to};
    retries_.add(call, now);
}

// 13.3.1.4, 17.2.1: a final response is repeated until its ACK arrives.
void Answerer::poll(Instant now) {
    delays_.poll(now, [this, now](CallHash call) {
        const auto found = waiting_.find(call);
        if (found == waiting_.end()) return;
        const Plan& plan = found->second.plan;
        finish(call, plan.story == Story::Refuse ? plan.refusal : 200, now);
    });
    retries_.poll(
        now,
        [this](CallHash call) {
            const auto found = unacknowledged_.find(call);
            if (found == unacknowledged_.end()) return false;
            const Answered& answered = found->second;
            socket_.write(answered.to, [&](char* buffer) {
                return std::ranges::copy(answered.text, buffer).out;
            });
            ++figures_->retransmissions_sent;
            return true;
        },
        [this](CallHash call) {
            if (unacknowledged_.erase(call) != 0) ++figures_->failed;
        });
}

void Answerer::abandon() {
    figures_->failed += unacknowledged_.size() + waiting_.size();
    unacknowledged_.clear();
    waiting_.clear();
    open_.clear();
    retries_.clear();
    delays_.clear();
}

}  // namespace portcullis::bench
