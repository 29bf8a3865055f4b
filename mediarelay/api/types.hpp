// SPDX-License-Identifier: BSD-2-Clause
// The relay's vocabulary: sessions of any number of legs, streams of a leg, links between streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/net_codec.hpp"

namespace portcullis::relay_api {

// Which sources a stream accepts (RFC 7362). RTP and RTCP latch apart; RTCP only to the address
// that RTP latched.
enum class LatchPolicy : std::uint8_t {
    Strict,            // address and port as in SDP
    SdpAddress,        // address as in SDP, first port seen
    SignalingAddress,  // latch_address/latch_prefix (where the SIP message came from), first port
                       // seen
    Any,               // provisional source for at most 5 packets, better-ranked sources replace it
    kMax = Any
};

enum class Component : std::uint8_t { Rtp, Rtcp, kMax = Rtcp };

// A payload type as negotiated, for statistics: clock for jitter, name for the E-model.
struct PayloadSpec {
    std::uint8_t payload_type = 0;
    std::uint32_t clock_rate = 8000;  // Hz
    std::string encoding;             // as in a=rtpmap, "PCMA"
    auto fields() { return std::tie(payload_type, clock_rate, encoding); }
    bool operator==(const PayloadSpec&) const = default;
};

// How packets of a stream are protected. Plain RTP has none; SRTP keying is appended here.
struct KeyingSpec {
    enum class Mode : std::uint8_t { None, kMax = None };
    Mode mode = Mode::None;
    auto fields() { return std::tie(mode); }
    bool operator==(const KeyingSpec&) const = default;
};

// One m-line of one leg. Ports are in host order; a local RTP port is even and RTCP is the next one
// unless rtcp_mux, when both use the RTP port.
struct StreamSpec {
    std::uint16_t stream = 0;  // index of the m-line in the leg
    bool rtcp_mux = false;
    std::uint16_t requested_port = 0;     // 0: any; set when re-installing a session with its ports
    std::optional<Endpoint> rtp_remote;   // from the peer's SDP; absent until known
    std::optional<Endpoint> rtcp_remote;  // absent: RTP remote's port + 1 (RFC 3550 section 11)
    bool receive = true;  // accept packets from the peer (a=recvonly, sendrecv as seen by us)
    bool send = true;     // forward packets to the peer
    LatchPolicy latch = LatchPolicy::SdpAddress;
    std::optional<IpAddress> latch_address;  // SignalingAddress: the network ...
    std::uint8_t latch_prefix = 0;           // ... and its prefix length; 0: exactly the address
    std::optional<Endpoint> restored_rtp_latch;  // re-install: what was latched before
    std::optional<Endpoint> restored_rtcp_latch;
    std::vector<PayloadSpec> payloads;
    KeyingSpec keying;
    std::uint8_t dscp = 46;  // EF (RFC 3246)
    auto fields() {
        return std::tie(stream, rtcp_mux, requested_port, rtp_remote, rtcp_remote, receive, send,
                        latch, latch_address, latch_prefix, restored_rtp_latch, restored_rtcp_latch,
                        payloads, keying, dscp);
    }
    bool operator==(const StreamSpec&) const = default;
};

struct LegSpec {
    LegId leg;
    std::string pool;  // name of the media pool its local ports come from
    std::vector<StreamSpec> streams;
    auto fields() { return std::tie(leg, pool, streams); }
    bool operator==(const LegSpec&) const = default;
};

// Who hears whom: packets received on `from` go out on `to`. A stream has at most one outgoing
// Forward link and any number of Copy links.
struct Link {
    enum class Kind : std::uint8_t { Forward, Copy, kMax = Copy };
    LegId from_leg;
    std::uint16_t from_stream = 0;
    LegId to_leg;
    std::uint16_t to_stream = 0;
    Kind kind = Kind::Forward;
    auto fields() { return std::tie(from_leg, from_stream, to_leg, to_stream, kind); }
    bool operator==(const Link&) const = default;
};

// The local ports that were drawn for a stream.
struct StreamPorts {
    LegId leg;
    std::uint16_t stream = 0;
    Endpoint rtp;                         // local address as bound
    Endpoint rtcp;                        // equals rtp with rtcp_mux
    std::optional<IpAddress> advertised;  // the pool's public address behind 1:1 NAT
    auto fields() { return std::tie(leg, stream, rtp, rtcp, advertised); }
    bool operator==(const StreamPorts&) const = default;
};

// Cumulative figures of one stream of one leg, both ways as seen by the relay.
struct StreamStats {
    LegId leg;
    std::uint16_t stream = 0;
    // Received from the peer of this leg.
    std::uint64_t rx_packets = 0;
    std::uint64_t rx_bytes = 0;  // RTP header and payload
    std::uint64_t rx_lost = 0;   // RFC 3550 A.3: expected - received, not below 0
    std::uint64_t rx_expected = 0;
    std::uint64_t rx_duplicates = 0;
    std::uint64_t rx_reordered = 0;
    std::uint32_t rx_jitter_us = 0;  // interarrival jitter, RFC 3550 A.8
    std::uint32_t rx_max_jitter_us = 0;
    std::uint32_t rx_ssrc = 0;
    std::uint8_t rx_payload_type = 0;
    std::uint64_t rx_rtcp_packets = 0;
    std::uint64_t rx_rejected = 0;  // from a source the latch refused
    std::uint16_t mos_x100 = 0;     // E-model estimate of what was received; 0: nothing to judge
    // Sent to the peer of this leg.
    std::uint64_t tx_packets = 0;
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_rtcp_packets = 0;
    // Where packets are accepted from and sent to, once known.
    std::optional<Endpoint> rtp_latched;
    std::optional<Endpoint> rtcp_latched;
    std::int64_t first_packet_us = 0;  // wall clock, microseconds since 1970; 0: none yet
    std::int64_t last_packet_us = 0;
    auto fields() {
        return std::tie(leg, stream, rx_packets, rx_bytes, rx_lost, rx_expected, rx_duplicates,
                        rx_reordered, rx_jitter_us, rx_max_jitter_us, rx_ssrc, rx_payload_type,
                        rx_rtcp_packets, rx_rejected, mos_x100, tx_packets, tx_bytes,
                        tx_rtcp_packets, rtp_latched, rtcp_latched, first_packet_us,
                        last_packet_us);
    }
    bool operator==(const StreamStats&) const = default;
};

}  // namespace portcullis::relay_api
