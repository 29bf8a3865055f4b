// SPDX-License-Identifier: BSD-2-Clause
// Surroundings: what the monitors and registrations of all trunks share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.hpp"
#include "policy/compiled_policy.hpp"
#include "signaling/locate/locator.hpp"
#include "signaling/shard/slot.hpp"
#include "signaling/shard/timer_wheel.hpp"
#include "signaling/trunk/exchange.hpp"
#include "signaling/trunk/requests.hpp"

namespace portcullis::trunk {

// Owned by the TrunkService, outlives what refers to it.
struct Surroundings {
    const Clock& clock;
    shard::TimerWheel& wheel;
    locate::Locator& locator;
    shard::Slot slot;
    Exchange exchange;
    std::shared_ptr<const policy::CompiledPolicy> policy{};
    std::function<void()> changed{};  // something that the shards should know

    // Our side of the way from `realm` to there; empty: the realm has no interface for it.
    [[nodiscard]] std::optional<OwnSide> way(const std::string& realm, const Endpoint& remote,
                                             TransportKind transport) const {
        const auto* const interface =
            policy->egress_interface(realm, remote.address.family(), transport);
        if (interface == nullptr) return std::nullopt;
        const auto* const owner = policy->find_realm(realm);
        return OwnSide{.interface = interface->name,
                       .local = interface->endpoint(),
                       .transport = transport,
                       .domain = owner == nullptr ? std::string() : owner->domain};
    }
    [[nodiscard]] WallTime wall(TimePoint at) const {
        return clock.wall_now() +
               std::chrono::duration_cast<std::chrono::microseconds>(at - clock.now());
    }
};

// One timer on the wheel that ends with its owner.
class OwnTimer {
 public:
    explicit OwnTimer(shard::TimerWheel& wheel) : wheel_(wheel) {}
    ~OwnTimer() { wheel_.cancel(id_); }
    OwnTimer(const OwnTimer&) = delete;
    OwnTimer& operator=(const OwnTimer&) = delete;

    void stop() { wheel_.cancel(std::exchange(id_, {})); }
    void set(TimePoint at, shard::TimerWheel::Callback callback) {
        stop();
        id_ = wheel_.schedule(at, std::move(callback));
    }

 private:
    shard::TimerWheel& wheel_;
    shard::TimerId id_{};
};

// What a URI of the configuration says of its server.
[[nodiscard]] inline locate::Where where_of(const config::GatewayUri& uri) {
    if (uri.is_name()) {
        return {.host = uri.name,
                .port = uri.port,
                .transport = uri.named_transport,
                .secure = uri.secure};
    }
    return {.host = uri.endpoint.address.text(),
            .port = uri.endpoint.port,
            .transport = uri.transport,
            .secure = uri.secure};
}

// The host of a URI of the configuration as URIs have it.
[[nodiscard]] inline std::string host_of(const config::GatewayUri& uri) {
    return uri.is_name() ? uri.name : uri.endpoint.address.host_text();
}

}  // namespace portcullis::trunk
