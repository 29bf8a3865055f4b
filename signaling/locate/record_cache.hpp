// SPDX-License-Identifier: BSD-2-Clause
// RecordCache: DNS replies by question, with their life (RFC 2181, RFC 2308, RFC 8767).
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include "signaling/locate/procedure.hpp"

namespace portcullis::locate {

struct CacheLimits {
    std::chrono::seconds min_ttl{5};
    std::chrono::seconds max_ttl{3600};
    std::chrono::seconds stale{600};
    std::size_t entries = 32768;  // the least recently used ones go
};

// How long what is not there is known, without an SOA record; and how long a failure is.
inline constexpr std::chrono::seconds kNegativeTtl{30};
inline constexpr std::chrono::seconds kFailureTtl{5};

// A value of the resolver's thread. Replies are shared with the procedures that use them.
class RecordCache {
 public:
    void configure(const CacheLimits& limits);

    // What is known and still holds. Between its life's end and the end of its staleness a reply
    // is known only while the last attempt to renew it has failed: then it is stale, and holds
    // until the next attempt is due.
    [[nodiscard]] std::optional<Known> find(const Question& question, TimePoint now);
    // The reply that served before, for those who have waited too long for a new one.
    [[nodiscard]] std::optional<Known> find_stale(const Question& question, TimePoint now);
    // Whether a failed renewal may be tried again.
    [[nodiscard]] bool renewal_due(const Question& question, TimePoint now) const;

    // Keeps a reply; a Failed one only where nothing better is at hand.
    void store(const Question& question, Reply reply, TimePoint now);
    void clear();

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
    struct Entry {
        Question question;
        std::shared_ptr<const Reply> reply;
        TimePoint fresh_until{};
        std::optional<TimePoint> retry_at{};  // the last attempt to renew it has failed
    };
    using Entries = std::list<Entry>;  // most recently used first

    [[nodiscard]] Entry* touch(const Question& question);
    [[nodiscard]] bool serves_stale(const Entry& entry, TimePoint now) const;
    [[nodiscard]] Duration life(const Reply& reply) const;
    void shrink();

    CacheLimits limits_;
    Entries entries_;
    std::unordered_map<Question, Entries::iterator> index_;
    std::uint64_t evicted_ = 0;
};

}  // namespace portcullis::locate
