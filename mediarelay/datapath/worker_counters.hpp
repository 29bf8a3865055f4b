// SPDX-License-Identifier: BSD-2-Clause
// WorkerCounters: the cumulative figures of one worker.
#pragma once

#include <array>
#include <cstdint>

#include "mediarelay/datapath/outcome.hpp"
#include "mediarelay/media/counter.hpp"

namespace portcullis::relay {

// writer: worker; readers: control, relaxed. At rest
//   rx_frames + handed_in + copies_made == sum of outcomes,
// since every packet ends in exactly one outcome per worker that sees it.
struct alignas(64) WorkerCounters {
    std::array<CounterOf<std::uint64_t>, kOutcomeCount> outcomes;
    CounterOf<std::uint64_t> rx_frames;    // from devices
    CounterOf<std::uint64_t> handed_in;    // from other workers, or looped back to ourselves
    CounterOf<std::uint64_t> copies_made;  // packets that copy links added
    CounterOf<std::uint64_t> tx_frames;    // taken by devices
    CounterOf<std::uint64_t> tx_bytes;
    CounterOf<std::uint64_t> commands;
    CounterOf<std::uint64_t> events_dropped;
    CounterOf<std::uint64_t> flows;  // gauge: flows installed
    CounterOf<std::uint64_t> loops;
    CounterOf<std::uint64_t> busy_loops;  // loops that saw a packet
    CounterOf<std::uint64_t> sleeps;
    CounterOf<std::uint64_t> slept_us;

    [[nodiscard]] std::uint64_t outcome(Outcome which) const {
        return outcomes[static_cast<std::size_t>(which)].get();
    }
};

}  // namespace portcullis::relay
