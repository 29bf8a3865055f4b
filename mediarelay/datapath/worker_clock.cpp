// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/worker_clock.hpp"

#include <algorithm>
#include <chrono>

namespace portcullis::relay {

WorkerClock::WorkerClock() : scale_((std::uint64_t{1000000} << kShift) / rte_get_tsc_hz()) {
    resync();
}

void WorkerClock::resync() {
    const auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    const std::uint64_t before = anchor_tsc_ == 0 ? 0 : now_us();
    anchor_us_ = std::max(before, static_cast<std::uint64_t>(monotonic.count()));
    anchor_tsc_ = rte_rdtsc();
}

}  // namespace portcullis::relay
