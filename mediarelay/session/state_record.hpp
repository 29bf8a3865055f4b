// SPDX-License-Identifier: BSD-2-Clause
// StateRecord and PoolPlace: what one process of the relay leaves to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/net/endpoint.hpp"
#include "common/net/port_range.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// What one flow was.
struct StateRecord {
    enum class State : std::uint8_t { Empty, Live, Released };
    State state = State::Empty;
    FlowName name;
    std::uint32_t pool_key = 0;  // pool_key() of the pool's place
    std::uint16_t local_port = 0;
    std::optional<Endpoint> latched;
    std::uint32_t rx_ssrc = 0;
    std::uint32_t tx_ssrc = 0;       // SRTP: our outbound SSRC and the next packet index
    std::uint64_t tx_index = 0;      // 48 bits
    std::uint32_t changed_at_s = 0;  // wall clock, seconds since 1970
    bool operator==(const StateRecord&) const = default;
};

// Where a media pool has its ports. One that drains is in no configuration any more: this is all
// that a restarted relay knows of it.
struct PoolPlace {
    std::string name;
    std::string device;
    IpAddress address;
    std::optional<IpAddress> advertised;
    PortRange range;                // that sessions draw from
    std::vector<PortRange> ranges;  // that are the relay's
    bool operator==(const PoolPlace&) const = default;
};

// A stable number for a place: a pool that moves is another one.
[[nodiscard]] std::uint32_t pool_key(const std::string& name, const std::string& device,
                                     const IpAddress& address);
[[nodiscard]] inline std::uint32_t pool_key(const PoolPlace& place) {
    return pool_key(place.name, place.device, place.address);
}

// Everything that was left.
struct LeftState {
    std::vector<PoolPlace> pools;
    std::vector<StateRecord> flows;
};

}  // namespace portcullis::relay
