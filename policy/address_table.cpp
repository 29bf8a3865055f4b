// SPDX-License-Identifier: BSD-2-Clause
#include "policy/address_table.hpp"

namespace portcullis::policy {

IpAddress mask_address(const IpAddress& address, std::uint8_t length) {
    std::array<std::byte, 16> bytes{};
    const auto source = address.bytes();
    for (std::size_t i = 0; i * 8 < length && i < source.size(); ++i) {
        const std::size_t rest = length - i * 8;
        const auto keep = rest >= 8 ? std::byte{0xff} : static_cast<std::byte>(0xff00U >> rest);
        bytes[i] = source[i] & keep;
    }
    return address.is_v4() ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

}  // namespace portcullis::policy
