// SPDX-License-Identifier: BSD-2-Clause
// TimerValues: T1, T2, T4 and the timers A to M derived from them (RFC 3261 table 4, RFC 6026
// section 8.4).
#pragma once

#include <algorithm>

#include "common/base/clock.hpp"

namespace portcullis::transaction {

struct TimerValues {
    Milliseconds t1{500};
    Milliseconds t2{4000};
    Milliseconds t4{5000};
    Milliseconds d_udp{32000};  // Timer D on an unreliable transport: at least 32 s

    [[nodiscard]] Milliseconds t1_64() const { return 64 * t1; }
    // B, F, H, J (unreliable), L, M.
    [[nodiscard]] Milliseconds timer_b() const { return t1_64(); }
    [[nodiscard]] Milliseconds timer_d(bool reliable) const {
        return reliable ? Milliseconds{0} : d_udp;
    }
    [[nodiscard]] Milliseconds timer_f() const { return t1_64(); }
    [[nodiscard]] Milliseconds timer_h() const { return t1_64(); }
    [[nodiscard]] Milliseconds timer_i(bool reliable) const {
        return reliable ? Milliseconds{0} : t4;
    }
    [[nodiscard]] Milliseconds timer_j(bool reliable) const {
        return reliable ? Milliseconds{0} : t1_64();
    }
    [[nodiscard]] Milliseconds timer_k(bool reliable) const {
        return reliable ? Milliseconds{0} : t4;
    }
    [[nodiscard]] Milliseconds timer_l() const { return t1_64(); }
    [[nodiscard]] Milliseconds timer_m() const { return t1_64(); }
    // The next interval of E and G: double, up to T2.
    [[nodiscard]] Milliseconds doubled(Milliseconds interval) const {
        return std::min(2 * interval, t2);
    }
};

}  // namespace portcullis::transaction
