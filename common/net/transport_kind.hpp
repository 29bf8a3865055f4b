// SPDX-License-Identifier: BSD-2-Clause
// TransportKind: the SIP transports (RFC 3261 section 18, RFC 7118) and what each name implies.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/text.hpp"

namespace portcullis {

enum class TransportKind : std::uint8_t { Udp, Tcp, Tls, Ws, Wss, kMax = Wss };

struct TransportName {
    TransportKind kind;
    std::string_view via;    // the sent-protocol's last part: "UDP"
    std::string_view param;  // the transport URI parameter and configuration name: "udp"
    std::uint16_t default_port;
    bool reliable;
};

inline constexpr std::array<TransportName, 5> kTransports{{
    {TransportKind::Udp, "UDP", "udp", 5060, false},
    {TransportKind::Tcp, "TCP", "tcp", 5060, true},
    {TransportKind::Tls, "TLS", "tls", 5061, true},
    {TransportKind::Ws, "WS", "ws", 80, true},
    {TransportKind::Wss, "WSS", "wss", 443, true},
}};

[[nodiscard]] constexpr const TransportName& describe(TransportKind kind) {
    return kTransports[static_cast<std::size_t>(kind)];
}

[[nodiscard]] constexpr bool is_reliable(TransportKind kind) { return describe(kind).reliable; }

// By either name, without regard to case.
[[nodiscard]] constexpr std::optional<TransportKind> parse_transport(std::string_view name) {
    for (const auto& row : kTransports) {
        if (text::iequals(row.param, name)) return row.kind;
    }
    return std::nullopt;
}

}  // namespace portcullis
