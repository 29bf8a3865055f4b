// SPDX-License-Identifier: BSD-2-Clause
// IpAddress: an IPv4 or IPv6 address as a value. No sockets, no names, no zones.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis {

enum class IpFamily : std::uint8_t { V4, V6 };

// Sixteen bytes in network order; an IPv4 address occupies the first four. Default: 0.0.0.0.
class IpAddress {
 public:
    IpAddress() = default;

    // Dotted quad, or IPv6 text with or without brackets (RFC 3261 hosts carry them). An
    // IPv4-mapped IPv6 address stays IPv6. Empty for anything else, zone ids included.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
    [[nodiscard]] static IpAddress v4(std::span<const std::byte, 4> network_order);
    [[nodiscard]] static IpAddress v6(std::span<const std::byte, 16> network_order);

    [[nodiscard]] IpFamily family() const { return family_; }
    [[nodiscard]] bool is_v4() const { return family_ == IpFamily::V4; }
    [[nodiscard]] bool is_v6() const { return family_ == IpFamily::V6; }

    // 4 or 16 bytes in network order.
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::span(bytes_).first(is_v4() ? 4U : 16U);
    }
    // IPv4 only: the address as a number in host order.
    [[nodiscard]] std::uint32_t v4_value() const;

    // The IPv4 address that an IPv4-mapped one, ::ffff:a.b.c.d, carries (RFC 4291 2.5.5.2).
    [[nodiscard]] std::optional<IpAddress> mapped_v4() const;

    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_loopback() const;    // 127/8, ::1, and both as IPv4-mapped
    [[nodiscard]] bool is_link_local() const;  // 169.254/16, fe80::/10
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_broadcast() const;  // 255.255.255.255
    // An address that media or signaling may be sent to: none of the above.
    [[nodiscard]] bool is_usable_target() const;

    // What one party has at least, and limits for each are counted by: an IPv4 address, the /64 of
    // an IPv6 one (RFC 6177).
    [[nodiscard]] IpAddress site() const;

    // "198.18.0.1" or "fd00::1": no brackets.
    [[nodiscard]] std::string text() const;
    // As a SIP host (RFC 3261 section 25.1): IPv6 in brackets.
    [[nodiscard]] std::string host_text() const;

    auto operator<=>(const IpAddress&) const = default;

 private:
    std::array<std::byte, 16> bytes_{};
    IpFamily family_ = IpFamily::V4;
};

}  // namespace portcullis

template <>
struct std::hash<portcullis::IpAddress> {
    std::size_t operator()(const portcullis::IpAddress& address) const noexcept;
};
