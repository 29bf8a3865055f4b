// SPDX-License-Identifier: BSD-2-Clause
// InterfaceSpec: one sip_interface of the configuration, as the transport layer needs it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::transport {

// An address and the transports listened on there.
struct InterfaceSpec {
    std::string name;
    Endpoint address;
    std::set<TransportKind> transports;

    bool operator==(const InterfaceSpec&) const = default;
};

// What becomes of an address that cannot be bound: a new configuration is refused for it; one that
// ran before runs again with what there is, and the rest is tried every second.
enum class Unbindable : std::uint8_t { Refuse, Retry };

}  // namespace portcullis::transport
