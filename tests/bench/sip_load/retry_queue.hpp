// SPDX-License-Identifier: BSD-2-Clause
// RetryQueue: what waits for an answer, at the doubling intervals of RFC 3261's timers A and E.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>

namespace portcullis::bench {

using Instant = std::chrono::steady_clock::time_point;

// Entries of one interval come due in the order they were added, so a queue for each interval needs
// no sorting. Nothing is removed early: whoever is asked about an entry knows whether it is over.
template <class Key>
class RetryQueue {
 public:
    void add(Key key, Instant now) { push(0, std::move(key), now); }

    // Asks `retry(key)` for each entry that is due: false ends it. After the last interval (7.5 s
    // since it was added) `give_up(key)` is called instead.
    template <class Retry, class GiveUp>
    void poll(Instant now, Retry retry, GiveUp give_up) {
        for (std::size_t i = 0; i < queues_.size(); ++i) {
            while (!queues_[i].empty() && queues_[i].front().due <= now) {
                Key key = std::move(queues_[i].front().key);
                queues_[i].pop_front();
                if (i + 1 == queues_.size()) {
                    give_up(key);
                } else if (retry(key)) {
                    push(i + 1, std::move(key), now);
                }
            }
        }
    }
    void clear() {
        for (auto& queue : queues_) queue.clear();
    }

 private:
    struct Entry {
        Key key;
        Instant due;
    };
    void push(std::size_t interval, Key key, Instant now) {
        constexpr std::chrono::milliseconds kT1{500};
        queues_[interval].push_back({std::move(key), now + kT1 * (1 << interval)});
    }
    std::array<std::deque<Entry>, 4> queues_;
};

}  // namespace portcullis::bench
