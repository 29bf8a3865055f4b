// SPDX-License-Identifier: BSD-2-Clause
#include "nat/source.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace portcullis::nat {
namespace {

constexpr std::size_t kMappedPrefixBits = 96;

using Bytes = std::array<std::byte, 16>;

Bytes bytes_of(const Source& source) {
    Bytes bytes;
    std::memcpy(bytes.data(), &source.high, 8);
    std::memcpy(bytes.data() + 8, &source.low, 8);
    return bytes;
}

Source source_of(const Bytes& bytes, std::uint16_t port) {
    Source source;
    std::memcpy(&source.high, bytes.data(), 8);
    std::memcpy(&source.low, bytes.data() + 8, 8);
    source.port = port;
    return source;
}

bool is_mapped_v4(const Bytes& bytes) {
    return std::all_of(bytes.begin(), bytes.begin() + 10,
                       [](std::byte b) { return b == std::byte{0}; }) &&
           bytes[10] == std::byte{0xff} && bytes[11] == std::byte{0xff};
}

// Leading `bits` (0-128) of both addresses are equal.
bool same_prefix(const Source& a, const Source& b, std::size_t bits) {
    const Bytes x = bytes_of(a);
    const Bytes y = bytes_of(b);
    const std::size_t whole = bits / 8;
    if (!std::equal(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(whole), y.begin())) {
        return false;
    }
    const std::size_t rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::byte>(0xffU << (8 - rest));
    return (x[whole] & mask) == (y[whole] & mask);
}

}  // namespace

Source Source::v6(const void* address, std::uint16_t port) {
    Bytes bytes;
    std::memcpy(bytes.data(), address, bytes.size());
    return source_of(bytes, port);
}

Source Source::v4(const void* address, std::uint16_t port) {
    Bytes bytes{};
    bytes[10] = std::byte{0xff};
    bytes[11] = std::byte{0xff};
    std::memcpy(bytes.data() + 12, address, 4);
    return source_of(bytes, port);
}

Source Source::from(const Endpoint& endpoint) {
    const auto bytes = endpoint.address.bytes();
    return endpoint.address.is_v4() ? v4(bytes.data(), endpoint.port)
                                    : v6(bytes.data(), endpoint.port);
}

Endpoint Source::endpoint() const {
    const Bytes bytes = bytes_of(*this);
    if (is_mapped_v4(bytes)) {
        return {IpAddress::v4(std::span(bytes).subspan<12, 4>()), port};
    }
    return {IpAddress::v6(std::span(bytes)), port};
}

bool in_network(const Source& address, const Source& network, std::uint8_t length) {
    if (!network.has_address()) return false;
    if (length == 0) return address.same_address(network);
    const bool v4 = is_mapped_v4(bytes_of(network));
    return same_prefix(address, network,
                       std::min<std::size_t>(length + (v4 ? kMappedPrefixBits : 0U), 128));
}

bool same_site(const Source& a, const Source& b) {
    if (!b.has_address()) return false;
    return same_prefix(a, b, is_mapped_v4(bytes_of(b)) ? kMappedPrefixBits + 24 : 64);
}

}  // namespace portcullis::nat
