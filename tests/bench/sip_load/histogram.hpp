// SPDX-License-Identifier: BSD-2-Clause
// Histogram: delays in microseconds, in buckets of at most 3 % width.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace portcullis::bench {

// A value type of fixed size. Values from 0 to 2^32 us; above that they count as the largest.
class Histogram {
 public:
    void add(std::uint64_t us) {
        ++buckets_[bucket(us)];
        ++count_;
    }
    // The upper bound of the bucket in which the value at `share` (0 to 1) lies; 0 when empty.
    [[nodiscard]] std::uint64_t quantile(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < kBuckets; ++i) {
            seen += buckets_[i];
            if (seen > wanted) return upper_bound(i);
        }
        return 0;
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
    static constexpr std::size_t kSteps = 32;  // per power of two
    static constexpr std::size_t kBuckets = kSteps * 29;

    // The first 64 values have a bucket each; above, the five bits below the highest choose one.
    static std::size_t bucket(std::uint64_t us) {
        if (us < 2 * kSteps) return us;
        const auto shift = static_cast<std::size_t>(std::bit_width(us)) - 6;
        const std::size_t index = kSteps * shift + (us >> shift);
        return index < kBuckets ? index : kBuckets - 1;
    }
    static std::uint64_t upper_bound(std::size_t index) {
        if (index < 2 * kSteps) return index;
        const std::size_t shift = index / kSteps - 1;
        return ((index - kSteps * shift + 1) << shift) - 1;
    }

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace portcullis::bench
