// SPDX-License-Identifier: BSD-2-Clause
// GatewayMonitor: finds the addresses of one gateway and asks each of them by OPTIONS.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "signaling/trunk/surroundings.hpp"
#include "signaling/trunk/trunk_states.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::trunk {

// One per gateway, on shard 0, made and ended by the TrunkService; held by shared_ptr only so that
// a late answer of the locator finds out that it is gone.
class GatewayMonitor : public std::enable_shared_from_this<GatewayMonitor> {
 public:
    // `around` outlives it.
    GatewayMonitor(Surroundings& around, std::string trunk, policy::Gateway gateway);
    ~GatewayMonitor();
    GatewayMonitor(const GatewayMonitor&) = delete;
    GatewayMonitor& operator=(const GatewayMonitor&) = delete;

    // Begins `delay` from now; later: new terms, which change what is under way as little as they
    // can.
    void configure(const policy::Trunk& trunk, const policy::Gateway& gateway, Duration delay);
    void report(const Report& report);

    // Whether `gateway` is at the same place, so that this monitor may go on.
    [[nodiscard]] bool serves(const policy::Gateway& gateway) const {
        return gateway.name == gateway_.name && gateway.location == gateway_.location;
    }
    [[nodiscard]] const std::string& name() const { return gateway_.name; }
    [[nodiscard]] GatewayState state() const;

 private:
    struct Address {
        Address(locate::Located where, HealthTerms terms, std::uint64_t seed, TimePoint now,
                shard::TimerWheel& wheel)
            : located(std::move(where)), health(std::move(terms), seed, now), timer(wheel) {}
        locate::Located located;
        GatewayHealth health;
        OwnTimer timer;
        transaction::ClientId request{};
        TimePoint asked_at{};
        std::uint64_t probes = 0;
        std::uint64_t failed = 0;
        std::optional<Milliseconds> round_trip{};
    };

    void locate(Duration delay);
    void on_located(const Result<locate::Answer>& answer, Duration delay);
    void take_addresses(const std::vector<locate::Located>& found, Duration delay);
    void apply(Address& address, const HealthActions& actions, Health before);
    void probe(Address& address);
    void on_outcome(Address& address, const Outcome& outcome);
    void tell(const Address& address, Health before) const;

    Surroundings& around_;
    std::string trunk_;
    std::string realm_;
    policy::Gateway gateway_;
    HealthTerms terms_;
    std::string from_user_;
    std::string to_user_;
    std::list<Address> addresses_;  // in the order found; timers and requests refer to them
    std::string location_error_;
    bool configured_ = false;
    OwnTimer locate_timer_;
};

}  // namespace portcullis::trunk
