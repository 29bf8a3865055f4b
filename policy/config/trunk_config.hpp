// SPDX-License-Identifier: BSD-2-Clause
// TrunkConfig: a peer: its gateways, how its requests are recognised, what it may use, how calls to
// it are timed and failed over.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/net/cidr.hpp"
#include "policy/config/challenge_config.hpp"
#include "policy/config/gateway_uri.hpp"
#include "policy/config/object_type.hpp"
#include "policy/config/realm_config.hpp"
#include "policy/config/session_config.hpp"
#include "policy/config/trunk_authentication_config.hpp"
#include "policy/config/trunk_health_config.hpp"
#include "policy/config/trunk_registration_config.hpp"
#include "policy/config/trunk_tls_config.hpp"

namespace portcullis::config {

struct GatewayConfig {
    std::string name{};  // may be empty
    std::string description{};
    bool enabled = true;
    GatewayUri uri{};
    std::uint16_t priority = 1;  // lower first
    std::uint16_t weight = 1;    // share of calls within one priority

    bool operator==(const GatewayConfig&) const = default;
};

struct TrunkMatchConfig {
    std::vector<Cidr> sources{};
    std::string host{};  // Request-URI or From host that tells trunks of one source apart

    // Names and SHA-256 fingerprints of client certificates; with any, nothing else is it.
    std::vector<std::string> tls_names{};
    std::vector<std::string> tls_fingerprints{};

    [[nodiscard]] bool by_certificate() const {
        return !tls_names.empty() || !tls_fingerprints.empty();
    }
    bool operator==(const TrunkMatchConfig&) const = default;
};

// Limits count calls of both directions.
struct CapacityConfig {
    std::uint32_t max_calls = 0;          // at once; 0: unlimited
    std::uint32_t max_cps = 0;            // new calls a second; 0: unlimited
    std::uint32_t burst = 0;              // calls admitted at once above the rate; 0: as max_cps
    std::uint16_t reject_code = 503;      // 486 or 503
    std::chrono::seconds retry_after{0};  // 0: no Retry-After

    bool operator==(const CapacityConfig&) const = default;
};

struct TrunkTimerConfig {
    std::optional<std::chrono::seconds> attempt_timeout{};
    std::optional<std::chrono::seconds> ring_timeout{};

    bool operator==(const TrunkTimerConfig&) const = default;
};

struct TrunkConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string realm{};
    std::vector<GatewayConfig> gateways{};
    TrunkMatchConfig match{};
    CapacityConfig capacity{};
    std::optional<Latching> latching{};     // absent: the realm's
    std::optional<BehindNat> behind_nat{};  // absent: the realm's
    // Final responses that move a call to the next target. Timeouts and transport failures always
    // do; 486, 600, 603 and other 6xx never.
    std::vector<std::uint16_t> failover_codes{408, 500, 502, 503, 504};
    TrunkTimerConfig timers{};
    SessionConfig session{};
    IdentityConfig identity{};  // instead of the realm's, setting by setting
    TrunkHealthConfig health{};
    TrunkRegistrationConfig registration{};
    TrunkAuthenticationConfig authentication{};
    ChallengeConfig challenge{};
    TrunkTlsConfig tls{};

    bool operator==(const TrunkConfig&) const = default;
};

template <>
const ObjectType& object_type<GatewayConfig>();
template <>
const ObjectType& object_type<TrunkMatchConfig>();
template <>
const ObjectType& object_type<CapacityConfig>();
template <>
const ObjectType& object_type<TrunkTimerConfig>();
template <>
const ObjectType& object_type<TrunkConfig>();

}  // namespace portcullis::config
