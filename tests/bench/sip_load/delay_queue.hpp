// SPDX-License-Identifier: BSD-2-Clause
// DelayQueue: what is to be done at a time of its own.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "tests/bench/sip_load/retry_queue.hpp"

namespace portcullis::bench {

// Nothing is removed early: whoever is asked about an entry knows whether it is over.
template <class Key>
class DelayQueue {
 public:
    void add(Key key, Instant due) { queue_.push({due, std::move(key)}); }

    // Calls `act(key)` for each entry that is due; it may add others.
    template <class Act>
    void poll(Instant now, Act act) {
        while (!queue_.empty() && queue_.top().due <= now) {
            Key key = queue_.top().key;
            queue_.pop();
            act(key);
        }
    }
    [[nodiscard]] std::optional<Instant> next() const {
        if (queue_.empty()) return std::nullopt;
        return queue_.top().due;
    }
    void clear() { queue_ = {}; }

 private:
    struct Entry {
        Instant due;
        Key key;
        bool operator>(const Entry& other) const { return due > other.due; }
    };
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace portcullis::bench
