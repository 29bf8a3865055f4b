// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/rtcp_packet.hpp"

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

namespace {

constexpr std::size_t kHeader = 4;
constexpr std::size_t kBlock = 24;

// Bytes of `type`'s body before its report blocks; 0: a packet without report blocks.
std::size_t before_blocks(std::uint8_t type) {
    if (type == static_cast<std::uint8_t>(RtcpType::SenderReport)) return 24;
    if (type == static_cast<std::uint8_t>(RtcpType::ReceiverReport)) return 4;
    return 0;
}

// The least body that the packet's type and count promise.
std::size_t least_body(std::uint8_t type, std::uint8_t count) {
    const std::size_t before = before_blocks(type);
    if (before != 0) return before + count * kBlock;
    switch (static_cast<RtcpType>(type)) {
        case RtcpType::Bye:
            return count * 4U;
        case RtcpType::App:
        case RtcpType::TransportFeedback:
        case RtcpType::PayloadFeedback:
            return 8;  // SSRC and name; SSRC of sender and of media source (RFC 4585 section 6.1)
        case RtcpType::ExtendedReport:
            return 4;
        case RtcpType::SenderReport:
        case RtcpType::ReceiverReport:
        case RtcpType::SourceDescription:
            break;
    }
    return 0;
}

}  // namespace

std::optional<RtcpPacket> RtcpWalk::next() {
    if (rest_.empty() || !ok_) return std::nullopt;
    ok_ = false;
    if (rest_.size() < kHeader) return std::nullopt;
    const std::uint8_t first = load_u8(rest_.data());
    const std::size_t length = (load_u16(rest_.data() + 2) + 1U) * 4U;
    if ((first >> 6) != 2 || length > rest_.size()) return std::nullopt;

    RtcpPacket packet{.type = load_u8(rest_.data() + 1),
                      .count = static_cast<std::uint8_t>(first & 0x1fU),
                      .body = rest_.subspan(kHeader, length - kHeader)};
    if (packet.type < 192 || packet.type > 223) return std::nullopt;
    if ((first & 0x20U) != 0) {
        // RFC 3550 section 6.4.1: padding only in the last packet, a multiple of four.
        const std::size_t padding = packet.body.empty() ? 0 : load_u8(&packet.body.back());
        if (length != rest_.size() || padding == 0 || padding % 4 != 0 ||
            padding > packet.body.size()) {
            return std::nullopt;
        }
        packet.body = packet.body.first(packet.body.size() - padding);
    }
    if (packet.body.size() < least_body(packet.type, packet.count)) return std::nullopt;
    rest_ = rest_.subspan(length);
    ok_ = true;
    seen_ = true;
    return packet;
}

std::optional<SenderInfo> sender_info(const RtcpPacket& packet) {
    if (packet.type != static_cast<std::uint8_t>(RtcpType::SenderReport) ||
        packet.body.size() < 24) {
        return std::nullopt;
    }
    const std::byte* at = packet.body.data();
    return SenderInfo{.ssrc = load_u32(at),
                      .ntp_time = (std::uint64_t{load_u32(at + 4)} << 32) | load_u32(at + 8),
                      .rtp_time = load_u32(at + 12),
                      .packets = load_u32(at + 16),
                      .octets = load_u32(at + 20)};
}

std::optional<ReportBlock> report_block(const RtcpPacket& packet, std::size_t index) {
    const std::size_t before = before_blocks(packet.type);
    if (before == 0 || index >= packet.count) return std::nullopt;
    const std::size_t offset = before + index * kBlock;
    if (packet.body.size() < offset + kBlock) return std::nullopt;
    const std::byte* at = packet.body.data() + offset;
    // The cumulative loss is a signed 24-bit number.
    const auto lost = static_cast<std::int32_t>(load_u32(at + 4) << 8) >> 8;
    return ReportBlock{.ssrc = load_u32(at),
                       .fraction_lost = load_u8(at + 4),
                       .cumulative_lost = lost,
                       .highest_sequence = load_u32(at + 8),
                       .jitter = load_u32(at + 12),
                       .last_sr = load_u32(at + 16),
                       .delay_since_last_sr = load_u32(at + 20)};
}

bool is_valid_rtcp(std::span<const std::byte> datagram) {
    RtcpWalk walk(datagram);
    while (walk.next()) {
    }
    return walk.ok();
}

}  // namespace portcullis::relay
