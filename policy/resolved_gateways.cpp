// SPDX-License-Identifier: BSD-2-Clause
#include "policy/resolved_gateways.hpp"

#include <algorithm>

namespace portcullis::policy {

ResolvedGateways::ResolvedGateways(const std::map<std::string, std::vector<Endpoint>>& by_trunk) {
    for (const auto& [trunk, endpoints] : by_trunk) {
        for (const Endpoint& endpoint : endpoints) {
            auto& claims = by_address_[endpoint.address];
            // The map is walked trunk by trunk: a trunk's claim is the last one.
            if (claims.empty() || claims.back().trunk != trunk) claims.push_back({trunk});
            auto& ports = claims.back().ports;
            const auto at = std::lower_bound(ports.begin(), ports.end(), endpoint.port);
            if (at == ports.end() || *at != endpoint.port) ports.insert(at, endpoint.port);
        }
    }
}

std::span<const ResolvedGateways::Claim> ResolvedGateways::at(const IpAddress& address) const {
    const auto found = by_address_.find(address);
    if (found == by_address_.end()) return {};
    return found->second;
}

}  // namespace portcullis::policy
