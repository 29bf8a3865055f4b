// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/retired_pools.hpp"

namespace portcullis::relay {

namespace {

// A loop takes a burst of 64 from each handover ring of 1024, and a packet passes at most five of
// them: what was under way is gone after 80.
constexpr std::uint64_t kLoops = 256;

}  // namespace

void RetiredPools::release(const std::vector<std::uint64_t>& loops) {
    std::erase_if(waiting_, [&loops](Waiting& waiting) {
        if (waiting.loops.size() != loops.size()) {
            waiting.loops = loops;
            return false;
        }
        for (std::size_t i = 0; i < loops.size(); ++i) {
            if (loops[i] - waiting.loops[i] < kLoops) return false;
        }
        return true;
    });
}

}  // namespace portcullis::relay
