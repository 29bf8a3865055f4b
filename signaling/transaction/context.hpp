// SPDX-License-Identifier: BSD-2-Clause
// Context: what the client and the server side of the transaction layer share.
#pragma once

#include <memory>

#include "common/base/clock.hpp"
#include "signaling/shard/timer_wheel.hpp"
#include "signaling/transaction/event.hpp"
#include "signaling/transaction/timers.hpp"
#include "signaling/transaction/transaction_layer.hpp"
#include "signaling/transport/transport.hpp"

namespace portcullis::transaction {

// Owned by the layer, outlives both sides. `alive` turns false with the layer: send failures may
// still be on their way then.
struct Context {
    const Clock& clock;
    shard::TimerWheel& wheel;
    transport::Transport& transport;
    TimerValues timers;
    TransactionLimits limits;
    TransactionUser& user;
    TransactionCounts counts;
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

// The timers of one transaction. No two timers of a group run at the same time in any machine.
struct TimerSet {
    shard::TimerId repeat;  // A, E, G, and repeated 2xx
    shard::TimerId limit;   // B, F, H
    shard::TimerId linger;  // D, I, J, K, L, M
    shard::TimerId cancel;  // CancelExpired

    [[nodiscard]] shard::TimerId& of(Event timer) {
        switch (timer) {
            case Event::TimerA:
            case Event::TimerE:
            case Event::TimerG:
                return repeat;
            case Event::TimerB:
            case Event::TimerF:
            case Event::TimerH:
                return limit;
            case Event::CancelExpired:
                return cancel;
            default:
                return linger;
        }
    }
    void cancel_all(shard::TimerWheel& wheel) const {
        for (const auto id : {repeat, limit, linger, cancel}) wheel.cancel(id);
    }
};

// The event of a received response, or of one the TU gives.
[[nodiscard]] constexpr Event received_event(int status) {
    return status < 200 ? Event::Received1xx
                        : (status < 300 ? Event::Received2xx : Event::Received300To699);
}
[[nodiscard]] constexpr Event tu_event(int status) {
    return status < 200 ? Event::Tu1xx : (status < 300 ? Event::Tu2xx : Event::Tu300To699);
}

// A timer's callback carries two words, so the wheel stores it without allocating: the owner, and
// the event and id in one number (ids stay below 2^56 for longer than any process lives).
[[nodiscard]] constexpr std::uint64_t pack(Event event, std::uint64_t id) {
    return (std::uint64_t{static_cast<std::uint8_t>(event)} << 56U) | id;
}
[[nodiscard]] constexpr Event packed_event(std::uint64_t packed) {
    return static_cast<Event>(packed >> 56U);
}
[[nodiscard]] constexpr std::uint64_t packed_id(std::uint64_t packed) {
    return packed & ((std::uint64_t{1} << 56U) - 1);
}

}  // namespace portcullis::transaction
