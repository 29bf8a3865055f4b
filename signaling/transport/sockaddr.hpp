// SPDX-License-Identifier: BSD-2-Clause
// sockaddr: Endpoint to and from the kernel's and Asio's address forms.
#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "common/net/endpoint.hpp"

namespace portcullis::transport {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] sockaddr* data();
    [[nodiscard]] const sockaddr* data() const;
};

[[nodiscard]] SocketAddress to_sockaddr(const Endpoint& endpoint);
// Empty for a family other than IPv4 and IPv6.
[[nodiscard]] std::optional<Endpoint> from_sockaddr(const sockaddr_storage& storage);

[[nodiscard]] boost::asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint);

}  // namespace portcullis::transport
