// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/shard_locator.hpp"

#include <algorithm>

#include "signaling/locate/dns_message.hpp"

namespace portcullis::locate {
namespace {

constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxWaiting = 1024;  // places asked for at once
// What is in use is asked for again in the last part of its life, so that no call waits for it.
constexpr int kRenewalShare = 5;
constexpr std::chrono::seconds kLongestRenewal{30};

}  // namespace

ShardLocator::ShardLocator(Engine& engine, const Clock& clock, Random random, Post post)
    : engine_(engine),
      clock_(clock),
      random_(std::move(random)),
      client_(engine.attach(std::move(post))),
      self_(std::make_shared<ShardLocator*>(this)) {}

ShardLocator::~ShardLocator() { engine_.detach(client_); }

void ShardLocator::configure(const Settings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    entries_.clear();
    index_.clear();
}

void ShardLocator::forget_if_outdated() {
    const auto generation = engine_.generation();
    if (generation == generation_) return;
    generation_ = generation;
    entries_.clear();
    index_.clear();
}

void ShardLocator::locate(const Where& where, LocateHandler handler) {
    if (answer_literal(where, handler)) return;
    auto name = normal_name(where.host);
    if (!name) {
        ++counters_.refused;
        handler(fail(Errc::BadHost));
        return;
    }
    Where normal = where;
    normal.host = std::move(*name);
    forget_if_outdated();
    if (answer_known(normal, handler)) return;
    if (const auto waiting = waiting_.find(normal); waiting != waiting_.end()) {
        ++counters_.coalesced;
        waiting->second.push_back(std::move(handler));
        return;
    }
    if (waiting_.size() >= kMaxWaiting) {
        ++counters_.refused;
        handler(fail(Errc::Busy));
        return;
    }
    ++counters_.misses;
    waiting_[normal].push_back(std::move(handler));
    ask(normal, Freshness::Any);
}

// RFC 3263 section 4.1: a numeric host is the server, by the transport that is named or UDP, or
// TLS for sips.
bool ShardLocator::answer_literal(const Where& where, const LocateHandler& handler) {
    const auto address = IpAddress::parse(where.host);
    if (!address) return false;
    ++counters_.literals;
    const auto transport = default_transport(where, settings_);
    if (!transport) {
        handler(std::unexpected(transport.error()));
    } else if (!may_be_server(*address, settings_.allow_loopback)) {
        handler(fail(Errc::UnusableAddress, address->text()));
    } else {
        const auto port = where.port.value_or(describe(*transport).default_port);
        handler(Answer{.servers = {{.transport = *transport,
                                    .remote = {*address, port},
                                    .server_name = address->text()}},
                       .fresh_until = clock_.now() + settings_.max_ttl});
    }
    return true;
}

bool ShardLocator::answer_known(const Where& where, const LocateHandler& handler) {
    const auto at = index_.find(where);
    if (at == index_.end()) return false;
    const TimePoint now = clock_.now();
    Entry& entry = *at->second;
    const TimePoint end = entry.outcome->fresh_until;
    if (now >= end) return false;
    entries_.splice(entries_.begin(), entries_, at->second);
    ++counters_.hits;
    const auto margin = std::min<Duration>(entry.life / kRenewalShare, kLongestRenewal);
    if (end - now <= margin && !entry.renewing && entry.outcome->found && !entry.outcome->stale) {
        entry.renewing = true;
        ask(where, Freshness::Renew);
    }
    // The handler may ask again and change the entries: the outcome is held here.
    const auto outcome = entry.outcome;
    handler(answer_of(*outcome));
    return true;
}

void ShardLocator::ask(const Where& where, Freshness freshness) {
    engine_.locate(client_, where, freshness,
                   [where, self = std::weak_ptr(self_)](std::shared_ptr<const Outcome> outcome) {
                       // Not held while handlers run: one of them may end the locator.
                       ShardLocator* locator = nullptr;
                       if (const auto alive = self.lock()) locator = *alive;
                       if (locator != nullptr) locator->on_outcome(where, outcome);
                   });
}

void ShardLocator::on_outcome(const Where& where, const std::shared_ptr<const Outcome>& outcome) {
    forget_if_outdated();
    keep(where, outcome);
    auto waiting = waiting_.extract(where);
    if (waiting.empty()) return;
    const std::weak_ptr<ShardLocator*> self = self_;
    for (const LocateHandler& handler : waiting.mapped()) {
        handler(answer_of(*outcome));
        if (self.expired()) return;
    }
}

void ShardLocator::keep(const Where& where, const std::shared_ptr<const Outcome>& outcome) {
    const Duration life = outcome->fresh_until - clock_.now();
    const auto known = index_.find(where);
    if (known != index_.end()) {
        // A renewal that has failed leaves what there is to live out its life.
        if (!outcome->found && clock_.now() < known->second->outcome->fresh_until) return;
        entries_.splice(entries_.begin(), entries_, known->second);
        entries_.front() = {where, outcome, life};
        return;
    }
    entries_.push_front({where, outcome, life});
    index_.emplace(where, entries_.begin());
    if (entries_.size() <= kMaxEntries) return;
    index_.erase(entries_.back().where);
    entries_.pop_back();
}

// The draw is made for every question: load spreads though the answer is cached.
Result<Answer> ShardLocator::answer_of(const Outcome& outcome) const {
    if (!outcome.found) return std::unexpected(outcome.found.error());
    return Answer{.servers = draw(*outcome.found, settings_.prefer_v6, random_),
                  .fresh_until = outcome.fresh_until};
}

}  // namespace portcullis::locate
