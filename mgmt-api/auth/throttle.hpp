// SPDX-License-Identifier: BSD-2-Clause
// LoginThrottle: how many wrong tokens one address may present.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "common/base/token_bucket.hpp"

namespace portcullis::mgmt {

// Ten failures at once, then one every six seconds. IPv6 clients are counted by /64, which one host
// owns as a whole. Bounded: when full of live entries, strangers share one bucket.
class LoginThrottle {
 public:
    static constexpr double kBurst = 10;
    static constexpr double kRate = 1.0 / 6;
    static constexpr std::size_t kMaxAddresses = 4096;

    // Counts one failure. 0: answer it as such; else the seconds to tell the client to wait.
    [[nodiscard]] std::chrono::seconds on_failure(std::string_view remote, TimePoint now);

 private:
    struct Entry {
        TokenBucket bucket{kRate, kBurst};
        TimePoint last{};
    };
    void forget_idle(TimePoint now);

    std::unordered_map<std::string, Entry> entries_;
    Entry overflow_;
};

}  // namespace portcullis::mgmt
