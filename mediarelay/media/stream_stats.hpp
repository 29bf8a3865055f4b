// SPDX-License-Identifier: BSD-2-Clause
// Reception statistics of an RTP stream in integers: sequence numbers and loss (RFC 3550 appendices
// A.1 and A.3), interarrival jitter (A.8).
//
// Split by heat: what every packet touches (SequenceTracker, JitterEstimator) is part of a flow's
// two cache lines, what only irregular packets touch (SequenceHistory) lies apart. Writer: the
// worker; readers: control, relaxed.
#pragma once

#include <cstdint>

#include "mediarelay/media/counter.hpp"

namespace portcullis::relay {

enum class Arrival : std::uint8_t {
    First,      // of the flow
    InOrder,    // the next sequence number
    Gap,        // later than the next: packets are missing or late
    Reordered,  // earlier than the highest, not seen before
    Duplicate,  // seen before
    Stray,      // far away from the highest: ignored unless its successor follows
    Restarted,  // the second packet after a jump: numbering begins anew
    NewSource   // another SSRC: numbering begins anew
};

// Cold: touched at irregular arrivals only.
struct SequenceHistory {
    CounterOf<std::uint32_t> base;            // extended number of the first packet of this run
    std::uint32_t expected_stray = kNoStray;  // the number that would follow the last stray packet
    CounterOf<std::uint64_t> prior_expected;  // packets expected in earlier runs
    CounterOf<std::uint64_t> strays;
    CounterOf<std::uint64_t> duplicates;
    CounterOf<std::uint64_t> reordered;
    CounterOf<std::uint64_t> ssrc_changes;

    static constexpr std::uint32_t kNoStray = 0x10000;
};

// Hot: 12 bytes. Started by the first packet.
struct SequenceTracker {
    CounterOf<std::uint32_t> ssrc;
    CounterOf<std::uint32_t> highest;  // cycles << 16 | highest sequence number; cycles start at 1
    std::uint32_t window = 0;          // bit k: `highest` - k arrived; 0: no packet yet

    // Takes a packet's number into account. Never fails: every packet is some Arrival.
    Arrival on_packet(SequenceHistory& history, std::uint32_t packet_ssrc, std::uint16_t sequence) {
        const std::uint32_t top = highest.get();
        if (window != 0 && packet_ssrc == ssrc.get() &&
            sequence == static_cast<std::uint16_t>(top + 1)) {
            highest.set(top + 1);
            window = (window << 1) | 1U;
            return Arrival::InOrder;
        }
        return on_irregular(history, packet_ssrc, sequence);
    }

    // RFC 3550 A.3: expected since the beginning, over all runs.
    [[nodiscard]] std::uint64_t expected(const SequenceHistory& history) const {
        const std::uint32_t top = highest.get();
        return top == 0 ? 0 : history.prior_expected.get() + (top - history.base.get() + 1U);
    }
    // Expected - received, not below zero. `received`: all packets of the flow.
    [[nodiscard]] std::uint64_t lost(const SequenceHistory& history, std::uint64_t received) const;

 private:
    Arrival on_irregular(SequenceHistory& history, std::uint32_t packet_ssrc,
                         std::uint16_t sequence);
    void begin_run(SequenceHistory& history, std::uint32_t first, std::uint32_t last);
};

// Hot: 16 bytes.
struct JitterEstimator {
    std::uint32_t transit = 0;                // of the packet before, timestamp units
    CounterOf<std::uint32_t> jitter;          // timestamp units x 16, as A.8 keeps it
    CounterOf<std::uint32_t> highest_jitter;  // timestamp units x 16
    CounterOf<std::uint32_t> clock;           // Hz; kUnset while `transit` says nothing

    static constexpr std::uint32_t kUnset = 0x80000000U;

    // `clock_rate`: Hz, 1 .. 2^31 - 1; `arrival_us`: monotonic.
    void on_packet(std::uint64_t arrival_us, std::uint32_t timestamp, std::uint32_t clock_rate) {
        // A.8 wants the arrival in timestamp units; the division is by a constant.
        const auto arrival = static_cast<std::uint32_t>(arrival_us * clock_rate / 1000000U);
        const std::uint32_t now = arrival - timestamp;
        if (clock.get() != clock_rate) {
            start(now, clock_rate);
            return;
        }
        const auto change = static_cast<std::int32_t>(now - transit);
        transit = now;
        const std::uint32_t difference = change < 0 ? 0U - static_cast<std::uint32_t>(change)
                                                    : static_cast<std::uint32_t>(change);
        // A step of seconds is a new timestamp base (re-INVITE, another mixer), not jitter.
        if (difference > 2 * clock_rate) return;
        const std::uint32_t present = jitter.get();
        const std::uint32_t next = present + difference - ((present + 8) >> 4);
        jitter.set(next);
        if (next > highest_jitter.get()) highest_jitter.set(next);
    }
    // The next packet is the first of another source.
    void restart() {
        jitter.set(0);
        clock.set(clock.get() | kUnset);
    }
    [[nodiscard]] std::uint32_t jitter_us() const { return to_us(jitter.get()); }
    [[nodiscard]] std::uint32_t highest_jitter_us() const { return to_us(highest_jitter.get()); }

 private:
    void start(std::uint32_t now, std::uint32_t clock_rate);
    [[nodiscard]] std::uint32_t to_us(std::uint32_t scaled) const;
};

}  // namespace portcullis::relay
