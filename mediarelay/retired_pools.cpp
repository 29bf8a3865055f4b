// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/retired_pools.hpp"

namespace portcullis::relay {

namespace {

// A loop takes a burst of 64 from each handover ring of 1024, and a packet passes at most five of
// them: what was under way is gone after 80.
constexpr std::uint64_t kLoops = 96;
// A device that writes into the buffers itself is told so when the kernel gets round to it.
constexpr Milliseconds kKernelRest{100};

}  // namespace

void RetiredPools::add(dpdk::Mempool pool) {
    waiting_.push_back({std::move(pool), clock_.now(), loops_()});
}

void RetiredPools::release() {
    const auto now = clock_.now();
    const auto loops = loops_();
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        if (now - waiting.since < kKernelRest) return false;
        for (std::size_t i = 0; i < loops.size(); ++i) {
            if (loops[i] - waiting.loops[i] < kLoops) return false;
        }
        return true;
    });
}

}  // namespace portcullis::relay
