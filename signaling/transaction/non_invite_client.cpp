// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/non_invite_client.hpp"

namespace portcullis::transaction {

Actions NonInviteClient::start() {
    Actions actions;
    actions.send(ActionKind::SendRequest);
    if (!reliable_) actions.start(Event::TimerE, interval_);
    actions.start(Event::TimerF, timers_.timer_f());
    return actions;
}

Actions NonInviteClient::terminate(Actions actions) {
    state_ = State::Terminated;
    actions.send(ActionKind::Terminate);
    return actions;
}

Actions NonInviteClient::on(Event event) {
    switch (state_) {
        case State::Trying:
        case State::Proceeding:
            return on_pending(event);
        case State::Completed:
            if (event == Event::TimerK) return terminate({});
            return {};
        case State::Terminated:
            return {};
    }
    return {};
}

Actions NonInviteClient::on_pending(Event event) {
    switch (event) {
        case Event::TimerE: {
            // 17.1.2.2: doubling up to T2 in Trying, T2 throughout in Proceeding.
            interval_ = state_ == State::Trying ? timers_.doubled(interval_) : timers_.t2;
            Actions actions{{ActionKind::SendRequest}};
            actions.start(Event::TimerE, interval_);
            return actions;
        }
        case Event::TimerF:
            return terminate({{ActionKind::ReportTimeout}});
        case Event::TransportError:
            return terminate({{ActionKind::ReportTransportError}});
        case Event::Received1xx:
            state_ = State::Proceeding;
            return {{ActionKind::PassResponse}};
        case Event::Received2xx:
        case Event::Received300To699:
            return on_final();
        default:
            return {};
    }
}

Actions NonInviteClient::on_final() {
    state_ = State::Completed;
    Actions actions{{ActionKind::PassResponse}};
    if (!reliable_) actions.stop(Event::TimerE);
    actions.stop(Event::TimerF);
    // Table 4: Timer K is zero on a reliable transport.
    if (reliable_) return terminate(actions);
    actions.start(Event::TimerK, timers_.timer_k(reliable_));
    return actions;
}

}  // namespace portcullis::transaction
