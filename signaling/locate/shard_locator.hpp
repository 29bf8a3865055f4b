// SPDX-License-Identifier: BSD-2-Clause
// ShardLocator: a shard's way to the engine, with the answers it has had.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "signaling/locate/engine.hpp"
#include "signaling/locate/locator.hpp"

namespace portcullis::locate {

struct ShardCounters {
    std::uint64_t literals = 0;
    std::uint64_t hits = 0;       // answered without the engine
    std::uint64_t misses = 0;     // asked of the engine
    std::uint64_t coalesced = 0;  // joined one that was asked already
    std::uint64_t refused = 0;    // no host name, or too many at once
};

// One per shard, used on its thread alone, which also destroys it (or has ended before). `engine`
// outlives it. Handlers that wait when it is destroyed are not called.
class ShardLocator final : public Locator {
 public:
    ShardLocator(Engine& engine, const Clock& clock, Random random, Post post);
    ~ShardLocator() override;
    ShardLocator(const ShardLocator&) = delete;
    ShardLocator& operator=(const ShardLocator&) = delete;

    // With the shard's configuration.
    void configure(const Settings& settings);
    void locate(const Where& where, LocateHandler handler) override;

    [[nodiscard]] const ShardCounters& counters() const { return counters_; }
    [[nodiscard]] const Counters& engine_counters() const { return engine_.counters(); }

 private:
    struct Entry {
        Where where;
        std::shared_ptr<const Outcome> outcome;
        Duration life{};        // when it came
        bool renewing = false;  // asked for again before its end
    };
    using Entries = std::list<Entry>;  // most recently used first

    [[nodiscard]] bool answer_literal(const Where& where, const LocateHandler& handler);
    [[nodiscard]] bool answer_known(const Where& where, const LocateHandler& handler);
    void ask(const Where& where, Freshness freshness);
    void on_outcome(const Where& where, const std::shared_ptr<const Outcome>& outcome);
    void keep(const Where& where, const std::shared_ptr<const Outcome>& outcome);
    [[nodiscard]] Result<Answer> answer_of(const Outcome& outcome) const;
    void forget_if_outdated();

    Engine& engine_;
    const Clock& clock_;
    Random random_;
    ClientId client_;
    Settings settings_;
    Entries entries_;
    std::map<Where, Entries::iterator> index_;
    std::map<Where, std::vector<LocateHandler>> waiting_;
    std::uint64_t generation_ = 0;
    ShardCounters counters_;
    // What answers that are on their way hold on to: expired once the locator is gone.
    std::shared_ptr<ShardLocator*> self_;
};

}  // namespace portcullis::locate
