// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/stages.hpp"
#include "mediarelay/media/rtcp_packet.hpp"

namespace portcullis::relay {

namespace {

// RFC 3551 section 6 keeps payload types 72-76 free, so that SR to APP can be told from RTP on a
// port that was not negotiated for both.
bool looks_like_report(std::span<const std::byte> payload) {
    const std::uint8_t second = load_u8(payload.data() + 1);
    return second >= 200 && second <= 204;
}

Outcome take_rtp(Burst& burst, std::uint32_t i) {
    const auto rtp = parse_rtp(burst.payload(i));
    if (!rtp) return Outcome::BadRtp;
    burst.kinds[i] = PacketKind::Rtp;
    burst.rtp[i] = *rtp;
    return kPending;
}

Outcome take_rtcp(Burst& burst, std::uint32_t i) {
    burst.kinds[i] = PacketKind::Rtcp;
    return is_valid_rtcp(burst.payload(i)) ? kPending : Outcome::BadRtcp;
}

}  // namespace

void stage_demux(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) {
        const std::uint16_t flags = context.sessions.flow(burst.in[i]).rx_flags;
        const auto payload = burst.payload(i);
        switch (demux(payload)) {
            case PacketKind::Rtp:
                return (flags & kFlowIsRtcp) != 0 ? Outcome::NotMedia : take_rtp(burst, i);
            case PacketKind::Rtcp:
                if ((flags & (kFlowIsRtcp | kFlowMuxed)) != 0) return take_rtcp(burst, i);
                return looks_like_report(payload) ? Outcome::NotMedia : take_rtp(burst, i);
            case PacketKind::Stun:
                return Outcome::Stun;
            case PacketKind::Dtls:
                return Outcome::Dtls;
            case PacketKind::Zrtp:
            case PacketKind::TurnChannel:
            case PacketKind::Unknown:
                break;
        }
        return Outcome::NotMedia;
    });
}

}  // namespace portcullis::relay
