// SPDX-License-Identifier: BSD-2-Clause
// WorkerClock: CLOCK_MONOTONIC in microseconds from the time stamp counter.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

#include "mediarelay/datapath/tick_clock.hpp"

namespace portcullis::relay {

// One per worker. now_us() costs one rdtsc; resync() ties it to the kernel's clock again and is
// called at least every ten minutes, by housekeeping. Never goes back.
class WorkerClock {
 public:
    WorkerClock();
    [[nodiscard]] std::uint64_t now_us() { return ticks_.now_us(rte_rdtsc()); }
    void resync();

 private:
    TickClock ticks_;
};

}  // namespace portcullis::relay
