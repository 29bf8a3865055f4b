// SPDX-License-Identifier: BSD-2-Clause
// What the kernel knows about the network, as values: links, addresses, routes, neighbours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/net/ip_address.hpp"
#include "mediarelay/kernel/mac_address.hpp"

namespace portcullis::relay {

// Kernel interface index; 0 is none.
using LinkIndex = int;

struct Link {
    LinkIndex index = 0;
    std::string name;
    MacAddress mac{};
    std::uint32_t mtu = 0;  // bytes
    bool up = false;        // administratively up
    bool running = false;   // and the carrier is there

    bool operator==(const Link&) const = default;
};

struct InterfaceAddress {
    LinkIndex link = 0;
    IpAddress address;
    std::uint8_t prefix = 0;

    bool operator==(const InterfaceAddress&) const = default;
};

enum class RouteKind : std::uint8_t { Unicast, Local, Broadcast, Multicast, Refused };

struct Route {
    RouteKind kind = RouteKind::Refused;
    LinkIndex out_link = 0;
    std::optional<IpAddress> gateway;  // absent: the destination is on the link

    bool operator==(const Route&) const = default;
};

struct Neighbour {
    LinkIndex link = 0;
    IpAddress address;
    std::optional<MacAddress> mac;  // absent while unresolved or failed
    bool failed = false;            // the kernel gave up for now
    bool removed = false;           // the kernel's entry is gone
    // An operator's (NUD_PERMANENT) or without resolution (NUD_NOARP): the kernel asks nobody.
    bool fixed = false;

    bool operator==(const Neighbour&) const = default;
};

}  // namespace portcullis::relay
