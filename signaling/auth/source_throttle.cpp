// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/source_throttle.hpp"

#include <algorithm>
#include <functional>

namespace portcullis::auth {
namespace {

std::string key_of(const IpAddress& source, std::string_view user) {
    return source.text() + ' ' + std::string(user);
}

}  // namespace

SourceThrottle::Record* SourceThrottle::Table::find(const std::string& key) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) return nullptr;
    records.splice(records.begin(), records, found->second);
    return &records.front();
}

SourceThrottle::Record& SourceThrottle::Table::get(const std::string& key, std::size_t limit) {
    if (auto* const known = find(key)) return *known;
    if (records.size() >= limit) {
        by_key.erase(records.back().key);
        records.pop_back();
    }
    records.push_front({.key = key});
    by_key.emplace(records.front().key, records.begin());
    return records.front();
}

SourceThrottle::Record* SourceThrottle::known_user(const IpAddress& source, std::string_view user,
                                                   TimePoint now) {
    auto* const known = users_.find(key_of(source, user));
    return known != nullptr && now - known->succeeded_at <= limits_.remember ? known : nullptr;
}

bool SourceThrottle::denied(const IpAddress& source, std::string_view user, TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (const auto* const known = known_user(source, user, now)) return now < known->denied_until;
    const auto* const record = sources_.find(source.site().text());
    return record != nullptr && now < record->denied_until;
}

SourceThrottle::Failure SourceThrottle::failed(const IpAddress& source, std::string_view user,
                                               std::string_view guess, TimePoint now) {
    const std::lock_guard lock(mutex_);
    auto* const known = known_user(source, user, now);
    Record& record =
        known != nullptr ? *known : sources_.get(source.site().text(), limits_.sources);
    const auto hash = std::hash<std::string_view>{}(guess);
    std::erase_if(record.failures, [&](TimePoint at) { return now - at > limits_.within; });
    if (!record.failures.empty() && record.last_guess == hash) return Failure::Repeated;
    record.last_guess = hash;
    record.failures.push_back(now);
    if (record.failures.size() < limits_.failures) return Failure::Counted;
    record.failures.clear();
    record.denied_until = now + limits_.denial;
    return Failure::Denied;
}

void SourceThrottle::succeeded(const IpAddress& source, std::string_view user, TimePoint now) {
    const std::lock_guard lock(mutex_);
    Record& record = users_.get(key_of(source, user), limits_.sources);
    record.succeeded_at = now;
}

std::size_t SourceThrottle::size() const {
    const std::lock_guard lock(mutex_);
    return sources_.records.size() + users_.records.size();
}

}  // namespace portcullis::auth
