// SPDX-License-Identifier: BSD-2-Clause
// GatewayHealth: whether one address of a gateway is there, by OPTIONS and by what calls see of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "signaling/trunk/jitter.hpp"

namespace portcullis::trunk {

enum class Health : std::uint8_t { Unknown, Up, Down };
[[nodiscard]] std::string_view name_of(Health health);

struct HealthTerms {
    bool probes = false;  // false: only a Retry-After is heeded
    Duration interval{};
    Duration max_interval{};  // while down
    Duration timeout{};       // of one OPTIONS
    unsigned up_after = 1;
    unsigned down_after = 3;
    std::vector<std::uint16_t> failure_codes{};
    Duration max_rest{};  // 0: Retry-After is ignored

    bool operator==(const HealthTerms&) const = default;
};

// What a call saw of a gateway.
enum class Sighting : std::uint8_t {
    Answered,     // any final response but 408 and 503, or a provisional one other than 100
    Silent,       // not even 100 in time
    Unreachable,  // the request could not be delivered
    Unavailable,  // 503: heeded with its Retry-After, else it is a matter of that call
};

struct HealthActions {
    bool probe = false;                     // send OPTIONS; its end comes as on_probe_*
    bool changed = false;                   // state, rest or suspicion: tell the shards
    bool stop = false;                      // no timer any more
    std::optional<TimePoint> wake_at = {};  // on_timer then, instead of what was asked before
};

// One per address, a value of shard 0; no I/O. Unknown until the first evidence, and used for calls
// then. A first failure is looked into soon, so that a gateway is down well before `down_after`
// intervals; one that stays down is asked ever less often.
class GatewayHealth {
 public:
    GatewayHealth(HealthTerms terms, std::uint64_t seed, TimePoint now)
        : terms_(std::move(terms)), jitter_(seed), since_(now) {}

    [[nodiscard]] HealthActions start(TimePoint now, Duration delay);
    // New terms; the state stays unless probing ends.
    [[nodiscard]] HealthActions configure(HealthTerms terms, TimePoint now);
    // A probe is due, or the one under way has had its time.
    [[nodiscard]] HealthActions on_timer(TimePoint now);
    [[nodiscard]] HealthActions on_probe_answered(int code,
                                                  std::optional<std::chrono::seconds> retry_after,
                                                  TimePoint now);
    // `reason` in words: no response, no way there.
    [[nodiscard]] HealthActions on_probe_failed(std::string_view reason, TimePoint now);
    [[nodiscard]] HealthActions on_sighting(Sighting sighting,
                                            std::optional<std::chrono::seconds> retry_after,
                                            TimePoint now);

    [[nodiscard]] Health state() const { return state_; }
    [[nodiscard]] TimePoint since() const { return since_; }
    // Why it is in that state, and when suspect: what went wrong last.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    // Failures since the last success, though it is not down.
    [[nodiscard]] bool suspect() const { return state_ != Health::Down && failures_ > 0; }
    // Until when it asked to be left alone; in the past: it does not.
    [[nodiscard]] TimePoint resting_until() const { return resting_until_; }
    [[nodiscard]] bool probing() const { return probing_; }

 private:
    bool succeed(std::string reason, TimePoint now);
    bool fail(std::string reason, TimePoint now);
    bool rest(std::optional<std::chrono::seconds> retry_after, TimePoint now);
    void enter(Health state, std::string reason, TimePoint now);
    [[nodiscard]] HealthActions next_probe(bool changed, TimePoint now);
    [[nodiscard]] Duration soon() const;
    [[nodiscard]] Duration pause() const;

    HealthTerms terms_;
    Jitter jitter_;
    Health state_ = Health::Unknown;
    TimePoint since_;
    std::string reason_ = "not asked yet";
    unsigned failures_ = 0;   // in a row
    unsigned successes_ = 0;  // in a row
    bool probing_ = false;
    TimePoint next_wake_ = TimePoint::max();
    TimePoint resting_until_{};
};

}  // namespace portcullis::trunk
