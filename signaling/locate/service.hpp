// SPDX-License-Identifier: BSD-2-Clause
// What each transport is called in DNS: NAPTR services and SRV names (RFC 3263 4.1, RFC 7118 6).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "common/net/transport_kind.hpp"

namespace portcullis::locate {

struct Service {
    TransportKind transport;
    std::string_view naptr;       // lower case
    std::string_view srv_prefix;  // before the domain
    bool secure;
};

// In the order of TransportKind.
inline constexpr std::array<Service, 5> kServices{{
    {TransportKind::Udp, "sip+d2u", "_sip._udp.", false},
    {TransportKind::Tcp, "sip+d2t", "_sip._tcp.", false},
    {TransportKind::Tls, "sips+d2t", "_sips._tcp.", true},
    {TransportKind::Ws, "sip+d2w", "_sip._ws.", false},
    {TransportKind::Wss, "sips+d2w", "_sips._ws.", true},
}};

[[nodiscard]] constexpr const Service& service_of(TransportKind transport) {
    return kServices[static_cast<std::size_t>(transport)];
}

// By a NAPTR record's service field in lower case.
[[nodiscard]] constexpr std::optional<Service> find_service(std::string_view naptr) {
    for (const Service& service : kServices) {
        if (service.naptr == naptr) return service;
    }
    return std::nullopt;
}

}  // namespace portcullis::locate
