// SPDX-License-Identifier: BSD-2-Clause
// Reads an Ethernet frame down to its UDP payload (IEEE 802.3/802.1Q, RFC 791, RFC 8200, RFC 768).
#pragma once

#include <cstddef>
#include <cstdint>

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

enum class FrameError : std::uint8_t {
    None,
    Runt,
    NotIp,
    BadIpv4,
    Ipv4Fragment,
    BadIpv6,
    Ipv6Fragment,
    Ipv6Extension,
    NotUdp,
    BadUdp
};

// Offsets are from the start of the frame; ports in host order. Fields past the failing layer are
// zero when `error` is set.
struct FrameView {
    FrameError error = FrameError::None;
    bool is_v6 = false;
    std::uint16_t vlan = 0;  // VLAN id of an 802.1Q tag; 0: none, or a priority tag
    std::uint16_t ip_offset = 0;
    std::uint16_t payload_offset = 0;
    std::uint16_t payload_length = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;

    [[nodiscard]] std::size_t source_address_offset() const {
        return ip_offset + (is_v6 ? 8U : 12U);
    }
    [[nodiscard]] std::size_t destination_address_offset() const {
        return ip_offset + (is_v6 ? 24U : 16U);
    }
};

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kUdpHeader = 8;
inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint8_t kProtocolUdp = 17;

namespace detail {

// `room`: bytes of IP payload that the IP header says are there.
inline FrameError parse_udp(const std::byte* frame, std::size_t offset, std::size_t room,
                            FrameView& view) {
    if (room < kUdpHeader) return FrameError::BadUdp;
    const std::size_t udp_length = load_u16(frame + offset + 4);
    // RFC 768: the length includes the header. Zero is a jumbogram's (RFC 2675), never media.
    if (udp_length < kUdpHeader || udp_length > room) return FrameError::BadUdp;
    view.source_port = load_u16(frame + offset);
    view.destination_port = load_u16(frame + offset + 2);
    view.payload_offset = static_cast<std::uint16_t>(offset + kUdpHeader);
    view.payload_length = static_cast<std::uint16_t>(udp_length - kUdpHeader);
    return FrameError::None;
}

inline FrameError parse_ipv4(const std::byte* frame, std::size_t length, FrameView& view) {
    const std::size_t offset = view.ip_offset;
    if (length < offset + kIpv4Header) return FrameError::BadIpv4;
    const std::byte* header = frame + offset;
    const std::size_t header_length = (load_u8(header) & 0x0fU) * 4U;
    const std::size_t total_length = load_u16(header + 2);
    if ((load_u8(header) >> 4) != 4 || header_length < kIpv4Header ||
        total_length < header_length || total_length > length - offset) {
        return FrameError::BadIpv4;
    }
    // RFC 791: a fragment has "more fragments" set or an offset.
    if ((load_u16(header + 6) & 0x3fffU) != 0) return FrameError::Ipv4Fragment;
    if (load_u8(header + 9) != kProtocolUdp) return FrameError::NotUdp;
    return parse_udp(frame, offset + header_length, total_length - header_length, view);
}

// RFC 8200 section 4: the headers that may stand between the fixed header and UDP.
[[nodiscard]] inline FrameError ipv6_next_header_error(std::uint8_t next_header) {
    switch (next_header) {
        case kProtocolUdp:
            return FrameError::None;
        case 44:
            return FrameError::Ipv6Fragment;
        case 0:    // hop-by-hop options
        case 43:   // routing
        case 50:   // ESP
        case 51:   // authentication
        case 60:   // destination options
        case 135:  // mobility
            return FrameError::Ipv6Extension;
        default:
            return FrameError::NotUdp;
    }
}

inline FrameError parse_ipv6(const std::byte* frame, std::size_t length, FrameView& view) {
    const std::size_t offset = view.ip_offset;
    if (length < offset + kIpv6Header) return FrameError::BadIpv6;
    const std::byte* header = frame + offset;
    const std::size_t room = load_u16(header + 4);
    if ((load_u8(header) >> 4) != 6 || room > length - offset - kIpv6Header) {
        return FrameError::BadIpv6;
    }
    const FrameError error = ipv6_next_header_error(load_u8(header + 6));
    if (error != FrameError::None) return error;
    return parse_udp(frame, offset + kIpv6Header, room, view);
}

}  // namespace detail

// `frame` has `length` readable bytes. Trailing Ethernet padding is not part of the payload.
[[nodiscard]] inline FrameView parse_frame(const std::byte* frame, std::size_t length) {
    FrameView view;
    if (length < kEthernetHeader) {
        view.error = FrameError::Runt;
        return view;
    }
    std::size_t offset = kEthernetHeader;
    std::uint16_t ether_type = load_u16(frame + 12);
    if (ether_type == kEtherTypeVlan) {
        if (length < kEthernetHeader + kVlanTag) {
            view.error = FrameError::Runt;
            return view;
        }
        view.vlan = load_u16(frame + 14) & 0x0fffU;
        ether_type = load_u16(frame + 16);
        offset += kVlanTag;
    }
    view.ip_offset = static_cast<std::uint16_t>(offset);
    if (ether_type == kEtherTypeIpv4) {
        view.error = detail::parse_ipv4(frame, length, view);
    } else if (ether_type == kEtherTypeIpv6) {
        view.is_v6 = true;
        view.error = detail::parse_ipv6(frame, length, view);
    } else {
        view.error = FrameError::NotIp;
    }
    return view;
}

}  // namespace portcullis::relay
