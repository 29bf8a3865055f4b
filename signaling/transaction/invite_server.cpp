// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/invite_server.hpp"

namespace portcullis::transaction {

Actions InviteServer::terminate(Actions actions) {
    state_ = State::Terminated;
    actions.send(ActionKind::Terminate);
    return actions;
}

Actions InviteServer::on(Event event) {
    if (state_ == State::Terminated) return {};
    // RFC 6026 section 8.8: the TU is told, and the transaction stays as it is.
    if (event == Event::TransportError) {
        return state_ == State::Confirmed ? Actions{} : Actions{{ActionKind::ReportTransportError}};
    }
    switch (state_) {
        case State::Proceeding:
            return on_proceeding(event);
        case State::Accepted:
            // RFC 6026 section 7.1: retransmitted INVITEs are absorbed, the TU's 2xx and the ACKs
            // pass through.
            if (event == Event::Tu2xx) return {{ActionKind::SendResponse}};
            if (event == Event::ReceivedAck) return {{ActionKind::PassAck}};
            if (event == Event::TimerL) return terminate({});
            return {};
        case State::Completed:
            return on_completed(event);
        case State::Confirmed:
            if (event == Event::TimerI) return terminate({});
            return {};
        case State::Terminated:
            return {};
    }
    return {};
}

Actions InviteServer::on_proceeding(Event event) {
    Actions actions;
    switch (event) {
        case Event::ReceivedRequest:
            return {{ActionKind::ResendResponse}};
        case Event::Tu1xx:
            return {{ActionKind::SendResponse}};
        case Event::Tu2xx:
            state_ = State::Accepted;
            actions.send(ActionKind::SendResponse);
            actions.start(Event::TimerL, timers_.timer_l());
            return actions;
        case Event::Tu300To699:
            state_ = State::Completed;
            actions.send(ActionKind::SendResponse);
            if (!reliable_) actions.start(Event::TimerG, interval_);
            actions.start(Event::TimerH, timers_.timer_h());
            return actions;
        default:
            return {};
    }
}

Actions InviteServer::on_completed(Event event) {
    Actions actions;
    switch (event) {
        case Event::ReceivedRequest:
            return {{ActionKind::ResendResponse}};
        case Event::TimerG:
            interval_ = timers_.doubled(interval_);
            actions.send(ActionKind::ResendResponse);
            actions.start(Event::TimerG, interval_);
            return actions;
        case Event::TimerH:
            return terminate({{ActionKind::ReportTimeout}});
        case Event::ReceivedAck:
            state_ = State::Confirmed;
            if (!reliable_) actions.stop(Event::TimerG);
            actions.stop(Event::TimerH);
            // Table 4: Timer I is zero on a reliable transport.
            if (reliable_) return terminate(actions);
            actions.start(Event::TimerI, timers_.timer_i(reliable_));
            return actions;
        default:
            return {};
    }
}

}  // namespace portcullis::transaction
