// SPDX-License-Identifier: BSD-2-Clause
// Tells by the first bytes what protocol a media packet speaks (RFC 7983, RFC 5761 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mediarelay/media/wire.hpp"

namespace portcullis::relay {

enum class PacketKind : std::uint8_t { Rtp, Rtcp, Stun, Zrtp, Dtls, TurnChannel, Unknown };

// Classifies a UDP payload. RTP and RTCP are told apart by the second byte: 192-223 is RTCP, which
// keeps payload types 64-95 with a marker bit out of a muxed port (RFC 5761 section 4).
[[nodiscard]] inline PacketKind demux(std::span<const std::byte> payload) {
    if (payload.empty()) return PacketKind::Unknown;
    const std::uint8_t first = load_u8(payload.data());
    // RFC 7983 section 7.
    if (first >= 128 && first <= 191) {
        if (payload.size() < 2) return PacketKind::Unknown;
        const std::uint8_t second = load_u8(payload.data() + 1);
        return second >= 192 && second <= 223 ? PacketKind::Rtcp : PacketKind::Rtp;
    }
    if (first <= 3) return PacketKind::Stun;
    if (first >= 16 && first <= 19) return PacketKind::Zrtp;
    if (first >= 20 && first <= 63) return PacketKind::Dtls;
    if (first >= 64 && first <= 79) return PacketKind::TurnChannel;
    return PacketKind::Unknown;
}

}  // namespace portcullis::relay
