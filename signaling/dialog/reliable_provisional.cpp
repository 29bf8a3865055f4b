// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/reliable_provisional.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

namespace portcullis::dialog {

namespace {

constexpr int kGiveUp = 64;  // times T1 (RFC 3262 section 3)
// A far side that invents early dialogs without end has no reliable ones beyond these.
constexpr std::size_t kMaxDialogs = 64;

bool requires_100rel(const sip::Message& response) {
    const auto options = response.values(sip::HeaderId::Require);
    return std::any_of(options.begin(), options.end(),
                       [](std::string_view option) { return text::iequals(option, "100rel"); });
}

}  // namespace

std::uint32_t ReliableSender::sent(TimePoint now) {
    PORTCULLIS_ASSERT(is_free());
    outstanding_ = Outstanding{.rseq = next_++,
                               .resend_at = now + t1_,
                               .give_up_at = now + kGiveUp * t1_,
                               .interval = t1_};
    return outstanding_->rseq;
}

ReliableSender::Prack ReliableSender::on_prack(const sip::RAck& rack) {
    if (!outstanding_ || rack.rseq != outstanding_->rseq || rack.cseq.number != invite_cseq_ ||
        rack.cseq.method != sip::Method::Invite) {
        return Prack::Unknown;
    }
    outstanding_.reset();
    return Prack::Acknowledged;
}

std::optional<TimePoint> ReliableSender::due_at() const {
    if (!outstanding_ || stopped_) return std::nullopt;
    return std::min(outstanding_->resend_at, outstanding_->give_up_at);
}

ReliableSender::Due ReliableSender::on_time(TimePoint now) {
    if (!due_at() || now < *due_at()) return Due::Nothing;
    if (now >= outstanding_->give_up_at) {
        outstanding_.reset();
        return Due::GiveUp;
    }
    // Section 3: the interval doubles, without the T2 that bounds it elsewhere.
    outstanding_->interval *= 2;
    outstanding_->resend_at = now + outstanding_->interval;
    return Due::Resend;
}

ReliableReceiver::Judged ReliableReceiver::on_response(const sip::Message& response) {
    const int code = response.status_code();
    if (code <= 100 || code >= 200 || !requires_100rel(response)) return {};
    const auto value = response.header(sip::HeaderId::RSeq);
    const auto rseq = value ? sip::parse_rseq(*value) : Result<std::uint32_t>{0};
    const auto& tag = response.essentials().to_tag;
    // Section 4: without RSeq, or without a dialog to acknowledge it in, it is not reliable.
    if (!value || !rseq || tag.empty()) return {};
    const auto known = last_.find(tag);
    if (known == last_.end()) {
        if (last_.size() >= kMaxDialogs) return {};
        last_.emplace(tag, *rseq);
        return {Verdict::Fresh, *rseq};
    }
    if (*rseq <= known->second) return {Verdict::Repeated, *rseq};
    if (*rseq != known->second + 1) return {Verdict::Early, *rseq};
    known->second = *rseq;
    return {Verdict::Fresh, *rseq};
}

}  // namespace portcullis::dialog
