// SPDX-License-Identifier: BSD-2-Clause
// EndedCalls: the last calls that are over, their record and story; oldest forgotten first.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"

namespace portcullis::record {

// What a call decided and why, in words.
struct StoryEvent {
    WallTime at;
    std::string text;
};

struct EndedCall {
    std::string record;  // JSON
    std::vector<StoryEvent> story;
};

// One for the process. The writer thread appends, the control thread looks up; the lock is never
// taken on a shard, whose calls come by the queue of their records.
class EndedCalls {
 public:
    static constexpr std::size_t kDefaultCapacity = 4U << 20;

    // `capacity`: bytes, of texts and what holds them. 0: keeps none.
    explicit EndedCalls(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

    void append(CallId call, EndedCall ended);
    [[nodiscard]] std::optional<EndedCall> find(CallId call) const;
    [[nodiscard]] std::size_t bytes() const;

 private:
    void forget_oldest();

    std::size_t capacity_;
    mutable std::mutex mutex_;
    std::unordered_map<CallId, EndedCall> calls_;
    std::deque<CallId> order_;  // oldest first
    std::size_t bytes_ = 0;
};

}  // namespace portcullis::record
