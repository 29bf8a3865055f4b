// SPDX-License-Identifier: BSD-2-Clause
// Figures: what one step of the load run counts.
#pragma once

#include <cstdint>
#include <map>

#include "tests/bench/sip_load/histogram.hpp"

namespace portcullis::bench {

// Of both sides together; a value, made anew for each step.
struct Figures {
    std::uint64_t started = 0;
    std::uint64_t answered = 0;
    std::uint64_t completed = 0;            // BYE answered with 2xx
    std::uint64_t cancelled = 0;            // as planned: 487
    std::uint64_t refused = 0;              // as planned
    std::uint64_t reinvited = 0;            // re-INVITE answered with 200
    std::uint64_t failed = 0;               // not as planned, or not finished at the end
    std::map<int, std::uint64_t> refusals;  // by status; 0: no answer in time
    std::uint64_t retransmissions_sent = 0;
    std::uint64_t retransmissions_received = 0;
    std::uint64_t not_understood = 0;
    std::uint64_t worst_delay_us = 0;  // of a start behind its schedule: the generator's own limit
    Histogram setup;                   // INVITE to its 200, both at the calling side
    Histogram ringing;                 // INVITE to 180

    [[nodiscard]] bool clean() const {
        return failed == 0 && retransmissions_sent == 0 && retransmissions_received == 0;
    }
};

}  // namespace portcullis::bench
