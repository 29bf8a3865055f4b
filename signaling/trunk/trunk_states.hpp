// SPDX-License-Identifier: BSD-2-Clause
// TrunkStates: what is known of every trunk's gateways and registration at one moment.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/net/endpoint.hpp"
#include "policy/resolved_gateways.hpp"
#include "signaling/trunk/gateway_health.hpp"
#include "signaling/trunk/registration_machine.hpp"

namespace portcullis::trunk {

// One address of a gateway.
struct AddressState {
    Endpoint remote{};
    TransportKind transport = TransportKind::Udp;
    Health health = Health::Unknown;
    bool suspect = false;
    WallTime since{};
    std::string reason{};
    TimePoint resting_until{};  // in the past: it does not rest
    // Figures as of the snapshot.
    std::uint64_t probes = 0;
    std::uint64_t failed_probes = 0;
    std::optional<Milliseconds> round_trip{};  // of the last OPTIONS that was answered
};

struct GatewayState {
    std::string name{};
    bool monitored = false;
    bool named = false;                     // by a host name
    std::vector<AddressState> addresses{};  // of a named gateway: those found last
    std::string location_error{};           // why a named gateway has none

    // Up where one address is; Down where all are, or none is found.
    [[nodiscard]] Health health() const;
    [[nodiscard]] const AddressState* find(const Endpoint& remote) const;
};

struct RegistrationState {
    RegistrationPhase phase = RegistrationPhase::Idle;
    bool registered = false;
    WallTime since{};                 // registered or not
    std::optional<WallTime> until{};  // end of the binding
    std::string reason{};             // what went wrong last
    std::string aor{};
    std::string registrar{};
    std::optional<Endpoint> server{};
    bool use_service_route = true;
    std::vector<std::string> service_route{};
    std::vector<std::string> associated_uris{};
    // Figures as of the snapshot.
    std::uint64_t sent = 0;
    std::uint64_t failures = 0;
};

struct TrunkState {
    std::string name{};
    bool try_when_all_down = false;
    std::vector<GatewayState> gateways{};
    std::optional<RegistrationState> registration{};

    [[nodiscard]] const GatewayState* find(std::string_view gateway) const;
};

struct Usability {
    bool usable = true;
    std::string reason{};  // why not
};

// Immutable; made on shard 0 when something has changed, shared with every shard by pointer.
class TrunkStates {
 public:
    TrunkStates() = default;
    explicit TrunkStates(std::vector<TrunkState> trunks);

    [[nodiscard]] const TrunkState* find(std::string_view trunk) const;
    [[nodiscard]] const std::vector<TrunkState>& trunks() const { return trunks_; }

    // Whether a call may go to the gateway now, or to one address of it. What is not known is
    // usable.
    [[nodiscard]] Usability usable(std::string_view trunk, std::string_view gateway,
                                   TimePoint now) const;
    [[nodiscard]] Usability usable(std::string_view trunk, std::string_view gateway,
                                   const Endpoint& remote, TimePoint now) const;

    // The route set of requests to that trunk (RFC 3608); empty where there is none.
    [[nodiscard]] std::vector<std::string> service_route(std::string_view trunk) const;
    // Where named gateways are, for policy::classify.
    [[nodiscard]] const std::shared_ptr<const policy::ResolvedGateways>& resolved() const {
        return resolved_;
    }

 private:
    std::vector<TrunkState> trunks_;  // by name
    std::shared_ptr<const policy::ResolvedGateways> resolved_ =
        std::make_shared<const policy::ResolvedGateways>();
};

using TrunkStatesPtr = std::shared_ptr<const TrunkStates>;

}  // namespace portcullis::trunk
