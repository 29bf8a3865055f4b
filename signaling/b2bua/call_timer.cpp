// SPDX-License-Identifier: BSD-2-Clause
// What a call does when time has passed.
#include <algorithm>

#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {

void Call::on_timer(CallTimer timer) {
    if (timer == CallTimer::Release) {
        close();
        return;
    }
    if (state_ == CallState::Releasing) return;
    if (defer([this, timer] { on_timer(timer); })) return;
    switch (timer) {
        case CallTimer::Attempt:
            on_attempt_timer(false, "no response in time");
            break;
        case CallTimer::Ring:
            on_attempt_timer(true, "not answered in time");
            break;
        case CallTimer::Setup:
            if (!answered_) release(record::ReleasedBy::Sbc, 408, "set-up took too long");
            break;
        case CallTimer::Duration:
            hang_up("longest call duration reached");
            break;
        case CallTimer::Modify:
            on_exchange_overdue();
            break;
        case CallTimer::Early:
            on_early_timer();
            break;
        case CallTimer::SessionA:
            on_session_timer(Side::A);
            break;
        case CallTimer::SessionB:
            on_session_timer(Side::B);
            break;
        case CallTimer::Retired:
            end_retired();
            break;
        case CallTimer::Rest:
            rest();
            break;
        case CallTimer::Release:
            break;
    }
}

// Those gateways fail that have rung, or have not, for too long.
void Call::on_attempt_timer(bool ringing, const std::string& why) {
    if (has_b() && !transfer_) return;
    std::vector<std::uint32_t> late;
    for (const auto& attempt : attempts_) {
        const bool is_due = attempt->due <= env_.clock().now();
        if (attempt->ringing == ringing && is_due) late.push_back(attempt->number);
    }
    for (const auto number : late) {
        if (state_ == CallState::Releasing) return;
        attempt_failed(number, 408, why, !ringing);
    }
    if (state_ != CallState::Releasing) arm_attempt_timer(ringing);
}

// Nothing is on its way: what the legs said is not asked for until something happens again.
void Call::rest() {
    const bool busy = exchange_ || transfer_ || replacement_ || refresh_ || media_pending_;
    if (busy || state_ != CallState::Connected) return;
    for (Leg* const leg : {&a_, &b_}) {
        leg->media.rest();
        if (auto* const dialog = dialog_of(leg->side)) dialog->rest();
    }
}

}  // namespace portcullis::b2bua
