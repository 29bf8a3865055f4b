// SPDX-License-Identifier: BSD-2-Clause
// Error codes of the transport layer.
#pragma once

#include <system_error>

namespace portcullis::transport {

enum class Errc {
    UnknownInterface = 1,
    BadInterface,  // two listeners on one address, port 0, ...
    CannotBind,
    Unreachable,  // no route, ICMP unreachable, refused
    TimedOut,     // connect
    FlowGone,     // the flow is closed and no other connection may be opened
    Closed,       // the connection ended with the message unsent
    OutboxFull,
    TooManyConnections,
    HandshakeFailed,  // TLS or WebSocket
    TooLarge,         // a datagram beyond 64 KiB
};

[[nodiscard]] std::error_code make_error_code(Errc code);

}  // namespace portcullis::transport

template <>
struct std::is_error_code_enum<portcullis::transport::Errc> : std::true_type {};
