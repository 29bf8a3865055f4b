// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/resolver.hpp"

#include <algorithm>

namespace portcullis::locate {
namespace {

constexpr std::size_t kMaxRunning = 1024;      // procedures at once
constexpr std::size_t kMaxInFlight = 256;      // queries at once
constexpr std::size_t kMaxKept = kMaxServers;  // records kept of one reply
// RFC 8767 section 5: who waits longer than this takes the stale reply, if there is one.
constexpr std::chrono::milliseconds kPatience{800};
// What has less of its life left than this is worth renewing, when it is in use.
constexpr std::chrono::seconds kRenewalMargin{30};
// An outcome that no reply bounds, such as a transport that we do not have.
constexpr std::chrono::seconds kLongestUnasked{30};

CacheLimits limits_of(const Settings& settings) {
    return {.min_ttl = settings.min_ttl, .max_ttl = settings.max_ttl, .stale = settings.stale};
}

}  // namespace

Resolver::Resolver(const Settings& settings, Random random, Counters& counters)
    : settings_(settings), random_(std::move(random)), counters_(counters) {
    cache_.configure(limits_of(settings));
}

void Resolver::configure(const Settings& settings) {
    if (settings.servers != settings_.servers) cache_.clear();
    settings_ = settings;
    cache_.configure(limits_of(settings));
    // What runs now was decided on other transports: a new request does not join it.
    by_where_.clear();
}

Actions Resolver::locate(Ticket ticket, const Where& where, Freshness freshness, TimePoint now) {
    Actions actions;
    ++counters_.locates;
    const auto [at, fresh] = by_where_.try_emplace({where, freshness}, next_id_);
    if (!fresh) {
        ++counters_.coalesced;
        running_.at(at->second).tickets.push_back(ticket);
        return actions;
    }
    if (running_.size() >= kMaxRunning) {
        by_where_.erase(at);
        ++counters_.refused;
        actions.deliveries.push_back({ticket, std::make_shared<const Outcome>(Outcome{
                                                  .found = fail(Errc::Busy), .fresh_until = now})});
        return actions;
    }
    const ProcedureId id = next_id_++;
    auto& running =
        running_
            .emplace(id, Running{where, Procedure(where, settings_, random_), freshness, {ticket}})
            .first->second;
    if (freshness == Freshness::Renew) ++counters_.prefetches;
    feed(id, running.procedure.start(), now, actions);
    return actions;
}

// Gives the procedure what is known until it has nothing but unanswered questions, or is done.
void Resolver::feed(ProcedureId id, std::vector<Question> questions, TimePoint now,
                    Actions& actions) {
    Running& running = running_.at(id);
    while (!questions.empty()) {
        const Question question = std::move(questions.back());
        questions.pop_back();
        const auto reply = known(question, running.freshness, now, actions);
        if (!reply) {
            ask(question, id, now, actions);
            continue;
        }
        ++counters_.cache_hits;
        if (reply->stale) ++counters_.stale;
        for (auto& next : running.procedure.on_reply(question, *reply)) {
            questions.push_back(std::move(next));
        }
    }
    if (running.procedure.outcome()) finish(id, now, actions);
}

std::optional<Known> Resolver::known(const Question& question, Freshness freshness, TimePoint now,
                                     Actions& actions) {
    // A name server that does not answer is asked again from time to time, behind the stale reply.
    if (cache_.renewal_due(question, now)) ask(question, std::nullopt, now, actions);
    auto found = cache_.find(question, now);
    // The others who wait for this reply have lost patience already.
    const auto pending = pending_.find(question);
    if (!found && pending != pending_.end() && now >= pending->second.asked_at + kPatience) {
        return cache_.find_stale(question, now);
    }
    const bool soon_over = found && !found->stale && found->fresh_until - now < kRenewalMargin;
    const bool failed = found && found->reply->kind == ReplyKind::Failed;
    if (freshness == Freshness::Renew && soon_over && !failed) return std::nullopt;
    return found;
}

void Resolver::ask(const Question& question, std::optional<ProcedureId> waiter, TimePoint now,
                   Actions& actions) {
    const auto [at, fresh] = pending_.try_emplace(question);
    if (waiter) at->second.waiters.push_back(*waiter);
    if (!fresh) return;
    at->second.asked_at = now;
    impatience_.emplace_back(now + kPatience, question);
    unsent_.push_back(question);
    send_more(actions);
}

void Resolver::send_more(Actions& actions) {
    while (!unsent_.empty() && in_flight_ < kMaxInFlight) {
        const auto at = pending_.find(unsent_.front());
        if (at != pending_.end() && !at->second.sent) {
            at->second.sent = true;
            ++in_flight_;
            ++counters_.queries;
            actions.queries.push_back(std::move(unsent_.front()));
        }
        unsent_.pop_front();
    }
}

void Resolver::count(const Reply& reply) {
    counters_.dropped_records += reply.dropped_records;
    if (reply.alias_loop) ++counters_.alias_loops;
    if (reply.kind != ReplyKind::Failed) {
        dead_ = false;
        return;
    }
    ++(reply.failure == Errc::TimedOut ? counters_.timeouts : counters_.failures);
    // An error is an answer: the server lives, though it may not know the type.
    dead_ = reply.failure == Errc::TimedOut;
}

// Keeps the best records of a reply that has too many of them.
void Resolver::bound(Reply& reply) {
    const std::size_t before =
        reply.addresses.size() + reply.services.size() + reply.pointers.size();
    if (before <= kMaxKept) return;
    if (reply.addresses.size() > kMaxKept) reply.addresses.resize(kMaxKept);
    if (reply.services.size() > kMaxKept) {
        reply.services = weighted_order(std::move(reply.services), kMaxKept, random_);
    }
    if (reply.pointers.size() > kMaxKept) {
        std::stable_sort(
            reply.pointers.begin(), reply.pointers.end(), [](const auto& a, const auto& b) {
                return std::pair(a.order, a.preference) < std::pair(b.order, b.preference);
            });
        reply.pointers.resize(kMaxKept);
    }
    const std::size_t after =
        reply.addresses.size() + reply.services.size() + reply.pointers.size();
    reply.dropped_records += static_cast<std::uint32_t>(before - after);
}

Actions Resolver::on_reply(const Question& question, Reply reply, TimePoint now) {
    Actions actions;
    const auto at = pending_.find(question);
    if (at == pending_.end() || !at->second.sent) return actions;
    const auto waiters = std::move(at->second.waiters);
    pending_.erase(at);
    --in_flight_;
    bound(reply);
    count(reply);
    // The transport's failure is what the waiters see if the cache keeps nothing better.
    const Known failed{std::make_shared<const Reply>(Reply::failed(reply.failure)),
                       now + kFailureTtl};
    cache_.store(question, std::move(reply), now);
    counters_.cached = cache_.size();
    for (const ProcedureId waiter : waiters) {
        const auto running = running_.find(waiter);
        if (running == running_.end()) continue;
        const auto found = cache_.find(question, now);
        if (found && found->stale) ++counters_.stale;
        auto next = running->second.procedure.on_reply(question, found.value_or(failed));
        feed(waiter, std::move(next), now, actions);
    }
    send_more(actions);
    return actions;
}

Actions Resolver::on_time(TimePoint now) {
    Actions actions;
    while (!impatience_.empty() && impatience_.front().first <= now) {
        const auto [due, question] = std::move(impatience_.front());
        impatience_.pop_front();
        const auto at = pending_.find(question);
        // Answered meanwhile, and perhaps asked again.
        if (at == pending_.end() || at->second.asked_at + kPatience != due) continue;
        const auto stale = cache_.find_stale(question, now);
        if (!stale) continue;
        // The query goes on: its reply renews the cache for those who come later.
        for (const ProcedureId waiter : std::exchange(at->second.waiters, {})) {
            const auto running = running_.find(waiter);
            if (running == running_.end()) continue;
            ++counters_.stale;
            feed(waiter, running->second.procedure.on_reply(question, *stale), now, actions);
        }
    }
    return actions;
}

std::optional<TimePoint> Resolver::next_deadline() const {
    if (impatience_.empty()) return std::nullopt;
    return impatience_.front().first;
}

void Resolver::finish(ProcedureId id, TimePoint now, Actions& actions) {
    const auto at = running_.find(id);
    Running& running = at->second;
    const Dropped& dropped = running.procedure.dropped();
    counters_.dropped_records += dropped.records;
    counters_.dropped_addresses += dropped.addresses;
    Outcome outcome = *running.procedure.outcome();
    outcome.fresh_until = std::min(outcome.fresh_until, now + settings_.max_ttl);
    if (!outcome.found) {
        outcome.fresh_until = std::min<TimePoint>(outcome.fresh_until, now + kLongestUnasked);
    }
    const auto shared = std::make_shared<const Outcome>(std::move(outcome));
    for (const Ticket ticket : running.tickets) actions.deliveries.push_back({ticket, shared});
    const auto known = by_where_.find({running.where, running.freshness});
    if (known != by_where_.end() && known->second == id) by_where_.erase(known);
    running_.erase(at);
}

}  // namespace portcullis::locate
