// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/record_cache.hpp"

#include <algorithm>

namespace portcullis::locate {
namespace {

// A stale reply holds at least so long, so that every call does not ask for it anew.
constexpr std::chrono::seconds kShortestStale{1};

}  // namespace

void RecordCache::configure(const CacheLimits& limits) {
    limits_ = limits;
    shrink();
}

RecordCache::Entry* RecordCache::touch(const Question& question) {
    const auto at = index_.find(question);
    if (at == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return &entries_.front();
}

bool RecordCache::serves_stale(const Entry& entry, TimePoint now) const {
    return entry.reply->kind != ReplyKind::Failed && now < entry.fresh_until + limits_.stale;
}

std::optional<Known> RecordCache::find(const Question& question, TimePoint now) {
    const Entry* const entry = touch(question);
    if (entry == nullptr) return std::nullopt;
    if (now < entry->fresh_until) return Known{entry->reply, entry->fresh_until};
    if (!entry->retry_at) return std::nullopt;
    return find_stale(question, now);
}

std::optional<Known> RecordCache::find_stale(const Question& question, TimePoint now) {
    const Entry* const entry = touch(question);
    if (entry == nullptr || !serves_stale(*entry, now)) return std::nullopt;
    if (now < entry->fresh_until) return Known{entry->reply, entry->fresh_until};
    const TimePoint soon = now + kShortestStale;
    return Known{entry->reply, std::max(entry->retry_at.value_or(soon), soon), true};
}

bool RecordCache::renewal_due(const Question& question, TimePoint now) const {
    const auto at = index_.find(question);
    return at != index_.end() && now >= at->second->fresh_until && at->second->retry_at &&
           now >= *at->second->retry_at;
}

Duration RecordCache::life(const Reply& reply) const {
    if (reply.kind == ReplyKind::Failed) return kFailureTtl;
    const auto fallback =
        reply.kind == ReplyKind::Records ? limits_.min_ttl : std::chrono::seconds(kNegativeTtl);
    return std::clamp(reply.ttl.value_or(fallback), limits_.min_ttl, limits_.max_ttl);
}

void RecordCache::store(const Question& question, Reply reply, TimePoint now) {
    Entry* entry = touch(question);
    if (reply.kind == ReplyKind::Failed && entry != nullptr && serves_stale(*entry, now)) {
        entry->retry_at = now + kFailureTtl;
        return;
    }
    if (entry == nullptr) {
        entries_.push_front({.question = question, .reply = nullptr});
        index_.emplace(question, entries_.begin());
        entry = &entries_.front();
    }
    entry->fresh_until = now + life(reply);
    entry->reply = std::make_shared<const Reply>(std::move(reply));
    entry->retry_at.reset();
    shrink();
}

void RecordCache::shrink() {
    while (entries_.size() > limits_.entries) {
        index_.erase(entries_.back().question);
        entries_.pop_back();
        ++evicted_;
    }
}

void RecordCache::clear() {
    index_.clear();
    entries_.clear();
}

}  // namespace portcullis::locate
