// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/auth/throttle.hpp"

#include "common/net/ip_address.hpp"

namespace portcullis::mgmt {

namespace {

// After this long without a failure an entry's bucket is full again and says nothing.
constexpr std::chrono::seconds kIdle{
    static_cast<long>(LoginThrottle::kBurst / LoginThrottle::kRate)};
constexpr std::chrono::seconds kWait{static_cast<long>(1 / LoginThrottle::kRate)};

}  // namespace

std::chrono::seconds LoginThrottle::on_failure(std::string_view remote, TimePoint now) {
    std::string key(remote);
    if (const auto address = IpAddress::parse(remote); address && address->is_v6()) {
        const auto prefix = address->bytes().first<8>();
        key.assign(reinterpret_cast<const char*>(prefix.data()), prefix.size());
    }
    auto found = entries_.find(key);
    if (found == entries_.end() && entries_.size() >= kMaxAddresses) forget_idle(now);
    if (found == entries_.end() && entries_.size() < kMaxAddresses) {
        found = entries_.emplace(std::move(key), Entry{}).first;
    }
    Entry& entry = found == entries_.end() ? overflow_ : found->second;
    entry.last = now;
    return entry.bucket.take(now) ? std::chrono::seconds{0} : kWait;
}

void LoginThrottle::forget_idle(TimePoint now) {
    std::erase_if(entries_, [now](const auto& entry) { return now - entry.second.last >= kIdle; });
}

}  // namespace portcullis::mgmt
