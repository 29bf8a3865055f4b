// SPDX-License-Identifier: BSD-2-Clause
// Resolver: runs procedures against the cache and the name servers: requests, replies and time in,
// queries and outcomes out. No sockets, no threads, no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "signaling/locate/counters.hpp"
#include "signaling/locate/procedure.hpp"
#include "signaling/locate/record_cache.hpp"

namespace portcullis::locate {

// Names one request; chosen by who asks.
using Ticket = std::uint64_t;

enum class Freshness : std::uint8_t {
    Any,    // what is cached serves
    Renew,  // what is soon at the end of its life is asked for again
};

struct Delivery {
    Ticket ticket = 0;
    std::shared_ptr<const Outcome> outcome;
};

// What the driver does: send each query once (its answer comes by on_reply), hand each outcome
// over.
struct Actions {
    std::vector<Question> queries{};
    std::vector<Delivery> deliveries{};
};

// Requests for one Where share one procedure, and questions under way are not asked twice. Owned by
// the engine, used on its thread alone.
class Resolver {
 public:
    Resolver(const Settings& settings, Random random, Counters& counters);

    // What was learned of other name servers is forgotten; requests under way go on.
    void configure(const Settings& settings);

    // `where` has its host in normal form.
    [[nodiscard]] Actions locate(Ticket ticket, const Where& where, Freshness freshness,
                                 TimePoint now);
    [[nodiscard]] Actions on_reply(const Question& question, Reply reply, TimePoint now);
    // Due at next_deadline().
    [[nodiscard]] Actions on_time(TimePoint now);
    // When somebody will have waited long enough for a name server.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

    // No name server has answered since this began to be so; changes are an event.
    [[nodiscard]] bool servers_dead() const { return dead_; }
    // Queries under way.
    [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
    using ProcedureId = std::uint64_t;
    struct Running {
        Where where;
        Procedure procedure;
        Freshness freshness;
        std::vector<Ticket> tickets;
    };
    struct Pending {
        std::vector<ProcedureId> waiters;
        TimePoint asked_at{};
        bool sent = false;
    };
    using Key = std::pair<Where, Freshness>;

    void feed(ProcedureId id, std::vector<Question> questions, TimePoint now, Actions& actions);
    void ask(const Question& question, std::optional<ProcedureId> waiter, TimePoint now,
             Actions& actions);
    void send_more(Actions& actions);
    [[nodiscard]] std::optional<Known> known(const Question& question, Freshness freshness,
                                             TimePoint now, Actions& actions);
    void count(const Reply& reply);
    void bound(Reply& reply);
    void finish(ProcedureId id, TimePoint now, Actions& actions);

    Settings settings_;
    Random random_;
    Counters& counters_;
    RecordCache cache_;
    std::unordered_map<ProcedureId, Running> running_;
    std::map<Key, ProcedureId> by_where_;
    std::unordered_map<Question, Pending> pending_;
    std::deque<Question> unsent_;
    std::deque<std::pair<TimePoint, Question>> impatience_;  // in order of time
    std::size_t in_flight_ = 0;
    ProcedureId next_id_ = 1;
    bool dead_ = false;
};

}  // namespace portcullis::locate
