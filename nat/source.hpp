// SPDX-License-Identifier: BSD-2-Clause
// Source: an address and port in the form the packet path compares.
#pragma once

#include <cstdint>

#include "common/net/endpoint.hpp"

namespace portcullis::nat {

// An address and port as the packet path compares them: the 16 address bytes as two words loaded
// from memory (network byte order kept, so no swaps), IPv4 as ::ffff:a.b.c.d (RFC 4291 section
// 2.5.5.2), the port in host order. Port 0 means "none".
struct Source {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint16_t port = 0;

    // `address`: 16 bytes in network order, as they stand in an IPv6 header.
    [[nodiscard]] static Source v6(const void* address, std::uint16_t port);
    // `address`: 4 bytes in network order, as they stand in an IPv4 header.
    [[nodiscard]] static Source v4(const void* address, std::uint16_t port);
    [[nodiscard]] static Source from(const Endpoint& endpoint);
    [[nodiscard]] Endpoint endpoint() const;

    [[nodiscard]] bool same_address(const Source& other) const {
        return ((high ^ other.high) | (low ^ other.low)) == 0;
    }
    [[nodiscard]] bool has_address() const { return (high | low) != 0; }
    [[nodiscard]] explicit operator bool() const { return port != 0; }
    bool operator==(const Source&) const = default;
};

// `address` lies in the network of `network`. `length` counts bits in that address's own family;
// 0 stands for the whole address. False when `network` is all zero (not known).
[[nodiscard]] bool in_network(const Source& address, const Source& network, std::uint8_t length);

// The /24 of an IPv4 address, the /64 of an IPv6 one.
[[nodiscard]] bool same_site(const Source& a, const Source& b);

}  // namespace portcullis::nat
