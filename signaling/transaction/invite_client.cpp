// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/invite_client.hpp"

namespace portcullis::transaction {

Actions InviteClient::start() {
    Actions actions;
    actions.send(ActionKind::SendRequest);
    if (!reliable_) actions.start(Event::TimerA, interval_);
    actions.start(Event::TimerB, timers_.timer_b());
    return actions;
}

Actions InviteClient::terminate(Actions actions) {
    state_ = State::Terminated;
    actions.send(ActionKind::Terminate);
    return actions;
}

Actions InviteClient::on(Event event) {
    switch (state_) {
        case State::Calling:
            return on_calling(event);
        case State::Proceeding:
            // 9.1: without a final response 64*T1 after the CANCEL the INVITE counts as cancelled.
            if (event == Event::CancelExpired) return terminate({{ActionKind::ReportTimeout}});
            return on_response(event);
        case State::Accepted:
            // RFC 6026 section 7.2: 2xx retransmissions and those of other forks go up.
            if (event == Event::Received2xx) return {{ActionKind::PassResponse}};
            if (event == Event::TimerM) return terminate({});
            return {};
        case State::Completed:
            if (event == Event::Received300To699) return {{ActionKind::SendAck}};
            if (event == Event::TimerD) return terminate({});
            if (event == Event::TransportError) {
                return terminate({{ActionKind::ReportTransportError}});
            }
            return {};
        case State::Terminated:
            return {};
    }
    return {};
}

Actions InviteClient::on_calling(Event event) {
    switch (event) {
        case Event::TimerA: {
            // 17.1.1.2: doubles each time, without the limit of T2 that Timer E has.
            interval_ *= 2;
            Actions actions{{ActionKind::SendRequest}};
            actions.start(Event::TimerA, interval_);
            return actions;
        }
        case Event::TimerB:
        case Event::CancelExpired:
            return terminate({{ActionKind::ReportTimeout}});
        case Event::TransportError:
            return terminate({{ActionKind::ReportTransportError}});
        default:
            return on_response(event);
    }
}

// Calling and Proceeding treat responses alike.
Actions InviteClient::on_response(Event event) {
    Actions actions;
    if (event == Event::Received1xx || event == Event::Received2xx ||
        event == Event::Received300To699) {
        // The ACK goes first: the TU may ask again at once, and many a far end takes a new INVITE
        // of the same Call-ID only after it.
        if (event == Event::Received300To699) actions.send(ActionKind::SendAck);
        actions.send(ActionKind::PassResponse);
        if (state_ == State::Calling) {
            if (!reliable_) actions.stop(Event::TimerA);
            actions.stop(Event::TimerB);
        }
    }
    switch (event) {
        case Event::Received1xx:
            state_ = State::Proceeding;
            return actions;
        case Event::Received2xx:
            state_ = State::Accepted;
            actions.start(Event::TimerM, timers_.timer_m());
            return actions;
        case Event::Received300To699:
            state_ = State::Completed;
            // Table 4: Timer D is zero on a reliable transport.
            if (reliable_) return terminate(actions);
            actions.start(Event::TimerD, timers_.timer_d(reliable_));
            return actions;
        default:
            return {};
    }
}

}  // namespace portcullis::transaction
