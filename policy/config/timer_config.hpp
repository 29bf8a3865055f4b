// SPDX-License-Identifier: BSD-2-Clause
// TimerConfig: the SIP timers (RFC 3261 appendix A) and the limits on setting up and holding calls.
#pragma once

#include <chrono>
#include <cstdint>

#include "policy/config/object_type.hpp"

namespace portcullis::config {

struct TimerConfig {
    std::chrono::milliseconds t1{500};
    std::chrono::milliseconds t2{4000};
    std::chrono::milliseconds t4{5000};
    std::chrono::seconds attempt_timeout{6};    // no provisional response: next target
    std::chrono::seconds ring_timeout{180};     // provisional but no final response
    std::chrono::seconds setup_timeout{300};    // all attempts together
    std::chrono::seconds media_timeout{300};    // no packet either way; 0: off
    std::chrono::seconds max_call_duration{0};  // 0: unlimited
    std::uint32_t udp_max_bytes = 1300;         // larger requests go by TCP; 0: never

    bool operator==(const TimerConfig&) const = default;
};

template <>
const ObjectType& object_type<TimerConfig>();

}  // namespace portcullis::config
