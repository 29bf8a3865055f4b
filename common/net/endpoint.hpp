// SPDX-License-Identifier: BSD-2-Clause
// Endpoint: an IP address and a port (host byte order).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/ip_address.hpp"

namespace portcullis {

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    // "198.18.0.1:5060" or "[fd00::1]:5060"; the port may be absent and is then `default_port`.
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text,
                                                       std::uint16_t default_port = 0);
    // RFC 3261 host:port form.
    [[nodiscard]] std::string text() const;

    auto operator<=>(const Endpoint&) const = default;
};

}  // namespace portcullis

template <>
struct std::hash<portcullis::Endpoint> {
    std::size_t operator()(const portcullis::Endpoint& endpoint) const noexcept {
        return std::hash<portcullis::IpAddress>{}(endpoint.address) * 31 + endpoint.port;
    }
};
