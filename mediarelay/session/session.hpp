// SPDX-License-Identifier: BSD-2-Clause
// What a worker is told about one flow: a component of a stream of a leg (RFC 3550 section 11).
//
// The session and its legs live on the control thread (control/session_manager); a worker knows
// only flows and the links between them. All flows of a session belong to one worker.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "common/base/strong_id.hpp"
#include "common/net/endpoint.hpp"
#include "mediarelay/api/types.hpp"
#include "mediarelay/kernel/next_hop_table.hpp"

namespace portcullis::relay {

using relay_api::Component;
using relay_api::LatchPolicy;

// Slot of a flow in its worker's session table: drawn by control from FlowIndexAllocator, free
// again only after the worker completed RemoveFlow. 0 names no flow.
using FlowIndex = std::uint32_t;
inline constexpr FlowIndex kNoFlow = 0;

// Index of a media pool, drawn by control; below kMaxPools, kept over table swaps.
using PoolIndex = std::uint16_t;
inline constexpr std::size_t kMaxPools = 256;

using WorkerId = std::uint8_t;
inline constexpr WorkerId kNoWorker = 255;
inline constexpr std::size_t kMaxWorkers = 16;

// Which session, leg, stream and component a flow serves; names it in events and in the state file.
struct FlowName {
    SessionId session;
    LegId leg;
    std::uint16_t stream = 0;
    Component component = Component::Rtp;
    auto operator<=>(const FlowName&) const = default;
};

// Where packets may come from, as relay_api::StreamSpec says it.
struct LatchSettings {
    LatchPolicy policy = LatchPolicy::SdpAddress;
    std::optional<IpAddress> signaling_address;
    std::uint8_t signaling_prefix = 0;  // 0: exactly the address
    bool operator==(const LatchSettings&) const = default;
};

struct PayloadClock {
    std::uint8_t payload_type = 0;
    // Hz. 0: arrival times say nothing about this type (telephone-event, comfort noise); it is
    // left out of the jitter.
    std::uint32_t clock_rate = 8000;
    bool operator==(const PayloadClock&) const = default;
};

inline constexpr std::size_t kMaxPayloads = 12;

// The settings of a flow that an UpdateLeg may change.
struct FlowSettings {
    // From the peer's SDP: RTP's remote for an RTP flow, RTCP's for an RTCP flow. Absent: unknown.
    std::optional<Endpoint> remote;
    NextHopId next_hop = kNoNextHop;  // towards `remote`
    LatchSettings latch;
    bool receive = true;  // RTP from the peer is taken; RTCP always is (RFC 3264 section 5.1)
    bool send = true;     // RTP goes to the peer; RTCP always does
    std::uint8_t dscp = 46;
    std::uint8_t payload_count = 0;
    std::array<PayloadClock, kMaxPayloads> payloads{};
    bool operator==(const FlowSettings&) const = default;
};

// Everything InstallFlow says.
struct FlowConfig {
    FlowName name;
    PoolIndex pool = 0;
    std::uint32_t pool_key = 0;  // pool_key(), for the state file
    std::uint16_t local_port = 0;
    bool rtcp_mux = false;  // RTP and RTCP share this flow (RFC 5761); its component is Rtp
    // The flow of the other component of this stream, kNoFlow when muxed: RTCP follows the address
    // that RTP latched. Install RTP before RTCP, remove RTCP before RTP.
    FlowIndex sibling = kNoFlow;
    FlowSettings settings;
    // Re-install: the source that was latched before, and the way there.
    std::optional<Endpoint> restored_latch;
    NextHopId restored_next_hop = kNoNextHop;
};

inline constexpr std::size_t kMaxCopies = 4;

// Where packets received on a flow go. Targets are flows of the same session on the same worker; a
// target that is gone or belongs to another session is never sent to.
struct FlowLinks {
    FlowIndex rtp = kNoFlow;   // RTP packets leave through this flow
    FlowIndex rtcp = kNoFlow;  // RTCP packets leave through this one
    std::array<FlowIndex, kMaxCopies> rtp_copies{};
    std::array<FlowIndex, kMaxCopies> rtcp_copies{};
    bool operator==(const FlowLinks&) const = default;
};

// The cumulative figures of one flow, as control reads them while the worker runs.
struct FlowStats {
    std::uint64_t rx_packets = 0;  // RTP
    std::uint64_t rx_bytes = 0;    // RTP header and payload
    std::uint64_t rx_lost = 0;     // RFC 3550 A.3, not below 0
    std::uint64_t rx_expected = 0;
    std::uint64_t rx_duplicates = 0;
    std::uint64_t rx_reordered = 0;
    std::uint32_t rx_jitter_us = 0;
    std::uint32_t rx_max_jitter_us = 0;
    std::uint32_t rx_ssrc = 0;
    std::uint8_t rx_payload_type = 0;
    std::uint64_t rx_ssrc_changes = 0;
    std::uint64_t rx_rtcp_packets = 0;
    std::uint64_t rx_rejected = 0;
    std::uint64_t tx_packets = 0;  // RTP
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_rtcp_packets = 0;
    std::optional<Endpoint> latched;
    std::int64_t first_packet_us = 0;  // CLOCK_MONOTONIC, microseconds; 0: none yet
    std::int64_t last_packet_us = 0;   // of any accepted packet, RTP or RTCP
};

}  // namespace portcullis::relay
