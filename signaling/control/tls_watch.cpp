// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/tls_watch.hpp"

#include <array>
#include <limits>

#include "common/base/log.hpp"

namespace portcullis::control {

namespace {

constexpr std::array<std::int64_t, 4> kLevels{0, 1, 7, 30};
constexpr std::int64_t kNoAlarm = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::int64_t days_left(std::chrono::system_clock::time_point not_after,
                       std::chrono::system_clock::time_point now) {
    return std::chrono::floor<std::chrono::days>(not_after - now).count();
}

std::int64_t alarm_level(std::int64_t days) {
    if (days < 0) return 0;
    for (const auto level : kLevels) {
        if (days < level) return level;
    }
    return kNoAlarm;
}

void TlsWatch::start() {
    look(std::chrono::system_clock::now());
    wait();
}

void TlsWatch::wait() {
    timer_ = std::make_shared<boost::asio::steady_timer>(io_, kInterval);
    // A cancel comes too late for a wait that is over: whether the timer is still ours tells.
    timer_->async_wait([this, mine = std::weak_ptr(timer_)](const boost::system::error_code&) {
        if (!mine.expired()) start();
    });
}

void TlsWatch::look(std::chrono::system_clock::time_point now) {
    const auto profiles = profiles_();
    if (!profiles) return;
    for (const auto& profile : profiles->all()) {
        const std::string& name = profile->settings().name;
        Kept& kept = kept_[name];
        const auto polled = profile->poll(now);
        if (polled.swap == transport::TlsProfile::Swap::Swapped) {
            ++kept.swapped;
            const auto context = profile->current();
            log::component("tls").info(
                "certificate_swapped profile={} fingerprint={}", name,
                context->certificate() == nullptr ? "" : context->certificate()->fingerprint);
        } else if (polled.swap == transport::TlsProfile::Swap::Refused) {
            ++kept.refused;
            log::component("tls").error("certificate_not_swapped profile={} reason=\"{}\"", name,
                                        polled.problem.message);
        }
        check_expiry(*profile, kept, now);
    }
}

// Each threshold is told once per certificate.
void TlsWatch::check_expiry(const transport::TlsProfile& profile, Kept& kept,
                            std::chrono::system_clock::time_point now) {
    const auto context = profile.current();
    const auto* const certificate = context ? context->certificate() : nullptr;
    if (certificate == nullptr) return;
    if (kept.fingerprint != certificate->fingerprint) {
        kept.fingerprint = certificate->fingerprint;
        kept.alarmed = kNoAlarm;
    }
    const auto days = days_left(certificate->not_after, now);
    const auto level = alarm_level(days);
    if (level >= kept.alarmed) return;
    kept.alarmed = level;
    const auto severity = level <= 1 ? spdlog::level::err : spdlog::level::warn;
    log::component("tls").log(severity, "{} profile={} file={} days_left={} subject=\"{}\"",
                              days < 0 ? "certificate_expired" : "certificate_expires",
                              profile.settings().name, profile.settings().certificate_file, days,
                              certificate->subject);
}

std::vector<TlsFigures> TlsWatch::figures() const {
    std::vector<TlsFigures> out;
    const auto profiles = profiles_();
    if (!profiles) return out;
    for (const auto& profile : profiles->all()) {
        TlsFigures figures;
        figures.profile = profile->settings().name;
        if (const auto kept = kept_.find(figures.profile); kept != kept_.end()) {
            figures.swapped = kept->second.swapped;
            figures.refused = kept->second.refused;
        }
        const auto context = profile->current();
        if (const auto* const own = context ? context->certificate() : nullptr) {
            figures.fingerprint = own->fingerprint;
            figures.not_after = std::chrono::system_clock::to_time_t(own->not_after);
        }
        out.push_back(std::move(figures));
    }
    return out;
}

}  // namespace portcullis::control
