// SPDX-License-Identifier: BSD-2-Clause
// TokenBucket: a rate limit with a burst, on the caller's time.
#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/clock.hpp"

namespace portcullis {

// Holds up to `burst` tokens and gains `rate` tokens a second. Starts full.
class TokenBucket {
 public:
    TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

    // Takes `amount` tokens if there are as many; `now` must not go back.
    [[nodiscard]] bool take(TimePoint now, double amount = 1.0) {
        refill(now);
        if (tokens_ < amount) return false;
        tokens_ -= amount;
        return true;
    }

    // New limits; what has been saved up is kept, as far as the new burst allows.
    void configure(double rate, double burst) {
        rate_ = rate;
        burst_ = burst;
        tokens_ = std::min(tokens_, burst);
    }

 private:
    void refill(TimePoint now) {
        if (last_ != TimePoint{}) {
            const std::chrono::duration<double> elapsed = now - last_;
            tokens_ = std::min(burst_, tokens_ + elapsed.count() * rate_);
        }
        last_ = now;
    }

    double rate_;
    double burst_;
    double tokens_;
    TimePoint last_{};
};

}  // namespace portcullis
