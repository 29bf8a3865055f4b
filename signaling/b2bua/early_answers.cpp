// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/early_answers.hpp"

namespace portcullis::b2bua {
namespace {

// More than any call has; a far side that sends without end gets the rest dropped.
constexpr std::size_t kMaxWaiting = 16;

}  // namespace

EarlyAnswers::EarlyAnswers(const sip::Message& invite, config::ReliableProvisional mode,
                           std::uint32_t first_rseq, Milliseconds t1)
    : sender_(first_rseq, invite.essentials().cseq.number, t1) {
    if (mode == config::ReliableProvisional::Off) return;
    required_ = invite.lists(sip::HeaderId::Require, "100rel");
    possible_ = required_ || invite.lists(sip::HeaderId::Supported, "100rel");
    // RFC 3262 section 3: we may insist on it with who supports it.
    if (mode == config::ReliableProvisional::Required) required_ = possible_;
}

std::optional<EarlyAnswers::Ready> EarlyAnswers::push(EarlyResponse response, TimePoint now) {
    response.reliable = possible_ && (required_ || response.reliable);
    if (waiting_.size() >= kMaxWaiting) return std::nullopt;
    waiting_.push_back(std::move(response));
    return next(now);
}

bool EarlyAnswers::on_prack(const sip::RAck& rack, std::string_view to_tag) {
    if (to_tag != unacknowledged_) return false;
    if (sender_.on_prack(rack) != dialog::ReliableSender::Prack::Acknowledged) return false;
    unacknowledged_.clear();
    outstanding_.reset();
    has_sdp_ = false;
    return true;
}

void EarlyAnswers::forget(std::string_view to_tag) {
    std::erase_if(waiting_,
                  [to_tag](const EarlyResponse& known) { return known.to_tag == to_tag; });
    // Nobody waits for what a dead dialog has agreed.
    if (unacknowledged_ == to_tag) has_sdp_ = false;
}

std::optional<EarlyAnswers::Ready> EarlyAnswers::next(TimePoint now) {
    if (waiting_.empty() || !sender_.is_free()) return std::nullopt;
    Ready ready{std::move(waiting_.front()), std::nullopt};
    waiting_.erase(waiting_.begin());
    if (ready.response.reliable) {
        ready.rseq = sender_.sent(now);
        unacknowledged_ = ready.response.to_tag;
        has_sdp_ = !ready.response.sdp.empty();
    }
    return ready;
}

}  // namespace portcullis::b2bua
