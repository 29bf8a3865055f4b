// SPDX-License-Identifier: BSD-2-Clause
// TickClock: microseconds of a kernel clock, continued by a counter between two looks at it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace portcullis::relay {

// Pure. The counter's rate need only be near the truth: each anchor() corrects it, in both
// directions. What now_us() answers never goes back; a clock that ran fast stands still until the
// kernel's has caught up.
class TickClock {
 public:
    explicit TickClock(std::uint64_t ticks_per_second)
        : scale_((std::uint64_t{1000000} << kShift) / ticks_per_second) {}

    // `us`: the kernel's clock at `ticks`. Call at least every ten minutes.
    void anchor(std::uint64_t ticks, std::uint64_t us) {
        anchor_ticks_ = ticks;
        anchor_us_ = us;
    }
    [[nodiscard]] std::uint64_t now_us(std::uint64_t ticks) {
        // Counters of two processors, or of two hosts of a virtual machine, may differ.
        const std::uint64_t passed = ticks > anchor_ticks_ ? ticks - anchor_ticks_ : 0;
        last_us_ = std::max(last_us_, anchor_us_ + ((passed * scale_) >> kShift));
        return last_us_;
    }

 private:
    static constexpr unsigned kShift = 32;
    std::uint64_t scale_;  // microseconds per tick << kShift
    std::uint64_t anchor_ticks_ = 0;
    std::uint64_t anchor_us_ = 0;
    std::uint64_t last_us_ = 0;
};

}  // namespace portcullis::relay
