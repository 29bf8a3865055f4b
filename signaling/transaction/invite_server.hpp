// SPDX-License-Identifier: BSD-2-Clause
// InviteServer: the INVITE server transaction (RFC 3261 figure 7 as amended by RFC 6026).
#pragma once

#include "signaling/transaction/action.hpp"
#include "signaling/transaction/timers.hpp"

namespace portcullis::transaction {

// Pure: events in, actions out. The driver owns messages and timers.
class InviteServer {
 public:
    enum class State : std::uint8_t { Proceeding, Accepted, Completed, Confirmed, Terminated };

    InviteServer(const TimerValues& timers, bool reliable)
        : timers_(timers), reliable_(reliable), interval_(timers.t1) {}

    // Answers 100 at once: how long the core will take is never known (17.2.1). Call once, first.
    [[nodiscard]] Actions start() const { return {{ActionKind::SendTrying}}; }
    [[nodiscard]] Actions on(Event event);
    [[nodiscard]] State state() const { return state_; }

 private:
    [[nodiscard]] Actions on_proceeding(Event event);
    [[nodiscard]] Actions on_completed(Event event);
    [[nodiscard]] Actions terminate(Actions actions);

    TimerValues timers_;
    bool reliable_;
    Milliseconds interval_;  // of Timer G
    State state_ = State::Proceeding;
};

}  // namespace portcullis::transaction
