// SPDX-License-Identifier: BSD-2-Clause
// NonInviteServer: the non-INVITE server transaction (RFC 3261 figure 8).
#pragma once

#include "signaling/transaction/action.hpp"
#include "signaling/transaction/timers.hpp"

namespace portcullis::transaction {

// Pure: events in, actions out. The driver owns messages and timers.
class NonInviteServer {
 public:
    enum class State : std::uint8_t { Trying, Proceeding, Completed, Terminated };

    NonInviteServer(const TimerValues& timers, bool reliable)
        : timers_(timers), reliable_(reliable) {}

    [[nodiscard]] Actions start() const { return {}; }
    [[nodiscard]] Actions on(Event event);
    [[nodiscard]] State state() const { return state_; }

 private:
    [[nodiscard]] Actions on_final();
    [[nodiscard]] Actions terminate(Actions actions);

    TimerValues timers_;
    bool reliable_;
    State state_ = State::Trying;
};

}  // namespace portcullis::transaction
