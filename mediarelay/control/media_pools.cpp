// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/media_pools.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "common/base/assert.hpp"

namespace portcullis::relay {

namespace {

bool same_place(const MediaPools::Pool& pool, const PoolPlan& plan) {
    return pool.name == plan.name && pool.address == plan.range.address &&
           pool.device == plan.device;
}

// What of `range` lies outside of `other`: up to two parts.
std::vector<PortRange> without(PortRange range, PortRange other) {
    if (!range.overlaps(other)) return {range};
    std::vector<PortRange> parts;
    if (range.first < other.first) {
        parts.push_back({range.first, static_cast<std::uint16_t>(other.first - 1)});
    }
    if (range.last > other.last) {
        parts.push_back({static_cast<std::uint16_t>(other.last + 1), range.last});
    }
    return parts;
}

bool empty(const MediaPools::Pool& pool) {
    const auto counts = pool.allocator.counts();
    return counts.used == 0 && counts.quarantined == 0;
}

}  // namespace

MediaPools::Pool* MediaPools::find(std::string_view name) {
    const auto at = std::find_if(pools_.begin(), pools_.end(), [name](const auto& pool) {
        return !pool->draining && pool->reachable && pool->name == name;
    });
    return at == pools_.end() ? nullptr : at->get();
}

MediaPools::Pool* MediaPools::find_former(std::string_view name, std::uint16_t port,
                                          SessionId owner) {
    const auto first = [&](const auto& wanted) -> Pool* {
        const auto at = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) {
            return pool->name == name && wanted(*pool);
        });
        return at == pools_.end() ? nullptr : at->get();
    };
    Pool* waiting = first([&](const Pool& pool) { return pool.allocator.awaits(port, owner); });
    return waiting != nullptr ? waiting : first([](const Pool& pool) { return !pool.draining; });
}

MediaPools::Pool* MediaPools::by_index(PoolIndex index) {
    const auto at = std::find_if(pools_.begin(), pools_.end(),
                                 [index](const auto& pool) { return pool->index == index; });
    return at == pools_.end() ? nullptr : at->get();
}

std::optional<PoolIndex> MediaPools::free_index() const {
    std::array<bool, kMaxPools> taken{};
    for (const auto& pool : pools_) taken[pool->index] = true;
    const auto at = std::find(taken.begin(), taken.end(), false);
    if (at == taken.end()) return std::nullopt;
    return static_cast<PoolIndex>(at - taken.begin());
}

std::vector<PortRange> MediaPools::kept_ranges(const Pool& pool,
                                               std::optional<PortRange> configured) {
    std::vector<PortRange> kept;
    for (const PortRange range : pool.ranges) {
        const auto parts = configured ? without(range, *configured) : std::vector{range};
        std::copy_if(parts.begin(), parts.end(), std::back_inserter(kept),
                     [&pool](PortRange part) { return pool.allocator.uses(part); });
    }
    return kept;
}

std::vector<std::pair<std::string, std::string>> MediaPools::check(
    const std::vector<PoolPlan>& plan) const {
    std::vector<std::pair<std::string, std::string>> refusals;
    std::size_t staying = 0;
    for (const auto& pool : pools_) {
        const auto own = std::find_if(plan.begin(), plan.end(),
                                      [&pool](const auto& p) { return same_place(*pool, p); });
        if (own != plan.end()) ++staying;
        if (!pool->allocator.in_use()) continue;
        // What its live sessions keep of the address.
        const auto kept =
            kept_ranges(*pool, own == plan.end() ? std::nullopt : std::optional(own->range.ports));
        for (const auto& wanted : plan) {
            if (same_place(*pool, wanted) || pool->address != wanted.range.address) continue;
            if (std::none_of(kept.begin(), kept.end(), [&wanted](PortRange range) {
                    return range.overlaps(wanted.range.ports);
                })) {
                continue;
            }
            refusals.emplace_back(wanted.pointer,
                                  "live sessions of pool \"" + pool->name +
                                      "\" use ports of this range; retry when they ended");
        }
    }
    if (pools_.size() - staying + plan.size() > kMaxPools) {
        refusals.emplace_back("/media_pools", "more than " + std::to_string(kMaxPools) + " pools");
    }
    return refusals;
}

