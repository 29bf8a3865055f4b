// SPDX-License-Identifier: BSD-2-Clause
// TrunkRegistrationConfig: how we register at a trunk that asks for it (RFC 3261 10.2, RFC 6140).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "policy/config/gateway_uri.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

struct TrunkRegistrationConfig {
    bool enabled = false;
    std::optional<GatewayUri> registrar{};       // absent: the first enabled gateway
    std::optional<GatewayUri> outbound_proxy{};  // absent: straight to the registrar
    std::string aor{};           // empty: the user of the trunk's authentication at the registrar
    std::string contact_user{};  // empty: the user of `aor`
    std::chrono::seconds expires{3600};
    std::chrono::seconds retry_min{30};    // RFC 5626 section 4.5: base-time
    std::chrono::seconds retry_max{1800};  // and max-time
    bool gin = false;                      // RFC 6140: one registration for many numbers
    bool use_service_route = true;         // RFC 3608

    bool operator==(const TrunkRegistrationConfig&) const = default;
};

template <>
const ObjectType& object_type<TrunkRegistrationConfig>();

}  // namespace portcullis::config
