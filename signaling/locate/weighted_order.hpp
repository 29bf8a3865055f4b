// SPDX-License-Identifier: BSD-2-Clause
// The order of SRV records: by priority, within one drawn by weight (RFC 2782).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace portcullis::locate {

// Uniform in [0, bound); `bound` > 0. Where chance is decided by the caller.
using Random = std::function<std::uint32_t(std::uint32_t bound)>;

// The first `limit` of `records` in the order to try; T has priority and weight. RFC 2782, page 4:
// those of weight 0 stand first, a number from 0 to the sum of weights, both included, is drawn,
// and the first record whose running sum reaches it is next.
template <class T>
[[nodiscard]] std::vector<T> weighted_order(std::vector<T> records, std::size_t limit,
                                            const Random& random) {
    std::stable_sort(records.begin(), records.end(), [](const T& a, const T& b) {
        if (a.priority != b.priority) return a.priority < b.priority;
        return a.weight == 0 && b.weight != 0;
    });
    std::uint64_t sum = 0;
    auto first = records.begin();
    auto last = first;
    for (std::size_t taken = 0; taken < limit && first != records.end(); ++taken, ++first) {
        if (first == last) {
            sum = 0;
            for (; last != records.end() && last->priority == first->priority; ++last) {
                sum += last->weight;
            }
        }
        // 65535 records of weight 65535 at most: the sum fits.
        const std::uint64_t drawn = random(static_cast<std::uint32_t>(sum + 1));
        auto chosen = first;
        for (std::uint64_t running = chosen->weight; running < drawn;) {
            running += (++chosen)->weight;
        }
        sum -= chosen->weight;
        std::rotate(first, chosen, chosen + 1);
    }
    records.erase(first, records.end());
    return records;
}

}  // namespace portcullis::locate
