// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/answerer.hpp"

#include <algorithm>
#include <functional>

namespace portcullis::bench {

namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

void Answerer::begin_step(Figures& figures) {
    figures_ = &figures;
    seen_.clear();
}

void Answerer::on_message(const Scan& message, const Address& from, Instant now) {
    const CallHash call = hash_of(message.call_id_value);
    if (message.status != 0) {
        ++figures_->not_understood;
        return;
    }
    switch (message.method) {
        case Method::Invite:
            return on_invite(message, call, from, now);
        case Method::Ack:
            if (unacknowledged_.erase(call) == 0) ++figures_->retransmissions_received;
            return;
        case Method::Bye:
            if (!seen_.insert(hash_of(message.branch) + 1).second) {
                ++figures_->retransmissions_received;
            }
            [[fallthrough]];
        case Method::Options:  // how systems find out that we are there
            socket_.write(from, [&](char* buffer) {
                return texts_.ok(buffer, message, static_cast<std::uint32_t>(call));
            });
            return;
        case Method::Other:
            ++figures_->not_understood;
    }
}

void Answerer::on_invite(const Scan& invite, CallHash call, const Address& from, Instant now) {
    const auto tag = static_cast<std::uint32_t>(call);
    if (!seen_.insert(hash_of(invite.branch)).second) {
        ++figures_->retransmissions_received;
        socket_.write(from, [&](char* buffer) { return texts_.answer(buffer, invite, tag); });
        return;
    }
    socket_.write(from, [&](char* buffer) { return texts_.ringing(buffer, invite, tag); });
    const auto answer =
        socket_.write(from, [&](char* buffer) { return texts_.answer(buffer, invite, tag); });
    unacknowledged_[call] = {std::string(answer), from};
    retries_.add(call, now);
}

// 13.3.1.4: the 200 is repeated until its ACK arrives.
void Answerer::poll(Instant now) {
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
    figures_->failed += unacknowledged_.size();
    unacknowledged_.clear();
    retries_.clear();
}

}  // namespace portcullis::bench
