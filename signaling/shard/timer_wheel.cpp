// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/shard/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace portcullis::shard {

TimerWheel::TimerWheel(TimePoint start) : start_(start) {}

std::uint64_t TimerWheel::tick_of(TimePoint deadline) const {
    if (deadline <= start_) return 0;
    const auto elapsed = (deadline - start_).count();
    return static_cast<std::uint64_t>((elapsed + kTick.count() - 1) / kTick.count());
}

std::uint32_t TimerWheel::take_node() {
    if (free_.empty()) {
        if (made_ == pieces_.size() * kPiece) {
            pieces_.push_back(std::make_unique<std::array<Node, kPiece>>());
        }
        return made_++;
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
}

TimerId TimerWheel::schedule(TimePoint deadline, Callback callback) {
    const std::uint32_t index = take_node();
    Node& timer = node(index);
    timer.callback = std::move(callback);
    // Ticks up to current_ have been served: a deadline in the past fires with the next one.
    timer.tick = std::max(tick_of(deadline), current_ + 1);
    timer.armed = true;
    link(index);
    ++size_;
    return id_of(index);
}

TimerId TimerWheel::id_of(std::uint32_t index) {
    return TimerId{(std::uint64_t{node(index).generation} << 32U) | index};
}

bool TimerWheel::cancel(TimerId id) {
    const auto index = static_cast<std::uint32_t>(id.value & 0xffffffffU);
    if (!id || index >= made_) return false;
    Node& timer = node(index);
    if (!timer.armed || timer.generation != id.value >> 32U) return false;
    unlink(index);
    return true;
}

void TimerWheel::link(std::uint32_t index) {
    Node& timer = node(index);
    const std::size_t at = timer.tick % kBuckets;
    Bucket& bucket = buckets_[at];
    timer.next = kNone;
    timer.previous = bucket.tail;
    (bucket.tail == kNone ? bucket.head : node(bucket.tail).next) = index;
    bucket.tail = index;
    used_[at / 64] |= std::uint64_t{1} << (at % 64);
}

void TimerWheel::unlink(std::uint32_t index) {
    Node& timer = node(index);
    const std::size_t at = timer.tick % kBuckets;
    Bucket& bucket = buckets_[at];
    (timer.previous == kNone ? bucket.head : node(timer.previous).next) = timer.next;
    (timer.next == kNone ? bucket.tail : node(timer.next).previous) = timer.previous;
    if (bucket.head == kNone) used_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
    timer.armed = false;
    timer.callback = nullptr;
    if (++timer.generation == 0) timer.generation = 1;
    free_.push_back(index);
    --size_;
}

std::size_t TimerWheel::fire_bucket(std::uint64_t tick) {
    // A callback may cancel any node of this bucket, or add one to it for a later turn: what is due
    // is noted first and looked up again by id. Callbacks never call advance(), so one list serves.
    due_.clear();
    for (std::uint32_t index = buckets_[tick % kBuckets].head; index != kNone;
         index = node(index).next) {
        if (node(index).tick <= tick) due_.push_back(id_of(index));
    }
    std::size_t fired = 0;
    for (const TimerId id : due_) {
        const auto index = static_cast<std::uint32_t>(id.value & 0xffffffffU);
        if (!node(index).armed || id_of(index) != id) continue;
        const Callback callback = std::move(node(index).callback);
        unlink(index);
        ++fired;
        callback();
    }
    return fired;
}

std::optional<std::uint64_t> TimerWheel::next_used(std::uint64_t from) const {
    for (std::uint64_t step = 0; step < kBuckets;) {
        const std::size_t at = (from + step) % kBuckets;
        const std::uint64_t word = used_[at / 64] >> (at % 64);
        if (word == 0) {
            step += 64 - at % 64;
            continue;
        }
        step += static_cast<std::uint64_t>(std::countr_zero(word));
        if (step >= kBuckets) break;
        return from + step;
    }
    return std::nullopt;
}

std::size_t TimerWheel::advance(TimePoint now) {
    if (now < start_) return 0;
    const auto target = static_cast<std::uint64_t>((now - start_).count() / kTick.count());
    std::size_t fired = 0;
    while (current_ < target) {
        const auto next = size_ == 0 ? std::nullopt : next_used(current_ + 1);
        // A whole turn ahead without a used bucket, or the next one lies beyond `now`.
        if (!next || *next > target) {
            current_ = target;
            break;
        }
        current_ = *next;
        fired += fire_bucket(current_);
    }
    return fired;
}

std::optional<TimePoint> TimerWheel::next_deadline() const {
    if (size_ == 0) return std::nullopt;
    const auto next = next_used(current_ + 1);
    if (!next) return std::nullopt;
    return start_ + kTick * static_cast<Duration::rep>(*next);
}

}  // namespace portcullis::shard
