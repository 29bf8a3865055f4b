// SPDX-License-Identifier: BSD-2-Clause
// Cidr: an address prefix as a value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/ip_address.hpp"

namespace portcullis {

struct Cidr {
    IpAddress network;
    std::uint8_t length = 0;  // 0-32 or 0-128

    // "198.18.0.0/24", or an address alone for a host prefix. Bits past the length must be zero.
    [[nodiscard]] static std::optional<Cidr> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] bool overlaps(const Cidr& other) const {
        return contains(other.network) || other.contains(network);
    }
    [[nodiscard]] std::string text() const;

    auto operator<=>(const Cidr&) const = default;
};

}  // namespace portcullis
