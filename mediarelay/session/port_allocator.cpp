// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/port_allocator.hpp"

#include <algorithm>
#include <ranges>

#include "common/base/random.hpp"

namespace portcullis::relay {

namespace {

std::uint32_t pair_of(std::uint16_t port) { return port / 2U; }
std::uint16_t port_of(std::uint32_t pair) { return static_cast<std::uint16_t>(pair * 2U); }

}  // namespace

PortAllocator::PortAllocator(PortRange range) : pairs_(kPairs) {
    free_.reserve(kPairs);
    resize(range);
}

bool PortAllocator::in_range(std::uint32_t pair) const {
    const std::uint32_t even = port_of(pair);
    return even >= range_.first && even + 1U <= range_.last;
}

void PortAllocator::add_free(std::uint32_t pair) {
    pairs_[pair].state = State::Free;
    pairs_[pair].owner = {};
    pairs_[pair].position = static_cast<std::uint16_t>(free_.size());
    free_.push_back(static_cast<std::uint16_t>(pair));
}

void PortAllocator::remove_free(std::uint32_t pair) {
    const std::uint16_t position = pairs_[pair].position;
    const std::uint16_t last = free_.back();
    free_[position] = last;
    pairs_[last].position = position;
    free_.pop_back();
}

std::expected<std::uint16_t, relay_api::Outcome> PortAllocator::draw(SessionId owner) {
    if (free_.empty()) return std::unexpected(relay_api::Outcome::NoPorts);
    const std::uint32_t pair = free_[random_below(static_cast<std::uint32_t>(free_.size()))];
    remove_free(pair);
    pairs_[pair].state = State::Used;
    pairs_[pair].owner = owner;
    ++used_;
    return port_of(pair);
}

std::expected<std::uint16_t, relay_api::Outcome> PortAllocator::take(std::uint16_t port,
                                                                     SessionId owner) {
    const std::uint32_t pair = pair_of(port);
    if ((port & 1U) != 0) return std::unexpected(relay_api::Outcome::NoPorts);
    Pair& entry = pairs_[pair];
    if (!in_range(pair) && !awaits(port, owner)) {
        return std::unexpected(relay_api::Outcome::NoPorts);
    }
    switch (entry.state) {
        case State::Free:
            remove_free(pair);
            break;
        case State::Resting:
            if (entry.owner != owner) return std::unexpected(relay_api::Outcome::PortInUse);
            --resting_;
            break;
        case State::Awaited:
            if (entry.owner != owner) return std::unexpected(relay_api::Outcome::PortInUse);
            --awaited_;
            break;
        case State::Used:
        case State::Outside:
            return std::unexpected(relay_api::Outcome::PortInUse);
    }
    entry.state = State::Used;
    entry.owner = owner;
    ++used_;
    return port;
}

void PortAllocator::release(std::uint16_t port, TimePoint now) {
    const std::uint32_t pair = pair_of(port);
    Pair& entry = pairs_[pair];
    if (entry.state != State::Used) return;
    --used_;
    entry.state = State::Resting;
    entry.until = now + kQuarantine;
    ++resting_;
    rested_in_order_.push_back({entry.until, static_cast<std::uint16_t>(pair)});
}

void PortAllocator::import_as(State state, const Rest& rest) {
    const std::uint32_t pair = pair_of(rest.port);
    Pair& entry = pairs_[pair];
    if (entry.state == State::Free) remove_free(pair);
    entry.state = state;
    entry.owner = rest.owner;
    entry.until = rest.until;
    ++(state == State::Awaited ? awaited_ : resting_);
    imported_.push_back({rest.until, static_cast<std::uint16_t>(pair)});
}

void PortAllocator::import(const Rest& rest) {
    if (pairs_[pair_of(rest.port)].state == State::Free) import_as(State::Resting, rest);
}

void PortAllocator::await(const Rest& rest) {
    const State state = pairs_[pair_of(rest.port)].state;
    if (state == State::Free || state == State::Outside) import_as(State::Awaited, rest);
}

bool PortAllocator::awaits(std::uint16_t port, SessionId owner) const {
    const Pair& entry = pairs_[pair_of(port)];
    return entry.state == State::Awaited && entry.owner == owner;
}

void PortAllocator::end_rest(const Entry& rest) {
    // Taken back by its owner meanwhile, and perhaps released again: then another entry counts.
    const Pair& entry = pairs_[rest.pair];
    const bool waits = entry.state == State::Awaited;
    if ((entry.state != State::Resting && !waits) || entry.until != rest.until) return;
    --(waits ? awaited_ : resting_);
    if (in_range(rest.pair)) {
        add_free(rest.pair);
    } else {
        pairs_[rest.pair].state = State::Outside;
    }
}

void PortAllocator::expire(TimePoint now) {
    while (!rested_in_order_.empty() && rested_in_order_.front().until <= now) {
        end_rest(rested_in_order_.front());
        rested_in_order_.pop_front();
    }
    std::erase_if(imported_, [&](const Entry& rest) {
        if (rest.until > now) return false;
        end_rest(rest);
        return true;
    });
}

std::vector<PortAllocator::Rest> PortAllocator::resting() const {
    std::vector<Rest> result;
    for (std::uint32_t pair = 0; pair < kPairs; ++pair) {
        const Pair& entry = pairs_[pair];
        if (entry.state != State::Resting) continue;
        result.push_back({.port = port_of(pair), .owner = entry.owner, .until = entry.until});
    }
    return result;
}

void PortAllocator::resize(PortRange range) {
    range_ = range;
    for (std::uint32_t pair = 0; pair < kPairs; ++pair) {
        const bool inside = in_range(pair);
        if (inside && pairs_[pair].state == State::Outside) {
            add_free(pair);
        } else if (!inside && pairs_[pair].state == State::Free) {
            remove_free(pair);
            pairs_[pair].state = State::Outside;
        }
    }
}

bool PortAllocator::uses(PortRange range) const {
    return std::ranges::any_of(std::views::iota(0U, kPairs), [&](std::uint32_t pair) {
        const std::uint16_t even = port_of(pair);
        const State state = pairs_[pair].state;
        return (state == State::Used || state == State::Awaited) &&
               range.overlaps({even, static_cast<std::uint16_t>(even + 1)});
    });
}

PortAllocator::Counts PortAllocator::counts() const {
    return {.free = static_cast<std::uint32_t>(free_.size()),
            .used = used_,
            .quarantined = resting_ + awaited_};
}

}  // namespace portcullis::relay
