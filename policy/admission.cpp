// SPDX-License-Identifier: BSD-2-Clause
#include "policy/admission.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace portcullis::policy {

// Writers: every shard. Counters are read with relaxed loads by whoever asks for figures.
struct TrunkUsage {
    std::atomic<std::uint32_t> calls{0};
    // The rate as a virtual schedule (GCRA): when the next call would be due at exactly max_cps,
    // nanoseconds of the steady clock.
    std::atomic<std::int64_t> due_ns{0};
    std::atomic<std::uint64_t> admitted{0};
    std::atomic<std::uint64_t> refused_calls{0};
    std::atomic<std::uint64_t> refused_rate{0};
};

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// A compare-and-swap, not add-and-check: a call over the limit must not make another one look over.
bool take_place(TrunkUsage& usage, std::uint32_t max_calls) {
    if (max_calls == 0) {
        usage.calls.fetch_add(1, kRelaxed);
        return true;
    }
    std::uint32_t now = usage.calls.load(kRelaxed);
    while (now < max_calls) {
        if (usage.calls.compare_exchange_weak(now, now + 1, kRelaxed)) return true;
    }
    return false;
}

bool take_rate(TrunkUsage& usage, const config::CapacityConfig& limits, TimePoint now) {
    if (limits.max_cps == 0) return true;
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t interval = kSecond / limits.max_cps;
    const std::int64_t burst = limits.burst == 0 ? limits.max_cps : limits.burst;
    const std::int64_t tolerance = interval * (burst - 1);
    const std::int64_t at =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    std::int64_t due = usage.due_ns.load(kRelaxed);
    while (due - at <= tolerance) {
        const std::int64_t next = std::max(due, at) + interval;
        if (usage.due_ns.compare_exchange_weak(due, next, kRelaxed)) return true;
    }
    return false;
}

CapacityRefusal refuse(const Trunk& trunk, std::string why) {
    return {.code = trunk.capacity.reject_code,
            .retry_after = trunk.capacity.retry_after,
            .reason = "trunk " + trunk.name + ": " + std::move(why)};
}

}  // namespace

CallToken& CallToken::operator=(CallToken&& other) noexcept {
    if (this != &other) {
        release();
        usage_ = std::exchange(other.usage_, nullptr);
    }
    return *this;
}

void CallToken::release() {
    if (const auto usage = std::exchange(usage_, nullptr)) usage->calls.fetch_sub(1, kRelaxed);
}

std::shared_ptr<TrunkUsage> Admission::usage(std::string_view trunk) {
    {
        const std::shared_lock lock(mutex_);
        if (const auto at = usage_.find(trunk); at != usage_.end()) return at->second;
    }
    const std::unique_lock lock(mutex_);
    auto& entry = usage_[std::string(trunk)];
    if (entry == nullptr) entry = std::make_shared<TrunkUsage>();
    return entry;
}

std::expected<CallToken, CapacityRefusal> Admission::reserve_call(const Trunk& trunk,
                                                                  TimePoint now) {
    std::shared_ptr<TrunkUsage> entry = usage(trunk.name);
    if (!take_place(*entry, trunk.capacity.max_calls)) {
        entry->refused_calls.fetch_add(1, kRelaxed);
        return std::unexpected(
            refuse(trunk, "all " + std::to_string(trunk.capacity.max_calls) + " calls in use"));
    }
    CallToken token(entry);
    if (!take_rate(*entry, trunk.capacity, now)) {
        entry->refused_rate.fetch_add(1, kRelaxed);
        return std::unexpected(
            refuse(trunk, "more than " + std::to_string(trunk.capacity.max_cps) + " calls/s"));
    }
    entry->admitted.fetch_add(1, kRelaxed);
    return token;
}

CallToken Admission::adopt_call(std::string_view trunk) {
    std::shared_ptr<TrunkUsage> entry = usage(trunk);
    entry->calls.fetch_add(1, kRelaxed);
    return CallToken(std::move(entry));
}

std::uint32_t Admission::calls(std::string_view trunk) const {
    const std::shared_lock lock(mutex_);
    const auto at = usage_.find(trunk);
    return at == usage_.end() ? 0 : at->second->calls.load(kRelaxed);
}

std::vector<TrunkFigures> Admission::figures() const {
    const std::shared_lock lock(mutex_);
    std::vector<TrunkFigures> out;
    out.reserve(usage_.size());
    for (const auto& [name, entry] : usage_) {
        out.push_back({.trunk = name,
                       .calls = entry->calls.load(kRelaxed),
                       .admitted = entry->admitted.load(kRelaxed),
                       .refused_calls = entry->refused_calls.load(kRelaxed),
                       .refused_rate = entry->refused_rate.load(kRelaxed)});
    }
    return out;
}

}  // namespace portcullis::policy
