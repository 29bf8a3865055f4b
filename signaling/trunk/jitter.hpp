// SPDX-License-Identifier: BSD-2-Clause
// Jitter: spreads what would otherwise happen at once, by a sequence of its own.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/base/clock.hpp"

namespace portcullis::trunk {

// A value: the SplitMix64 sequence from a seed, so that a machine that holds one stays predictable
// in tests. Not for anything that must not be guessed.
class Jitter {
 public:
    explicit Jitter(std::uint64_t seed) : state_(seed) {}

    // Uniform in [low, high] percent of `base`.
    [[nodiscard]] Duration within(Duration base, unsigned low, unsigned high) {
        constexpr double kSteps = 4294967296.0;  // of the 32 upper bits
        const double part = static_cast<double>(next() >> 32U) / kSteps;
        const double percent = low + part * (high - low);
        return std::chrono::duration_cast<Duration>(
            std::chrono::duration<double>(std::chrono::duration<double>(base) * percent / 100.0));
    }

 private:
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace portcullis::trunk
