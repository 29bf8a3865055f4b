// SPDX-License-Identifier: BSD-2-Clause
// TimerWheel: a hashed timer wheel on injected time, for every timer of one shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"

namespace portcullis::shard {

struct TimerIdTag;
// Names one scheduled timer; 0 is none. An id is never valid again after its timer fired or was
// cancelled (a slot's generation would have to wrap at 32 bits).
using TimerId = StrongId<TimerIdTag, std::uint64_t>;

// One per shard, used from its thread only. schedule() and cancel() are O(1) and reuse their nodes,
// so a steady load allocates nothing; a callback that captures at most two words is stored inline.
// A timer never fires before its deadline, and at most one tick (10 ms) plus the driver's lateness
// after it. Callbacks may schedule and cancel freely, their own id included.
class TimerWheel {
 public:
    using Callback = std::function<void()>;
    static constexpr Duration kTick = std::chrono::milliseconds(10);

    // `start`: the clock's now() at construction; deadlines before it fire at the next advance().
    explicit TimerWheel(TimePoint start);

    [[nodiscard]] TimerId schedule(TimePoint deadline, Callback callback);
    // False when `id` is 0, has fired or was cancelled before.
    bool cancel(TimerId id);

    // Fires what is due at `now`, in order of deadline (by tick) and then of scheduling. Timers
    // that callbacks schedule for `now` or earlier fire at the next advance(). Returns how many
    // fired.
    std::size_t advance(TimePoint now);

    // When to call advance() next: never later than the earliest deadline rounded up to its tick,
    // possibly earlier. Empty without timers.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

    [[nodiscard]] std::size_t size() const { return size_; }

 private:
    static constexpr std::size_t kBuckets = 4096;  // 41 s: all RFC 3261 timers within one turn
    static constexpr std::uint32_t kNone = 0xffffffff;
    static constexpr std::uint32_t kPiece = 1024;  // nodes

    struct Node {
        Callback callback;
        std::uint64_t tick = 0;
        std::uint32_t generation = 1;
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        bool armed = false;
    };
    struct Bucket {
        std::uint32_t head = kNone;
        std::uint32_t tail = kNone;
    };

    [[nodiscard]] Node& node(std::uint32_t index) {
        return (*pieces_[index / kPiece])[index % kPiece];
    }
    [[nodiscard]] std::uint64_t tick_of(TimePoint deadline) const;
    [[nodiscard]] std::uint32_t take_node();
    [[nodiscard]] TimerId id_of(std::uint32_t index);
    void link(std::uint32_t index);
    void unlink(std::uint32_t index);
    std::size_t fire_bucket(std::uint64_t tick);
    // The first tick in [from, from + kBuckets) whose bucket is in use.
    [[nodiscard]] std::optional<std::uint64_t> next_used(std::uint64_t from) const;

    TimePoint start_;
    std::uint64_t current_ = 0;  // ticks up to and including this one have fired
    std::size_t size_ = 0;
    // In pieces: growing one array would move every node, a pause of the shard.
    std::vector<std::unique_ptr<std::array<Node, kPiece>>> pieces_;
    std::uint32_t made_ = 0;
    std::vector<std::uint32_t> free_;
    std::vector<TimerId> due_;
    std::vector<Bucket> buckets_ = std::vector<Bucket>(kBuckets);
    std::array<std::uint64_t, kBuckets / 64> used_{};
};

}  // namespace portcullis::shard
