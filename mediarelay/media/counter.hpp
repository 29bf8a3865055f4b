// SPDX-License-Identifier: BSD-2-Clause
// Counter: a cumulative integer with one writer and relaxed readers.
#pragma once

#include <atomic>
#include <concepts>

namespace portcullis::relay {

// The writer adds with plain load and store: no locked instruction, since nobody else writes.
template <std::unsigned_integral T>
class CounterOf {
 public:
    void add(T count) { set(static_cast<T>(get() + count)); }
    void set(T value) { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] T get() const { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<T> value_{0};
};

}  // namespace portcullis::relay
