// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/sockaddr.hpp"

#include <netinet/in.h>

#include <cstring>

namespace portcullis::transport {

sockaddr* SocketAddress::data() { return reinterpret_cast<sockaddr*>(&storage); }
const sockaddr* SocketAddress::data() const { return reinterpret_cast<const sockaddr*>(&storage); }

SocketAddress to_sockaddr(const Endpoint& endpoint) {
    SocketAddress out;
    const auto bytes = endpoint.address.bytes();
    if (endpoint.address.is_v4()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&out.storage, &in, sizeof in);
        out.size = sizeof in;
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(endpoint.port);
        std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&out.storage, &in, sizeof in);
        out.size = sizeof in;
    }
    return out;
}

std::optional<Endpoint> from_sockaddr(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &storage, sizeof in);
        return Endpoint{IpAddress::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &storage, sizeof in);
        const std::span<const std::uint8_t, 16> bytes(in.sin6_addr.s6_addr);
        return Endpoint{IpAddress::v6(std::as_bytes(bytes)), ntohs(in.sin6_port)};
    }
    return std::nullopt;
}

boost::asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint) {
    const SocketAddress address = to_sockaddr(endpoint);
    boost::asio::ip::tcp::endpoint out;
    std::memcpy(out.data(), &address.storage, address.size);
    out.resize(address.size);
    return out;
}

}  // namespace portcullis::transport
