// SPDX-License-Identifier: BSD-2-Clause
#include "nat/scope.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace portcullis::nat {
namespace {

struct V4Block {
    std::uint32_t network;
    std::uint32_t mask;
};

constexpr std::array<V4Block, 6> kPrivateV4{{
    {0x0a000000U, 0xff000000U},  // 10/8 (RFC 1918)
    {0xac100000U, 0xfff00000U},  // 172.16/12
    {0xc0a80000U, 0xffff0000U},  // 192.168/16
    {0x64400000U, 0xffc00000U},  // 100.64/10 (RFC 6598)
    {0xa9fe0000U, 0xffff0000U},  // 169.254/16 (RFC 3927)
    {0x7f000000U, 0xff000000U},  // 127/8
}};

bool is_private_v4(std::uint32_t address) {
    for (const auto& block : kPrivateV4) {
        if ((address & block.mask) == block.network) return true;
    }
    return false;
}

// The IPv4 address inside ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
std::optional<std::uint32_t> mapped_v4(std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < 10; ++i) {
        if (bytes[i] != std::byte{0}) return std::nullopt;
    }
    if (bytes[10] != std::byte{0xff} || bytes[11] != std::byte{0xff}) return std::nullopt;
    return IpAddress::v4(bytes.subspan(12).first<4>()).v4_value();
}

}  // namespace

bool is_private(const IpAddress& address) {
    if (address.is_v4()) return is_private_v4(address.v4_value());
    if (address.is_loopback() || address.is_link_local()) return true;
    const auto bytes = address.bytes();
    if (const auto inner = mapped_v4(bytes)) return is_private_v4(*inner);
    return (bytes[0] & std::byte{0xfe}) == std::byte{0xfc};  // fc00::/7
}

}  // namespace portcullis::nat
