// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/rtp_packet.hpp"

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

namespace {
constexpr std::size_t kFixedHeader = 12;
constexpr std::size_t kExtensionHeader = 4;
}  // namespace

std::optional<RtpPacket> parse_rtp_irregular(std::span<const std::byte> packet, Padding padding) {
    if (packet.size() < kFixedHeader || packet.size() > 0xffff) return std::nullopt;
    const std::byte* data = packet.data();
    const std::uint8_t first = load_u8(data);
    if ((first >> 6) != 2) return std::nullopt;

    std::size_t header = kFixedHeader + (first & 0x0fU) * 4U;
    if ((first & 0x10U) != 0) {
        // RFC 3550 section 5.3.1: a 16-bit profile field, then the length in 32-bit words.
        if (packet.size() < header + kExtensionHeader) return std::nullopt;
        header += kExtensionHeader + load_u16(data + header + 2) * 4U;
    }
    if (packet.size() < header) return std::nullopt;

    std::size_t payload = packet.size() - header;
    if ((first & 0x20U) != 0 && padding == Padding::Checked) {
        const std::size_t count = load_u8(data + packet.size() - 1);
        if (count == 0 || count > payload) return std::nullopt;
        payload -= count;
    }
    const std::uint8_t second = load_u8(data + 1);
    return RtpPacket{.payload_type = static_cast<std::uint8_t>(second & 0x7fU),
                     .marker = (second & 0x80U) != 0,
                     .sequence = load_u16(data + 2),
                     .timestamp = load_u32(data + 4),
                     .ssrc = load_u32(data + 8),
                     .header_length = static_cast<std::uint16_t>(header),
                     .payload_length = static_cast<std::uint16_t>(payload)};
}

}  // namespace portcullis::relay
