// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/idle_wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdint>

#include "common/base/assert.hpp"

namespace portcullis::relay {

IdleWait::IdleWait() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    PORTCULLIS_ASSERT(static_cast<bool>(event_));
}

void IdleWait::wait(std::chrono::microseconds time) {
    ::pollfd poll{.fd = event_.get(), .events = POLLIN, .revents = 0};
    const ::timespec timeout{.tv_sec = time.count() / 1000000,
                             .tv_nsec = (time.count() % 1000000) * 1000};
    if (::ppoll(&poll, 1, &timeout, nullptr) > 0) {
        std::uint64_t wakes = 0;
        (void)!::read(event_.get(), &wakes, sizeof wakes);
    }
}

void IdleWait::wake() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!sleeping_.load(std::memory_order_seq_cst)) return;
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof one);
}

void IdleWait::ask_for_short_sleeps() { (void)::prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0); }

}  // namespace portcullis::relay
