// SPDX-License-Identifier: BSD-2-Clause
// Way, FlowSlot and PortLease: what a session holds, given back when the holder goes.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "common/net/endpoint.hpp"
#include "mediarelay/control/media_pools.hpp"
#include "mediarelay/kernel/next_hops.hpp"
#include "mediarelay/session/flow_index_allocator.hpp"

namespace portcullis::relay {

// A counted reference to the way from one of our addresses to a peer. Move-only; empty by default.
// The NextHops it came from outlives it.
class Way {
 public:
    Way() = default;
    // Missing: what to do when the way leads nowhere now.
    enum class Missing : std::uint8_t { Refuse, Wait };
    [[nodiscard]] static Result<Way> acquire(NextHops& hops, const IpAddress& local,
                                             const Endpoint& remote,
                                             Missing missing = Missing::Refuse) {
        const auto id = missing == Missing::Wait ? hops.acquire_waiting(local, remote)
                                                 : hops.acquire(local, remote);
        if (!id) return std::unexpected(id.error());
        Way way;
        way.hops_ = &hops;
        way.local_ = local;
        way.remote_ = remote.address;
        return way;
    }
    Way(Way&& other) noexcept { swap(other); }
    Way& operator=(Way&& other) noexcept {
        Way(std::move(other)).swap(*this);
        return *this;
    }
    Way(const Way&) = delete;
    Way& operator=(const Way&) = delete;
    ~Way() {
        if (hops_ != nullptr) hops_->release(local_, remote_);
    }

    // By the routes of now; kNoNextHop of an empty way.
    [[nodiscard]] NextHopId hop() const {
        return hops_ == nullptr ? kNoNextHop : hops_->hop_of(local_, remote_);
    }
    [[nodiscard]] const IpAddress& local() const { return local_; }
    [[nodiscard]] const IpAddress& remote() const { return remote_; }

 private:
    void swap(Way& other) noexcept {
        std::swap(hops_, other.hops_);
        std::swap(local_, other.local_);
        std::swap(remote_, other.remote_);
    }
    NextHops* hops_ = nullptr;
    IpAddress local_;
    IpAddress remote_;
};

// A slot of a worker's flow table. May be given back only when the worker let go of the flow.
class FlowSlot {
 public:
    FlowSlot() = default;
    FlowSlot(FlowIndexAllocator& allocator, FlowIndex index)
        : allocator_(&allocator), index_(index) {}
    FlowSlot(FlowSlot&& other) noexcept
        : allocator_(std::exchange(other.allocator_, nullptr)),
          index_(std::exchange(other.index_, kNoFlow)) {}
    FlowSlot& operator=(FlowSlot&& other) noexcept {
        std::swap(allocator_, other.allocator_);
        std::swap(index_, other.index_);
        return *this;
    }
    FlowSlot(const FlowSlot&) = delete;
    FlowSlot& operator=(const FlowSlot&) = delete;
    ~FlowSlot() {
        if (allocator_ != nullptr) allocator_->release(index_);
    }

    [[nodiscard]] FlowIndex index() const { return index_; }

 private:
    FlowIndexAllocator* allocator_ = nullptr;
    FlowIndex index_ = kNoFlow;
};

// A pair of ports of a pool; rests when given back.
class PortLease {
 public:
    PortLease() = default;
    PortLease(MediaPools& pools, PoolIndex pool, std::uint16_t port)
        : pools_(&pools), pool_(pool), port_(port) {}
    PortLease(PortLease&& other) noexcept
        : pools_(std::exchange(other.pools_, nullptr)), pool_(other.pool_), port_(other.port_) {}
    PortLease& operator=(PortLease&& other) noexcept {
        std::swap(pools_, other.pools_);
        std::swap(pool_, other.pool_);
        std::swap(port_, other.port_);
        return *this;
    }
    PortLease(const PortLease&) = delete;
    PortLease& operator=(const PortLease&) = delete;
    ~PortLease() {
        if (pools_ != nullptr) pools_->release(pool_, port_);
    }

    [[nodiscard]] explicit operator bool() const { return pools_ != nullptr; }
    [[nodiscard]] PoolIndex pool() const { return pool_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }  // even

 private:
    MediaPools* pools_ = nullptr;
    PoolIndex pool_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace portcullis::relay
