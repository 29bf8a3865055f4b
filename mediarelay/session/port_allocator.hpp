// SPDX-License-Identifier: BSD-2-Clause
// PortAllocator: the RTP/RTCP port pairs of one media pool (RFC 3550 section 11), drawn at random
// (RFC 6056: unpredictable) and rested in quarantine before reuse.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "common/net/port_range.hpp"
#include "mediarelay/api/messages.hpp"

namespace portcullis::relay {

// One per pool, control thread. All arrays are sized for the whole port space at construction, so
// nothing is allocated per draw and a range may change while sessions live.
class PortAllocator {
 public:
    static constexpr Milliseconds kQuarantine{5000};

    struct Counts {
        std::uint32_t free = 0;
        std::uint32_t used = 0;
        std::uint32_t quarantined = 0;
        bool operator==(const Counts&) const = default;
    };
    // A pair that rests, for the state file and after it.
    struct Rest {
        std::uint16_t port = 0;  // even
        SessionId owner;         // may have it back at any time
        TimePoint until;
    };

    explicit PortAllocator(PortRange range);

    // A random free pair; its even port. NoPorts when none is free.
    [[nodiscard]] std::expected<std::uint16_t, relay_api::Outcome> draw(SessionId owner);
    // This very pair (a re-installed session): free, resting after the same owner, or waiting for
    // it. PortInUse for one taken or another's; NoPorts for one outside the range or odd. A pair
    // that waits for its owner may be outside.
    [[nodiscard]] std::expected<std::uint16_t, relay_api::Outcome> take(std::uint16_t port,
                                                                        SessionId owner);
    // Puts a used pair to rest until now + kQuarantine. Unknown or unused pairs are ignored.
    void release(std::uint16_t port, TimePoint now);
    // Puts a free pair to rest until `rest.until`: what a former process had resting.
    void import(const Rest& rest);
    // The pair waits for `rest.owner`, a session of a former process, until `rest.until`: no other
    // gets it, and it is in use like one taken, also outside the range. Ignored for one in use.
    void await(const Rest& rest);
    [[nodiscard]] bool awaits(std::uint16_t port, SessionId owner) const;
    // Frees what has rested. Call at least once a second.
    void expire(TimePoint now);
    // Pairs resting now, without those that wait.
    [[nodiscard]] std::vector<Rest> resting() const;

    // A new range at once; pairs in use outside it stay until released and are then gone.
    void resize(PortRange range);
    // A pair is taken, or waits for the session that had it.
    [[nodiscard]] bool in_use() const { return used_ + awaited_ != 0; }
    // True when a port of such a pair lies in `range`.
    [[nodiscard]] bool uses(PortRange range) const;
    // What waits counts as quarantined.
    [[nodiscard]] Counts counts() const;
    [[nodiscard]] PortRange range() const { return range_; }

 private:
    enum class State : std::uint8_t { Outside, Free, Used, Resting, Awaited };
    static constexpr std::uint32_t kPairs = 32768;

    struct Pair {
        SessionId owner;
        TimePoint until;
        std::uint16_t position = 0;  // in free_, while Free
        State state = State::Outside;
    };
    [[nodiscard]] bool in_range(std::uint32_t pair) const;
    void add_free(std::uint32_t pair);
    void remove_free(std::uint32_t pair);
    // A pair's end of rest, as it was when the rest began.
    struct Entry {
        TimePoint until;
        std::uint16_t pair = 0;
    };
    void end_rest(const Entry& rest);
    void import_as(State state, const Rest& rest);

    PortRange range_;
    std::vector<Pair> pairs_;
    std::vector<std::uint16_t> free_;  // capacity kPairs
    std::deque<Entry> rested_in_order_;
    std::vector<Entry> imported_;
    std::uint32_t used_ = 0;
    std::uint32_t resting_ = 0;
    std::uint32_t awaited_ = 0;
};

}  // namespace portcullis::relay
