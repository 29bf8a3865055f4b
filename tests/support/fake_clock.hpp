// SPDX-License-Identifier: BSD-2-Clause
// FakeClock: time that stands still until the test advances it.
#pragma once

#include "common/base/clock.hpp"

namespace portcullis::testing {

class FakeClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] WallTime wall_now() const override { return wall_; }
    void advance(Duration by) {
        now_ += by;
        wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by);
    }

 private:
    TimePoint now_{std::chrono::hours{1}};
    // 2026-02-03 04:05:06 UTC
    WallTime wall_{std::chrono::seconds{1'770'091'506}};
};

}  // namespace portcullis::testing
