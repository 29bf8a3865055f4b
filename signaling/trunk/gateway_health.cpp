// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/gateway_health.hpp"

#include <algorithm>
#include <array>

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

// How soon a doubt is looked into.
constexpr seconds kSoonest{1};
constexpr seconds kSoonAtMost{10};
constexpr unsigned kMostDoublings = 16;

std::string seconds_text(Duration duration) {
    return std::to_string(std::chrono::duration_cast<seconds>(duration).count()) + " s";
}

std::string_view words(Sighting sighting) {
    return sighting == Sighting::Silent ? "an INVITE got no response"
                                        : "an INVITE could not be delivered";
}

}  // namespace

std::string_view name_of(Health health) {
    constexpr std::array<std::string_view, 3> kNames{"unknown", "up", "down"};
    return kNames[static_cast<std::size_t>(health)];
}

HealthActions GatewayHealth::start(TimePoint now, Duration delay) {
    if (!terms_.probes) return {};
    next_wake_ = now + delay;
    return {.wake_at = next_wake_};
}

HealthActions GatewayHealth::configure(HealthTerms terms, TimePoint now) {
    const bool probed = terms_.probes;
    terms_ = std::move(terms);
    if (terms_.probes) return probed ? HealthActions{} : start(now, {});
    if (!probed) return {};
    probing_ = false;
    failures_ = successes_ = 0;
    next_wake_ = TimePoint::max();
    enter(Health::Unknown, "not asked any more", now);
    return {.changed = true, .stop = true};
}

HealthActions GatewayHealth::on_timer(TimePoint now) {
    if (!terms_.probes) return {};
    if (probing_) {
        return on_probe_failed("no response to OPTIONS within " + seconds_text(terms_.timeout),
                               now);
    }
    probing_ = true;
    next_wake_ = now + terms_.timeout;
    return {.probe = true, .wake_at = next_wake_};
}

HealthActions GatewayHealth::on_probe_answered(int code, std::optional<seconds> retry_after,
                                               TimePoint now) {
    if (!probing_) return {};
    probing_ = false;
    const auto& codes = terms_.failure_codes;
    std::string reason = std::to_string(code) + " to OPTIONS";
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) {
        return next_probe(succeed(std::move(reason), now), now);
    }
    const bool rests = code == 503 && rest(retry_after, now);
    return next_probe(fail(std::move(reason), now) || rests, now);
}

HealthActions GatewayHealth::on_probe_failed(std::string_view reason, TimePoint now) {
    if (!probing_) return {};
    probing_ = false;
    return next_probe(fail(std::string(reason), now), now);
}

HealthActions GatewayHealth::on_sighting(Sighting sighting, std::optional<seconds> retry_after,
                                         TimePoint now) {
    if (sighting == Sighting::Unavailable) return {.changed = rest(retry_after, now)};
    if (!terms_.probes) return {};
    if (sighting == Sighting::Answered) return {.changed = succeed("a call was answered", now)};
    HealthActions actions{.changed = fail(std::string(words(sighting)), now)};
    // A probe tells whether it was that one call; the first of many failures asks for it.
    const auto soon_at = now + jitter_.within(soon(), 50, 100);
    if (!probing_ && state_ != Health::Down && soon_at < next_wake_) {
        actions.wake_at = next_wake_ = soon_at;
    }
    return actions;
}

// True: something that the shards know has changed.
bool GatewayHealth::succeed(std::string reason, TimePoint now) {
    const bool was_suspect = suspect();
    failures_ = 0;
    ++successes_;
    if (state_ == Health::Up || (state_ == Health::Down && successes_ < terms_.up_after)) {
        return was_suspect;
    }
    enter(Health::Up, std::move(reason), now);
    return true;
}

bool GatewayHealth::fail(std::string reason, TimePoint now) {
    const bool was_suspect = suspect();
    successes_ = 0;
    ++failures_;
    if (state_ == Health::Down) return false;
    if (failures_ >= terms_.down_after) {
        enter(Health::Down, std::move(reason), now);
        failures_ = 0;  // from here on: probes of the gateway that is down
        return true;
    }
    reason_ = std::move(reason);
    return !was_suspect;
}

// RFC 3261 section 21.5.4: no further requests for that long.
bool GatewayHealth::rest(std::optional<seconds> retry_after, TimePoint now) {
    if (!retry_after || retry_after->count() <= 0 || terms_.max_rest.count() <= 0) return false;
    resting_until_ = now + std::min<Duration>(*retry_after, terms_.max_rest);
    return true;
}

void GatewayHealth::enter(Health state, std::string reason, TimePoint now) {
    state_ = state;
    since_ = now;
    reason_ = std::move(reason);
}

HealthActions GatewayHealth::next_probe(bool changed, TimePoint now) {
    next_wake_ = now + jitter_.within(pause(), 90, 110);
    return {.changed = changed, .wake_at = next_wake_};
}

Duration GatewayHealth::soon() const {
    const auto quarter = std::clamp<Duration>(terms_.interval / 4, kSoonest, kSoonAtMost);
    return std::min(quarter, terms_.interval);
}

Duration GatewayHealth::pause() const {
    if (state_ != Health::Down) return failures_ > 0 ? soon() : terms_.interval;
    if (successes_ > 0) return soon();
    const auto doublings = std::min(failures_, kMostDoublings);
    return std::min(terms_.interval * (std::int64_t{1} << doublings),
                    std::max(terms_.interval, terms_.max_interval));
}

}  // namespace portcullis::trunk
