// SPDX-License-Identifier: BSD-2-Clause
// ResolvedGateways: the addresses that the host names of gateways were last found at.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/net/endpoint.hpp"

namespace portcullis::policy {

// Immutable after construction: whoever locates the gateways builds a new one when something has
// changed, and shares it by pointer. What it names that a policy does not know is not there.
class ResolvedGateways {
 public:
    struct Claim {
        std::string trunk;
        std::vector<std::uint16_t> ports{};  // of that trunk's gateways at the address, sorted
    };

    ResolvedGateways() = default;
    // Trunk name -> where its named gateways are.
    explicit ResolvedGateways(const std::map<std::string, std::vector<Endpoint>>& by_trunk);

    // The trunks with a gateway at `address`, by name.
    [[nodiscard]] std::span<const Claim> at(const IpAddress& address) const;

 private:
    std::unordered_map<IpAddress, std::vector<Claim>> by_address_;
};

}  // namespace portcullis::policy
