// SPDX-License-Identifier: BSD-2-Clause
// IdleWait: how a worker sleeps, and how another thread ends that sleep.
#pragma once

#include <atomic>
#include <chrono>

#include "common/base/unique_fd.hpp"

namespace portcullis::relay {

// One per worker. The sleeper announces itself, looks once more for work, then sleeps; a waker
// makes work visible first and then looks for a sleeper. So no work is left lying for a whole
// sleep.
class IdleWait {
 public:
    IdleWait();

    // Worker thread. Sleeps for `time` unless `has_work()` or wake().
    template <class HasWork>
    void sleep(std::chrono::microseconds time, HasWork has_work) {
        sleeping_.store(true, std::memory_order_seq_cst);
        if (!has_work()) wait(time);
        sleeping_.store(false, std::memory_order_relaxed);
    }
    // Any other thread.
    void wake();

    // Worker thread, once: the kernel's default slack of 50 us would lengthen each short sleep.
    static void ask_for_short_sleeps();

 private:
    void wait(std::chrono::microseconds time);

    std::atomic<bool> sleeping_{false};
    UniqueFd event_;
};

}  // namespace portcullis::relay
