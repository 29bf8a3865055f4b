// SPDX-License-Identifier: BSD-2-Clause
// Admission: how many calls each trunk has, and how fast it makes them, against its limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "policy/compiled_policy.hpp"

namespace portcullis::policy {

struct TrunkUsage;

// One call's place in a trunk's capacity: given back when destroyed. Movable; may outlive the
// Admission and be destroyed on any thread. A default-constructed token holds nothing.
class CallToken {
 public:
    CallToken() = default;
    CallToken(CallToken&& other) noexcept : usage_(std::exchange(other.usage_, nullptr)) {}
    CallToken& operator=(CallToken&& other) noexcept;
    CallToken(const CallToken&) = delete;
    CallToken& operator=(const CallToken&) = delete;
    ~CallToken() { release(); }

    // Gives the place back now; a second time does nothing.
    void release();
    [[nodiscard]] explicit operator bool() const { return usage_ != nullptr; }

 private:
    friend class Admission;
    explicit CallToken(std::shared_ptr<TrunkUsage> usage) : usage_(std::move(usage)) {}

    std::shared_ptr<TrunkUsage> usage_;
};

// Why a trunk takes no further call, and what to answer when it is the ingress trunk. As egress
// trunk: on to the next target; this answer if there is none.
struct CapacityRefusal {
    std::uint16_t code = 503;
    std::chrono::seconds retry_after{0};  // 0: no Retry-After
    std::string reason{};                 // "trunk carrier: 100 of 100 calls"
};

struct TrunkFigures {
    std::string trunk{};
    std::uint32_t calls = 0;  // now
    std::uint64_t admitted = 0;
    std::uint64_t refused_calls = 0;  // max_calls reached
    std::uint64_t refused_rate = 0;   // max_cps exceeded
};

// One per process; used from every shard at once. Counts are keyed by the trunk's name, so they
// survive a change of configuration; the limits are those of the trunk passed in, so they take
// effect with it.
class Admission {
 public:
    // Takes a place for one call, of either direction, and one unit of the rate.
    [[nodiscard]] std::expected<CallToken, CapacityRefusal> reserve_call(const Trunk& trunk,
                                                                         TimePoint now);
    // Counts a call that exists already (recovered from a checkpoint), whatever the limits.
    [[nodiscard]] CallToken adopt_call(std::string_view trunk);

    [[nodiscard]] std::uint32_t calls(std::string_view trunk) const;
    // Every trunk that had a call since the start, by name.
    [[nodiscard]] std::vector<TrunkFigures> figures() const;

 private:
    [[nodiscard]] std::shared_ptr<TrunkUsage> usage(std::string_view trunk);

    mutable std::shared_mutex mutex_;  // the map; the figures in it are atomics
    std::map<std::string, std::shared_ptr<TrunkUsage>, std::less<>> usage_;
};

}  // namespace portcullis::policy
