// SPDX-License-Identifier: BSD-2-Clause
// NonInviteClient: the non-INVITE client transaction (RFC 3261 figure 6).
#pragma once

#include "signaling/transaction/action.hpp"
#include "signaling/transaction/timers.hpp"

namespace portcullis::transaction {

// Pure: events in, actions out. The driver owns messages and timers.
class NonInviteClient {
 public:
    enum class State : std::uint8_t { Trying, Proceeding, Completed, Terminated };

    NonInviteClient(const TimerValues& timers, bool reliable)
        : timers_(timers), reliable_(reliable), interval_(timers.t1) {}

    // Sends the request; call once, first.
    [[nodiscard]] Actions start();
    [[nodiscard]] Actions on(Event event);
    [[nodiscard]] State state() const { return state_; }

 private:
    [[nodiscard]] Actions on_pending(Event event);
    [[nodiscard]] Actions on_final();
    [[nodiscard]] Actions terminate(Actions actions);

    TimerValues timers_;
    bool reliable_;
    Milliseconds interval_;  // of Timer E
    State state_ = State::Trying;
};

}  // namespace portcullis::transaction