void MediaPools::apply(const std::vector<PoolPlan>& plan, Milliseconds quarantine) {
    quarantine_ = quarantine;
    for (auto& pool : pools_) {
        const auto at = std::find_if(plan.begin(), plan.end(),
                                     [&pool](const auto& p) { return same_place(*pool, p); });
        pool->draining = at == plan.end();
        if (pool->draining) pool->ranges = kept_ranges(*pool, std::nullopt);
    }
    for (const auto& wanted : plan) {
        const auto present = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) {
            return same_place(*pool, wanted);
        });
        if (present != pools_.end()) {
            Pool* pool = present->get();
            pool->advertised = wanted.advertised;
            pool->ranges = kept_ranges(*pool, wanted.range.ports);
            pool->ranges.insert(pool->ranges.begin(), wanted.range.ports);
            pool->allocator.resize(wanted.range.ports);
            continue;
        }
        const auto index = free_index();
        PORTCULLIS_ASSERT(index.has_value());
        pools_.push_back(std::make_unique<Pool>(
            Pool{.index = *index,
                 .name = wanted.name,
                 .device = wanted.device,
                 .address = wanted.range.address,
                 .key = pool_key(wanted.name, wanted.device, wanted.range.address),
                 .advertised = wanted.advertised,
                 .allocator = PortAllocator(wanted.range.ports),
                 .owners = std::make_shared<PoolOwners>(),
                 .draining = false,
                 .reachable = true,
                 .ranges = {wanted.range.ports}}));
    }
    hand_over_rests();
    write_places();
}

void MediaPools::keep_in(StateFile& file) {
    file_ = &file;
    write_places();
}

void MediaPools::write_places() {
    if (file_ == nullptr) return;
    for (PoolIndex index = 0; index < kMaxPools; ++index) {
        const Pool* pool = by_index(index);
        file_->write_pool(
            index, pool == nullptr ? std::nullopt
                                   : std::optional(PoolPlace{
                                         pool->name, pool->device, pool->address, pool->advertised,
                                         pool->allocator.range(), pool->ranges}));
    }
}

void MediaPools::restore(const PoolPlace& place) {
    const std::uint32_t key = pool_key(place);
    const auto index = free_index();
    if (!index || std::any_of(pools_.begin(), pools_.end(),
                              [key](const auto& pool) { return pool->key == key; })) {
        return;
    }
    pools_.push_back(std::make_unique<Pool>(Pool{.index = *index,
                                                 .name = place.name,
                                                 .device = place.device,
                                                 .address = place.address,
                                                 .key = key,
                                                 .advertised = place.advertised,
                                                 .allocator = PortAllocator(place.range),
                                                 .owners = std::make_shared<PoolOwners>(),
                                                 .draining = true,
                                                 .reachable = false,
                                                 .ranges = place.ranges}));
}

bool MediaPools::make_way(const std::vector<PoolPlan>& plan) {
    if (check(plan).empty()) return false;
    std::erase_if(pools_, [&plan](const auto& pool) {
        return std::none_of(plan.begin(), plan.end(),
                            [&pool](const auto& p) { return same_place(*pool, p); });
    });
    if (!check(plan).empty()) pools_.clear();
    return true;
}

// A pool without sessions goes at once; its ports rest on in the pools that have them now.
void MediaPools::hand_over_rests() {
    for (const auto& gone : pools_) {
        if (!gone->draining || gone->allocator.in_use()) continue;
        for (const auto& rest : gone->allocator.resting()) {
            for (const auto& pool : pools_) {
                if (pool->draining || pool->address != gone->address) continue;
                if (pool->allocator.range().contains(rest.port)) pool->allocator.import(rest);
            }
        }
    }
    std::erase_if(pools_,
                  [](const auto& pool) { return pool->draining && !pool->allocator.in_use(); });
}

std::expected<std::uint16_t, relay_api::Outcome> MediaPools::take(Pool& pool,
                                                                  std::uint16_t requested,
                                                                  SessionId owner) {
    return requested == 0 ? pool.allocator.draw(owner) : pool.allocator.take(requested, owner);
}

void MediaPools::set_owner(PoolIndex pool, std::uint16_t port, WorkerId worker) {
    if (Pool* found = by_index(pool)) found->owners->set(port, worker);
}

void MediaPools::release(PoolIndex pool, std::uint16_t port) {
    Pool* found = by_index(pool);
    if (found == nullptr) return;
    found->owners->set(port, kNoWorker);
    // The allocator rests ports for its own default; ours is the configuration's.
    found->allocator.release(port, clock_.now() + quarantine_ - PortAllocator::kQuarantine);
}

bool MediaPools::expire() {
    bool changed = false;
    for (auto& pool : pools_) {
        pool->allocator.expire(clock_.now());
        // A pool that drains keeps what it has to its end; late packets are not the kernel's.
        if (pool->draining) continue;
        auto ranges = kept_ranges(*pool, pool->allocator.range());
        ranges.insert(ranges.begin(), pool->allocator.range());
        changed = changed || ranges != pool->ranges;
        pool->ranges = std::move(ranges);
    }
    const auto before = pools_.size();
    std::erase_if(pools_, [](const auto& pool) { return pool->draining && empty(*pool); });
    changed = changed || pools_.size() != before;
    if (changed) write_places();
    return changed;
}

}  // namespace portcullis::relay
