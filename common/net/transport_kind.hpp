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
    std::string_view param;  // configuration name: "udp"
    std::string_view uri;    // the transport URI parameter; "ws" for both (RFC 7118 section 5.2)
    std::uint16_t default_port;
    bool reliable;
    bool secure;  // over TLS
};

inline constexpr std::array<TransportName, 5> kTransports{{
    {TransportKind::Udp, "UDP", "udp", "udp", 5060, false, false},
    {TransportKind::Tcp, "TCP", "tcp", "tcp", 5060, true, false},
    {TransportKind::Tls, "TLS", "tls", "tls", 5061, true, true},
    {TransportKind::Ws, "WS", "ws", "ws", 80, true, false},
    {TransportKind::Wss, "WSS", "wss", "ws", 443, true, true},
}};

[[nodiscard]] constexpr const TransportName& describe(TransportKind kind) {
    return kTransports[static_cast<std::size_t>(kind)];
}

[[nodiscard]] constexpr bool is_reliable(TransportKind kind) { return describe(kind).reliable; }

[[nodiscard]] constexpr bool is_secure(TransportKind kind) { return describe(kind).secure; }

[[nodiscard]] constexpr bool is_websocket(TransportKind kind) {
    return kind == TransportKind::Ws || kind == TransportKind::Wss;
}

// By either name, without regard to case.
[[nodiscard]] constexpr std::optional<TransportKind> parse_transport(std::string_view name) {
    for (const auto& row : kTransports) {
        if (text::iequals(row.param, name)) return row.kind;
    }
    return std::nullopt;
}

// What the transport parameter of a URI means that came by `by`: a WebSocket URI does not say
// whether it is secure, the connection does (RFC 7118 section 5.2).
[[nodiscard]] constexpr std::optional<TransportKind> parse_transport(std::string_view name,
                                                                     TransportKind by) {
    const auto kind = parse_transport(name);
    return kind == TransportKind::Ws && by == TransportKind::Wss ? by : kind;
}

}  // namespace portcullis
