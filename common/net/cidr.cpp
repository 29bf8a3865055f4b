// SPDX-License-Identifier: BSD-2-Clause
#include "common/net/cidr.hpp"

#include "common/base/text.hpp"

namespace portcullis {
namespace {

bool bit(std::span<const std::byte> bytes, std::size_t index) {
    return (std::to_integer<unsigned>(bytes[index / 8]) >> (7 - index % 8) & 1U) != 0;
}

}  // namespace

std::optional<Cidr> Cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const auto width = static_cast<std::uint8_t>(address->bytes().size() * 8);
    if (slash == std::string_view::npos) return Cidr{*address, width};
    const auto length = text::to_number<std::uint8_t>(text.substr(slash + 1));
    if (!length || *length > width) return std::nullopt;
    for (std::size_t i = *length; i < width; ++i) {
        if (bit(address->bytes(), i)) return std::nullopt;
    }
    return Cidr{*address, *length};
}

bool Cidr::contains(const IpAddress& address) const {
    if (address.family() != network.family()) return false;
    for (std::size_t i = 0; i < length; ++i) {
        if (bit(address.bytes(), i) != bit(network.bytes(), i)) return false;
    }
    return true;
}

std::string Cidr::text() const { return network.text() + "/" + std::to_string(length); }

}  // namespace portcullis
