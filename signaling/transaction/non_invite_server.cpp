// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/non_invite_server.hpp"

namespace portcullis::transaction {

Actions NonInviteServer::terminate(Actions actions) {
    state_ = State::Terminated;
    actions.send(ActionKind::Terminate);
    return actions;
}

Actions NonInviteServer::on(Event event) {
    switch (state_) {
        case State::Trying:
        case State::Proceeding:
            if (event == Event::Tu1xx) {
                state_ = State::Proceeding;
                return {{ActionKind::SendResponse}};
            }
            if (event == Event::Tu2xx || event == Event::Tu300To699) return on_final();
            // 17.2.2: in Trying there is nothing yet to repeat, and nothing that failed to leave.
            if (state_ == State::Trying) return {};
            break;
        case State::Completed:
            if (event == Event::TimerJ) return terminate({});
            break;
        case State::Terminated:
            return {};
    }
    if (event == Event::ReceivedRequest) return {{ActionKind::ResendResponse}};
    if (event == Event::TransportError) return terminate({{ActionKind::ReportTransportError}});
    return {};
}

Actions NonInviteServer::on_final() {
    state_ = State::Completed;
    Actions actions{{ActionKind::SendResponse}};
    // Table 4: Timer J is zero on a reliable transport.
    if (reliable_) return terminate(actions);
    actions.start(Event::TimerJ, timers_.timer_j(reliable_));
    return actions;
}

}  // namespace portcullis::transaction
