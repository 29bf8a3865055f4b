// SPDX-License-Identifier: BSD-2-Clause
// Counters of locating: written by the resolver's thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>

namespace portcullis::locate {

using Count = std::atomic<std::uint64_t>;

struct Counters {
    Count locates{0};            // asked of the engine: what shards knew is not among them
    Count coalesced{0};          // joined one that was under way
    Count queries{0};            // sent to name servers, retries not counted
    Count cache_hits{0};         // questions answered from the cache
    Count timeouts{0};           // queries without an answer
    Count failures{0};           // queries answered with an error
    Count stale{0};              // questions answered past their life
    Count prefetches{0};         // renewed before the end of their life
    Count dropped_records{0};    // malformed, foreign, in excess
    Count dropped_addresses{0};  // never to be sent to
    Count alias_loops{0};
    Count refused{0};  // Errc::Busy
    Count cached{0};   // questions in the cache now
};

}  // namespace portcullis::locate
