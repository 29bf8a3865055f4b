// SPDX-License-Identifier: BSD-2-Clause
#include "nat/scope.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

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

}  // namespace

bool is_private(const IpAddress& address) {
    if (address.is_v4()) return is_private_v4(address.v4_value());
    if (address.is_loopback() || address.is_link_local()) return true;
    if (const auto inner = address.mapped_v4()) return is_private_v4(inner->v4_value());
    return (address.bytes()[0] & std::byte{0xfe}) == std::byte{0xfc};  // fc00::/7
}

}  // namespace portcullis::nat
