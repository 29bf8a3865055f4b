// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/leases.hpp"

namespace portcullis::relay {

void Leases::renew(const Owner& owner, TimePoint now) {
    auto& lease = leases_[owner];
    if (!lease.superseded) lease.until = now + duration_;
}

void Leases::hello(const Owner& owner, TimePoint now) {
    for (auto& [other, lease] : leases_) {
        if (other.instance == owner.instance) lease.superseded = other.epoch != owner.epoch;
    }
    renew(owner, now);
}

void Leases::begin_resync(const Owner& owner) { resyncs_[owner].clear(); }

void Leases::name(const Owner& owner, SessionId session) {
    const auto at = resyncs_.find(owner);
    if (at != resyncs_.end()) at->second.insert(session);
}

std::optional<std::set<SessionId>> Leases::end_resync(const Owner& owner) {
    auto named = resyncs_.extract(owner);
    if (named.empty()) return std::nullopt;
    return std::move(named.mapped());
}

std::vector<Owner> Leases::expire(TimePoint now) {
    std::vector<Owner> ended;
    std::erase_if(leases_, [&](const auto& entry) {
        if (entry.second.until > now) return false;
        ended.push_back(entry.first);
        resyncs_.erase(entry.first);
        return true;
    });
    return ended;
}

}  // namespace portcullis::relay
