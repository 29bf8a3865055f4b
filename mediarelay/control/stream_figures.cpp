// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/stream_figures.hpp"

#include <algorithm>

#include "mediarelay/media/mos.hpp"

namespace portcullis::relay {

namespace {

// The earlier of two times, 0 being none.
std::int64_t earlier(std::int64_t a, std::int64_t b) {
    if (a == 0 || b == 0) return std::max(a, b);
    return std::min(a, b);
}

std::string_view encoding_of(const relay_api::StreamSpec& spec, std::uint8_t payload_type) {
    const auto at = std::find_if(
        spec.payloads.begin(), spec.payloads.end(),
        [payload_type](const auto& payload) { return payload.payload_type == payload_type; });
    if (at != spec.payloads.end()) return at->encoding;
    // RFC 3551 section 6: static types that an answer need not map.
    return payload_type == 8 ? "PCMA" : payload_type == 18 ? "G729" : "PCMU";
}

}  // namespace

relay_api::StreamStats stream_figures(const StreamKey& key, const relay_api::StreamSpec& spec,
                                      const FlowStats& rtp, const std::optional<FlowStats>& rtcp,
                                      const relay_api::StreamStats& carried,
                                      std::int64_t wall_offset_us) {
    relay_api::StreamStats stats;
    stats.leg = key.first;
    stats.stream = key.second;
    stats.rx_packets = carried.rx_packets + rtp.rx_packets;
    stats.rx_bytes = carried.rx_bytes + rtp.rx_bytes;
    stats.rx_lost = carried.rx_lost + rtp.rx_lost;
    stats.rx_expected = carried.rx_expected + rtp.rx_expected;
    stats.rx_duplicates = carried.rx_duplicates + rtp.rx_duplicates;
    stats.rx_reordered = carried.rx_reordered + rtp.rx_reordered;
    stats.rx_jitter_us = rtp.rx_jitter_us;
    stats.rx_max_jitter_us = std::max(carried.rx_max_jitter_us, rtp.rx_max_jitter_us);
    stats.rx_ssrc = rtp.rx_ssrc;
    stats.rx_payload_type = rtp.rx_payload_type;
    stats.rx_rtcp_packets = carried.rx_rtcp_packets + rtp.rx_rtcp_packets;
    stats.rx_rejected = carried.rx_rejected + rtp.rx_rejected;
    stats.tx_packets = carried.tx_packets + rtp.tx_packets;
    stats.tx_bytes = carried.tx_bytes + rtp.tx_bytes;
    stats.tx_rtcp_packets = carried.tx_rtcp_packets + rtp.tx_rtcp_packets;
    stats.rtp_latched = rtp.latched;
    std::int64_t first = rtp.first_packet_us;
    std::int64_t last = rtp.last_packet_us;
    if (rtcp) {
        stats.rx_rtcp_packets += rtcp->rx_rtcp_packets;
        stats.rx_rejected += rtcp->rx_rejected;
        stats.tx_rtcp_packets += rtcp->tx_rtcp_packets;
        stats.rtcp_latched = rtcp->latched;
        first = earlier(first, rtcp->first_packet_us);
        last = std::max(last, rtcp->last_packet_us);
    }
    if (first != 0) first += wall_offset_us;
    if (last != 0) last += wall_offset_us;
    stats.first_packet_us = earlier(carried.first_packet_us, first);
    stats.last_packet_us = std::max(carried.last_packet_us, last);
    stats.mos_x100 = mos_x100({.encoding = encoding_of(spec, stats.rx_payload_type),
                               .expected = stats.rx_expected,
                               .lost = std::min(stats.rx_lost, stats.rx_expected),
                               .jitter_us = stats.rx_jitter_us,
                               .one_way_ms = 0});
    return stats;
}

}  // namespace portcullis::relay
