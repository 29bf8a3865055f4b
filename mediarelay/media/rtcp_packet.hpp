// SPDX-License-Identifier: BSD-2-Clause
// RTCP compound packets: a walk over the packets in one datagram (RFC 3550 section 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace portcullis::relay {

// RFC 3550 section 12.1, RFC 4585, RFC 3611.
enum class RtcpType : std::uint8_t {
    SenderReport = 200,
    ReceiverReport = 201,
    SourceDescription = 202,
    Bye = 203,
    App = 204,
    TransportFeedback = 205,
    PayloadFeedback = 206,
    ExtendedReport = 207
};

// One packet of a compound. Views the datagram's bytes.
struct RtcpPacket {
    std::uint8_t type = 0;            // RtcpType, or another
    std::uint8_t count = 0;           // report or source count, or subtype
    std::span<const std::byte> body;  // after the 4-byte header, padding removed
};

// Iterates the packets of a datagram: `while (auto packet = walk.next())`, then ok() tells whether
// the walk ended exactly at the end. Views the caller's bytes.
class RtcpWalk {
 public:
    explicit RtcpWalk(std::span<const std::byte> datagram) : rest_(datagram) {}
    [[nodiscard]] std::optional<RtcpPacket> next();
    // After next() gave nothing: every packet was well formed, and there was at least one.
    [[nodiscard]] bool ok() const { return ok_ && seen_; }

 private:
    std::span<const std::byte> rest_;
    bool ok_ = true;
    bool seen_ = false;
};

// The sender information of an SR (RFC 3550 section 6.4.1).
struct SenderInfo {
    std::uint32_t ssrc = 0;
    std::uint64_t ntp_time = 0;
    std::uint32_t rtp_time = 0;
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;
};
// Empty unless `packet` is a SR.
[[nodiscard]] std::optional<SenderInfo> sender_info(const RtcpPacket& packet);

// One reception report block (RFC 3550 section 6.4.1).
struct ReportBlock {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction_lost = 0;  // of 256
    std::int32_t cumulative_lost = 0;
    std::uint32_t highest_sequence = 0;
    std::uint32_t jitter = 0;  // timestamp units
    std::uint32_t last_sr = 0;
    std::uint32_t delay_since_last_sr = 0;  // 1/65536 s
};
// Block `index` < packet.count of a SR or RR; empty for other packets or past the end.
[[nodiscard]] std::optional<ReportBlock> report_block(const RtcpPacket& packet, std::size_t index);

// True if `datagram` is a well-formed RTCP datagram: version 2 throughout, lengths that add up,
// padding only in the last packet, reports long enough for their count. The first packet may be of
// any type (RFC 5506: reduced size).
[[nodiscard]] bool is_valid_rtcp(std::span<const std::byte> datagram);

}  // namespace portcullis::relay
