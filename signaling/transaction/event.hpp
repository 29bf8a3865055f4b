// SPDX-License-Identifier: BSD-2-Clause
// Event: everything that can happen to a transaction machine (RFC 3261 figures 5-8, RFC 6026).
#pragma once

#include <cstdint>

namespace portcullis::transaction {

enum class Event : std::uint8_t {
    // From the transport.
    ReceivedRequest,  // the request again: a retransmission
    ReceivedAck,      // ACK of the INVITE
    Received1xx,
    Received2xx,
    Received300To699,
    TransportError,
    // From the transaction user.
    Tu1xx,
    Tu2xx,
    Tu300To699,
    // Timers (table 4; L and M of RFC 6026).
    TimerA,
    TimerB,
    TimerD,
    TimerE,
    TimerF,
    TimerG,
    TimerH,
    TimerI,
    TimerJ,
    TimerK,
    TimerL,
    TimerM,
    CancelExpired,  // 64*T1 after the CANCEL left, no final response (9.1)
    kCount,
};

}  // namespace portcullis::transaction
