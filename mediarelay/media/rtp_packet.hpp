// SPDX-License-Identifier: BSD-2-Clause
// RtpPacket: a checked view of an RTP packet's header (RFC 3550 section 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

struct RtpPacket {
    std::uint8_t payload_type = 0;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    std::uint16_t header_length = 0;   // with CSRCs and extension
    std::uint16_t payload_length = 0;  // without padding
};

enum class Padding : std::uint8_t {
    Checked,  // the last byte counts the padding
    Opaque    // encrypted (SRTP): the last byte says nothing yet
};

// parse_rtp for packets with CSRCs, an extension or padding, and for what is no RTP.
[[nodiscard]] std::optional<RtpPacket> parse_rtp_irregular(std::span<const std::byte> packet,
                                                           Padding padding);

// `packet`: the whole UDP payload, at most 65535 bytes. Empty if the version is not 2 or the CSRC
// list, the extension or the padding runs past the end (RFC 3550 appendix A.1).
[[nodiscard]] inline std::optional<RtpPacket> parse_rtp(std::span<const std::byte> packet,
                                                        Padding padding = Padding::Checked) {
    constexpr std::size_t kFixedHeader = 12;
    constexpr std::uint8_t kPlain = 0x80;  // version 2 and nothing else
    if (packet.size() < kFixedHeader || packet.size() > 0xffff) return std::nullopt;
    const std::byte* data = packet.data();
    if (load_u8(data) != kPlain) return parse_rtp_irregular(packet, padding);
    const std::uint8_t second = load_u8(data + 1);
    return RtpPacket{.payload_type = static_cast<std::uint8_t>(second & 0x7fU),
                     .marker = (second & 0x80U) != 0,
                     .sequence = load_u16(data + 2),
                     .timestamp = load_u32(data + 4),
                     .ssrc = load_u32(data + 8),
                     .header_length = kFixedHeader,
                     .payload_length = static_cast<std::uint16_t>(packet.size() - kFixedHeader)};
}

}  // namespace portcullis::relay
