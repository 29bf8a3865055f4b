// SPDX-License-Identifier: BSD-2-Clause
// MediaPools: the port pools that sessions draw from, over changes of the configuration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mediarelay/control/relay_plan.hpp"
#include "mediarelay/session/pool_table.hpp"
#include "mediarelay/session/port_allocator.hpp"
#include "mediarelay/session/state_file.hpp"

namespace portcullis::relay {

// Control thread. A pool that the configuration no longer has (or has at another address) drains:
// its sessions keep its ports, nobody draws from it, and it goes when the last port rested. Where
// pools are is kept in the state file, so that the next process has those that drain too.
class MediaPools {
 public:
    struct Pool {
        PoolIndex index = 0;
        std::string name;
        std::string device;
        IpAddress address;
        std::uint32_t key = 0;  // pool_key()
        std::optional<IpAddress> advertised;
        PortAllocator allocator;
        std::shared_ptr<PoolOwners> owners;
        bool draining = false;
        bool reachable = true;  // the relay has its interface open
        // Ports that are the relay's, none twice: the configured range unless the pool drains, and
        // of former ranges the parts in which ports are in use.
        std::vector<PortRange> ranges;
    };

    explicit MediaPools(const Clock& clock) : clock_(clock) {}

    // Keeps the pools' places in `file`, which outlives this, from now on.
    void keep_in(StateFile& file);
    // At start, before a configuration is applied: a pool of the former process, draining as long
    // as the configuration does not have it. Sessions are awaited by their ports (allocator).
    void restore(const PoolPlace& place);
    // Drops restored pools that are in the way of `plan`, the configuration at start, which need
    // not be the one that the former process had. True when it had to.
    bool make_way(const std::vector<PoolPlan>& plan);

    // Why `plan` cannot be applied now: pairs of pool pointer and words.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> check(
        const std::vector<PoolPlan>& plan) const;
    // check() found nothing. `quarantine`: how long released ports rest from now on.
    void apply(const std::vector<PoolPlan>& plan, Milliseconds quarantine);

    // A pool that ports can be drawn from (neither draining nor without interface), or null.
    [[nodiscard]] Pool* find(std::string_view name);
    // The pool for a session that comes back with its port: the one of that name where the port
    // waits for it, or the configured one though its interface is not open yet. Or null.
    [[nodiscard]] Pool* find_former(std::string_view name, std::uint16_t port, SessionId owner);
    // Any pool, or null.
    [[nodiscard]] Pool* by_index(PoolIndex index);
    [[nodiscard]] const std::vector<std::unique_ptr<Pool>>& pools() const { return pools_; }

    // A pair for `owner`, owned by `worker` from now on; `requested` 0 draws at random.
    [[nodiscard]] std::expected<std::uint16_t, relay_api::Outcome> take(Pool& pool,
                                                                        std::uint16_t requested,
                                                                        SessionId owner);
    void set_owner(PoolIndex pool, std::uint16_t port, WorkerId worker);
    // The pair rests; packets to it belong to nobody.
    void release(PoolIndex pool, std::uint16_t port);

    // Ends rests. True when ranges or pools changed, so that tables must be made anew.
    [[nodiscard]] bool expire();

 private:
    [[nodiscard]] std::optional<PoolIndex> free_index() const;
    // The parts of the pool's ranges outside of `configured` in which ports are in use.
    [[nodiscard]] static std::vector<PortRange> kept_ranges(const Pool& pool,
                                                            std::optional<PortRange> configured);
    void hand_over_rests();
    void write_places();

    const Clock& clock_;
    Milliseconds quarantine_ = PortAllocator::kQuarantine;
    std::vector<std::unique_ptr<Pool>> pools_;
    StateFile* file_ = nullptr;
};

}  // namespace portcullis::relay
