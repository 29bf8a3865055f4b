// SPDX-License-Identifier: BSD-2-Clause
// listen_socket: opens the bound sockets of an interface and says in one line why one cannot be.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::transport {

// What a socket is for; the name appears in errors.
struct ListenAddress {
    std::string interface;
    Endpoint address;
    TransportKind kind = TransportKind::Udp;

    bool operator==(const ListenAddress&) const = default;
};

// A bound UDP socket, or a bound and listening TCP socket; non-blocking, close-on-exec, IPv6 only
// for IPv6, SO_REUSEPORT so that each shard has its own.
[[nodiscard]] Result<UniqueFd> open_listener(const ListenAddress& listen);

// Whether nobody has this address: binds and closes a socket without SO_REUSEPORT, which succeeds
// only where open_listener() would be the first.
[[nodiscard]] Status probe_listener(const ListenAddress& listen);

}  // namespace portcullis::transport
