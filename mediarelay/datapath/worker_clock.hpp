// SPDX-License-Identifier: BSD-2-Clause
// WorkerClock: CLOCK_MONOTONIC in microseconds from the time stamp counter.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

namespace portcullis::relay {

// One per worker. now_us() costs one rdtsc; resync() ties it to the kernel's clock again and is
// called at least every ten minutes, by housekeeping. Never goes back.
class WorkerClock {
 public:
    WorkerClock();
    [[nodiscard]] std::uint64_t now_us() const {
        return anchor_us_ + (((rte_rdtsc() - anchor_tsc_) * scale_) >> kShift);
    }
    void resync();

 private:
    static constexpr unsigned kShift = 32;
    std::uint64_t anchor_us_ = 0;
    std::uint64_t anchor_tsc_ = 0;
    std::uint64_t scale_;  // microseconds per tick << kShift
};

}  // namespace portcullis::relay
