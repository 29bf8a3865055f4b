// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/worker_clock.hpp"

#include <chrono>

namespace portcullis::relay {

WorkerClock::WorkerClock() : ticks_(rte_get_tsc_hz()) { resync(); }

void WorkerClock::resync() {
    const auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    ticks_.anchor(rte_rdtsc(), static_cast<std::uint64_t>(monotonic.count()));
}

}  // namespace portcullis::relay
