// SPDX-License-Identifier: BSD-2-Clause
// Burst: up to 32 packets on their way through the stages, as arrays of their properties.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mediarelay/datapath/outcome.hpp"
#include "mediarelay/media/demux.hpp"
#include "mediarelay/media/frame_parser.hpp"
#include "mediarelay/media/rtp_packet.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// A packet whose fate is still open; in no list and no counter.
inline constexpr Outcome kPending = static_cast<Outcome>(255);

// Owns the buffers in `mbufs` until finish() (pipeline.cpp) or until an outcome that gives the
// buffer away. Each stage reads what earlier stages wrote and narrows `live`. Reused for ever by
// one worker; never cleared as a whole.
struct Burst {
    static constexpr std::uint32_t kCapacity = 32;

    std::uint32_t count = 0;
    std::uint32_t live_count = 0;
    bool copies = false;                         // packets made by copy links: success is Copied
    std::array<std::uint8_t, kCapacity> live{};  // indices of packets still Pending, in order
    std::array<rte_mbuf*, kCapacity> mbufs{};
    std::array<Outcome, kCapacity> outcomes{};
    std::array<std::uint8_t, kCapacity> passes{};  // came back to our own ports so often
    std::array<FrameView, kCapacity> frames{};     // writer: parse
    std::array<FlowIndex, kCapacity> in{};         // writer: lookup
    std::array<PacketKind, kCapacity> kinds{};     // writer: demux; Rtp or Rtcp afterwards
    std::array<RtpPacket, kCapacity> rtp{};        // writer: demux; of kinds Rtp
    std::array<FlowIndex, kCapacity> out{};        // writer: link, copy
    std::array<std::uint16_t, kCapacity> ports{};  // writer: encap; DPDK port to leave by

    // Takes ownership of `mbuf`; the burst must not be full.
    void add(rte_mbuf* mbuf, std::uint32_t pass_count) {
        mbufs[count] = mbuf;
        outcomes[count] = kPending;
        passes[count] = static_cast<std::uint8_t>(pass_count);
        live[count] = static_cast<std::uint8_t>(count);
        live_count = ++count;
    }
    void clear() { count = live_count = 0; }

    [[nodiscard]] std::byte* data(std::uint32_t i) const {
        return static_cast<std::byte*>(mbufs[i]->buf_addr) + mbufs[i]->data_off;
    }
    // The UDP payload; valid after parse, until encap moves the frame's start.
    [[nodiscard]] std::span<const std::byte> payload(std::uint32_t i) const {
        return {data(i) + frames[i].payload_offset, frames[i].payload_length};
    }
};

// The loop that all stages share: `decide(i)` tells the outcome of packet i, or kPending to pass it
// on. Afterwards only pending packets are live.
template <class Decide>
inline void for_each_live(Burst& burst, Decide decide) {
    std::uint32_t kept = 0;
    for (std::uint32_t k = 0; k < burst.live_count; ++k) {
        const std::uint8_t i = burst.live[k];
        const Outcome outcome = decide(std::uint32_t{i});
        burst.outcomes[i] = outcome;
        burst.live[kept] = i;
        kept += outcome == kPending ? 1U : 0U;
    }
    burst.live_count = kept;
}

}  // namespace portcullis::relay
