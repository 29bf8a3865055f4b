// SPDX-License-Identifier: BSD-2-Clause
// Action: what a transaction machine asks its driver to do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "common/base/assert.hpp"
#include "common/base/clock.hpp"
#include "signaling/transaction/event.hpp"

namespace portcullis::transaction {

enum class ActionKind : std::uint8_t {
    SendRequest,     // the original request, again for a retransmission
    SendAck,         // ACK for the failure just received (17.1.1.3)
    SendTrying,      // 100 of the layer's own making (17.2.1)
    SendResponse,    // the response the TU just gave; it becomes the last one
    ResendResponse,  // the last response
    StartTimer,      // `timer` to fire after `after`, in place of a running one
    StopTimer,
    PassResponse,          // to the TU
    PassAck,               // to the TU
    ReportTimeout,         // to the TU
    ReportTransportError,  // to the TU
    Terminate,             // destroy the transaction; always last
};

struct Action {
    ActionKind kind;
    Event timer = Event::kCount;  // StartTimer, StopTimer: one of TimerA..TimerM
    Milliseconds after{0};        // StartTimer

    bool operator==(const Action&) const = default;
};

// A short list in order of execution; no machine asks for more than six things at once.
class Actions {
 public:
    Actions() = default;
    Actions(std::initializer_list<Action> actions) {
        for (const Action& action : actions) add(action);
    }

    void add(const Action& action) {
        PORTCULLIS_ASSERT(size_ < items_.size());
        items_[size_++] = action;
    }
    void send(ActionKind kind) { add({kind}); }
    void stop(Event timer) { add({ActionKind::StopTimer, timer}); }
    void start(Event timer, Milliseconds after) { add({ActionKind::StartTimer, timer, after}); }

    [[nodiscard]] const Action* begin() const { return items_.data(); }
    [[nodiscard]] const Action* end() const { return items_.data() + size_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
    std::array<Action, 6> items_{};
    std::size_t size_ = 0;
};

}  // namespace portcullis::transaction
