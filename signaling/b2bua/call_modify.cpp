// SPDX-License-Identifier: BSD-2-Clause
// Re-INVITE and UPDATE of either side: what may not happen now, what stays on its leg, and what is
// an offer for the other (RFC 3261 section 14.2, RFC 3311 section 5.2).
#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {

void Call::on_reinvite(transaction::ServerId id, const sip::MessagePtr& request,
                       const transport::Source& source, Side from, bool confirmed) {
    if (!confirmed) {
        // 14.2: an INVITE while the first one has no final response yet.
        if (from == Side::A) {
            refuse(id, *request, 500, "the first INVITE is not answered yet", retry_soon());
        } else {
            refuse(id, *request, 491, "an INVITE of ours is not answered yet");
        }
        return;
    }
    Leg& leg = leg_at(from);
    if (!accept_refresh(id, request, leg) || glares(id, *request, from)) return;
    if (auto* const known = dialog_of(from)) {
        (void)known->refresh_target(*request);
        update_destination(leg, *request, source);
    }
    on_offer_request(id, request, from, {});
}

// RFC 3311. Without a body it refreshes target and session, and nothing crosses.
void Call::on_update(transaction::ServerId id, const sip::MessagePtr& request,
                     const transport::Source& source, Side from,
                     const std::optional<ForkName>& fork) {
    const Line own = line(from, fork);
    if (!accept_refresh(id, request, *own.leg)) return;
    const bool offers = !request->body().empty();
    if (offers && glares(id, *request, from)) return;
    using State = sdp::OfferAnswer::State;
    if (offers && own.state->state() == State::OfferSent) {
        refuse(id, *request, 491, "an offer of ours is not answered yet");  // 5.2
        return;
    }
    if (offers && (own.state->state() == State::OfferReceived || !own.state->established())) {
        refuse(id, *request, 500, "the first offer is not answered yet", retry_soon());  // 5.2
        return;
    }
    if (own.dialog != nullptr) {
        (void)own.dialog->refresh_target(*request);
        *own.destination = destination_of(*own.leg, *own.dialog, *request, source);
    }
    if (offers) {
        on_offer_request(id, request, from, fork);
    } else {
        refresh_only(id, request, *own.leg);
    }
}

// RFC 4028 section 9: too short an interval is refused before anything else.
bool Call::accept_refresh(transaction::ServerId id, const sip::MessagePtr& request, Leg& leg) {
    leg.peer.learn(*request);
    if (!leg.timer) return true;
    const auto too_small = leg.timer->on_request(*request);
    if (!too_small) return true;
    refuse(id, *request, 422, "session interval is too short", {{"Min-SE", *too_small}});
    return false;
}

}  // namespace portcullis::b2bua
