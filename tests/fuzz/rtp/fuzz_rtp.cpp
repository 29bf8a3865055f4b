// SPDX-License-Identifier: BSD-2-Clause
// A UDP payload as the relay takes it: demux, RTP header, RTCP walk, statistics.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "mediarelay/media/demux.hpp"
#include "mediarelay/media/rtcp_packet.hpp"
#include "mediarelay/media/rtp_packet.hpp"
#include "mediarelay/media/stream_stats.hpp"

using namespace portcullis::relay;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_rtp(std::span<const std::byte> payload, Padding padding) {
    const auto rtp = parse_rtp(payload, padding);
    if (!rtp) return;
    require(rtp->header_length >= 12);
    require(rtp->header_length + rtp->payload_length <= static_cast<int>(payload.size()));
    require(rtp->payload_type < 128);
}

void check_rtcp(std::span<const std::byte> payload) {
    RtcpWalk walk(payload);
    while (const auto packet = walk.next()) {
        require(packet->body.empty() ||
                (packet->body.data() >= payload.data() &&
                 packet->body.data() + packet->body.size() <= payload.data() + payload.size()));
        (void)sender_info(*packet);
        for (std::size_t i = 0; i < 33; ++i) {
            // What a valid packet counts must be there.
            const bool reports = packet->type == 200 || packet->type == 201;
            require(report_block(*packet, i).has_value() == (reports && i < packet->count));
        }
    }
    require(walk.ok() == is_valid_rtcp(payload));
}

// Any order of numbers must keep the figures within their meaning.
void check_stats(std::span<const std::byte> payload) {
    SequenceTracker tracker;
    SequenceHistory history;
    JitterEstimator jitter;
    std::uint64_t received = 0;
    for (; payload.size() >= 4; payload = payload.subspan(4), ++received) {
        const std::uint32_t word = load_u32(payload.data());
        const Arrival arrival =
            tracker.on_packet(history, word >> 30, static_cast<std::uint16_t>(word));
        if (arrival == Arrival::NewSource) jitter.restart();
        jitter.on_packet(received * 20000, word, 1 + (word >> 20));
        (void)jitter.jitter_us();
    }
    require(tracker.lost(history, received) <= tracker.expected(history));
    require(history.strays.get() <= received);
    require(history.duplicates.get() + history.reordered.get() <= received);
    require(received == 0 || tracker.expected(history) > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto payload = std::as_bytes(std::span(data, size));
    (void)demux(payload);
    check_rtp(payload, Padding::Checked);
    check_rtp(payload, Padding::Opaque);
    check_rtcp(payload);
    check_stats(payload);
    return 0;
}
