// SPDX-License-Identifier: BSD-2-Clause
// InviteClient: the INVITE client transaction (RFC 3261 figure 5 as amended by RFC 6026).
#pragma once

#include "signaling/transaction/action.hpp"
#include "signaling/transaction/timers.hpp"

namespace portcullis::transaction {

// Pure: events in, actions out. The driver owns messages and timers.
class InviteClient {
 public:
    enum class State : std::uint8_t { Calling, Proceeding, Accepted, Completed, Terminated };

    InviteClient(const TimerValues& timers, bool reliable)
        : timers_(timers), reliable_(reliable), interval_(timers.t1) {}

    // Sends the request; call once, first.
    [[nodiscard]] Actions start();
    [[nodiscard]] Actions on(Event event);
    [[nodiscard]] State state() const { return state_; }

 private:
    [[nodiscard]] Actions on_calling(Event event);
    [[nodiscard]] Actions on_response(Event event);
    [[nodiscard]] Actions terminate(Actions actions);

    TimerValues timers_;
    bool reliable_;
    Milliseconds interval_;  // of Timer A
    State state_ = State::Calling;
};

}  // namespace portcullis::transaction
