// SPDX-License-Identifier: BSD-2-Clause
// Clock: the injected source of time. Timers and durations use the steady clock, records the wall
// clock.
#pragma once

#include <chrono>

namespace portcullis {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using Milliseconds = std::chrono::milliseconds;

class Clock {
 public:
    virtual ~Clock() = default;
    // Monotonic; never steps with the system time.
    [[nodiscard]] virtual TimePoint now() const = 0;
    // Time of day in UTC, for records and logs only.
    [[nodiscard]] virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] WallTime wall_now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now());
    }
};

}  // namespace portcullis
