// SPDX-License-Identifier: BSD-2-Clause
// MediaInterfaceConfig and MediaPoolConfig: the devices the relay drives, and the addresses and
// port ranges it uses on them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/ip_address.hpp"
#include "common/net/port_range.hpp"
#include "policy/config/enum_names.hpp"
#include "policy/config/object_type.hpp"

namespace portcullis::config {

// Auto: af_xdp where the kernel and device offer it, else af_packet.
enum class MediaDriver : std::uint8_t { Auto, AfXdp, AfPacket };

template <>
struct EnumNames<MediaDriver> {
    static constexpr std::array<std::string_view, 3> kNames{"auto", "af_xdp", "af_packet"};
};

struct MediaInterfaceConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string device{};  // kernel name, "eth0"
    MediaDriver driver = MediaDriver::Auto;

    bool operator==(const MediaInterfaceConfig&) const = default;
};

struct MediaPoolConfig {
    std::string name{};
    std::string description{};
    bool enabled = true;
    std::string realm{};
    std::string interface{};  // a media interface
    IpAddress address{};
    std::uint16_t port_min = 0;
    std::uint16_t port_max = 0;                     // inclusive
    std::optional<IpAddress> advertised_address{};  // the public address behind a 1:1 NAT

    [[nodiscard]] PortRange ports() const { return {port_min, port_max}; }
    bool operator==(const MediaPoolConfig&) const = default;
};

template <>
const ObjectType& object_type<MediaInterfaceConfig>();
template <>
const ObjectType& object_type<MediaPoolConfig>();

}  // namespace portcullis::config
