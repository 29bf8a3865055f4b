// SPDX-License-Identifier: BSD-2-Clause
// MediaRange: a local address and the UDP ports on it that belong to the relay.
#pragma once

#include "common/net/ip_address.hpp"
#include "common/net/port_range.hpp"

namespace portcullis::relay {

struct MediaRange {
    IpAddress address;
    PortRange ports;

    bool operator==(const MediaRange&) const = default;
};

}  // namespace portcullis::relay
