// SPDX-License-Identifier: BSD-2-Clause
#include "common/net/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>
#include <iterator>

#include "common/base/assert.hpp"

namespace portcullis {
namespace {

std::uint8_t octet(std::byte b) { return std::to_integer<std::uint8_t>(b); }

// Dotted decimal as inet_pton() takes it, which costs many times as much: four numbers up to 255
// without leading zeros.
bool read_dotted(std::string_view text, std::span<std::byte, 4> out) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return false;
        std::uint8_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        const bool padded = next - at > 1 && *at == '0';
        if (error != std::errc{} || padded) return false;
        out[i] = std::byte{number};
        at = next;
    }
    return at == end;
}

std::string dotted(std::span<const std::byte, 4> bytes) {
    char out[sizeof "255.255.255.255"];
    char* at = out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0) *at++ = '.';
        at = std::to_chars(at, std::end(out), octet(bytes[i])).ptr;
    }
    return {out, at};
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
        if (text.find(':') == std::string_view::npos) return std::nullopt;
    }
    IpAddress address;
    if (read_dotted(text, std::span(address.bytes_).first<4>())) return address;
    char terminated[INET6_ADDRSTRLEN] = {};
    if (text.empty() || text.size() >= sizeof(terminated)) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated);
    address = {};
    if (::inet_pton(AF_INET6, terminated, address.bytes_.data()) == 1) {
        address.family_ = IpFamily::V6;
        return address;
    }
    return std::nullopt;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i) {
        address.bytes_[i] = static_cast<std::byte>(host_order >> (8 * (3 - i)));
    }
    return address;
}

IpAddress IpAddress::v4(std::span<const std::byte, 4> network_order) {
    IpAddress address;
    std::copy(network_order.begin(), network_order.end(), address.bytes_.begin());
    return address;
}

IpAddress IpAddress::v6(std::span<const std::byte, 16> network_order) {
    IpAddress address;
    std::copy(network_order.begin(), network_order.end(), address.bytes_.begin());
    address.family_ = IpFamily::V6;
    return address;
}

std::uint32_t IpAddress::v4_value() const {
    PORTCULLIS_ASSERT(is_v4());
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | octet(bytes_[i]);
    return value;
}

std::optional<IpAddress> IpAddress::mapped_v4() const {
    if (is_v4()) return std::nullopt;
    const bool zeros = std::all_of(bytes_.begin(), bytes_.begin() + 10,
                                   [](std::byte b) { return b == std::byte{0}; });
    if (!zeros || octet(bytes_[10]) != 0xff || octet(bytes_[11]) != 0xff) return std::nullopt;
    return v4(std::span(bytes_).last<4>());
}

bool IpAddress::is_unspecified() const {
    if (const auto inner = mapped_v4()) return inner->is_unspecified();
    const auto b = bytes();
    return std::all_of(b.begin(), b.end(), [](std::byte x) { return x == std::byte{0}; });
}

bool IpAddress::is_loopback() const {
    if (const auto inner = mapped_v4()) return inner->is_loopback();
    if (is_v4()) return octet(bytes_[0]) == 127;
    return std::all_of(bytes_.begin(), bytes_.end() - 1,
                       [](std::byte x) { return x == std::byte{0}; }) &&
           octet(bytes_[15]) == 1;
}

bool IpAddress::is_link_local() const {
    if (const auto inner = mapped_v4()) return inner->is_link_local();
    if (is_v4()) return octet(bytes_[0]) == 169 && octet(bytes_[1]) == 254;
    return octet(bytes_[0]) == 0xfe && (octet(bytes_[1]) & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const {
    if (const auto inner = mapped_v4()) return inner->is_multicast();
    if (is_v4()) return (octet(bytes_[0]) & 0xf0) == 0xe0;
    return octet(bytes_[0]) == 0xff;
}

bool IpAddress::is_broadcast() const {
    if (const auto inner = mapped_v4()) return inner->is_broadcast();
    return is_v4() && v4_value() == 0xffffffffU;
}

bool IpAddress::is_usable_target() const {
    return !is_unspecified() && !is_loopback() && !is_link_local() && !is_multicast() &&
           !is_broadcast();
}

IpAddress IpAddress::site() const {
    IpAddress out = *this;
    if (is_v6()) std::fill(out.bytes_.begin() + 8, out.bytes_.end(), std::byte{0});
    return out;
}

std::string IpAddress::text() const {
    if (is_v4()) return dotted(std::span(bytes_).first<4>());
    char out[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET6, bytes_.data(), out, sizeof(out));
    return out;
}

std::string IpAddress::host_text() const { return is_v6() ? "[" + text() + "]" : text(); }

}  // namespace portcullis

std::size_t std::hash<portcullis::IpAddress>::operator()(
    const portcullis::IpAddress& address) const noexcept {
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}
