// SPDX-License-Identifier: BSD-2-Clause
// Flow: a worker's state of one media component, split into what every packet touches (two cache
// lines) and the rest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mediarelay/media/counter.hpp"
#include "mediarelay/media/stream_stats.hpp"
#include "mediarelay/session/session.hpp"
#include "nat/latch.hpp"

namespace portcullis::relay {

// Receiving side.
enum FlowRxFlag : std::uint16_t {
    kFlowMuxed = 1U << 0,       // RTP and RTCP share the flow
    kFlowIsRtcp = 1U << 1,      // the RTCP component on a port of its own
    kFlowReceiveRtp = 1U << 2,  // RTP is taken, not only counted
    kFlowHasCopies = 1U << 3
};

// Sending side.
enum FlowTxFlag : std::uint8_t {
    kFlowSendRtp = 1U << 0,
    kFlowSettled = 1U << 1,  // `remote` stands until the latch changes; otherwise ask the latch
    kFlowRemoteV6 = 1U << 2
};

// One packet touches both lines of the flow it came in on, and the second line of the one it leaves
// by. Writer: the owning worker; counters and what stats() shows are read by control, relaxed.
// Lives in SessionTable; `tag` 0 means the slot is empty.
struct alignas(64) Flow {
    // Line 1, receive: the settled source, in nat::Source's form. Port 0: ask the latch.
    std::uint64_t source_high = 0;
    std::uint64_t source_low = 0;
    std::uint16_t source_port = 0;
    std::uint16_t rx_flags = 0;
    FlowIndex rtp_link = kNoFlow;
    FlowIndex rtcp_link = kNoFlow;
    SequenceTracker sequence;
    CounterOf<std::uint64_t> rx_packets;  // RTP
    CounterOf<std::uint64_t> rx_bytes;
    CounterOf<std::uint64_t> last_rx_us;  // CLOCK_MONOTONIC

    // Line 2, jitter and send.
    JitterEstimator jitter;
    std::array<std::byte, 16> remote{};  // network order, IPv4 mapped
    std::uint16_t remote_port = 0;       // host order; 0: nowhere to send
    std::uint16_t local_port = 0;        // host order
    PoolIndex pool = 0;
    NextHopId next_hop = kNoNextHop;
    CounterOf<std::uint64_t> tx_packets;  // RTP
    CounterOf<std::uint64_t> tx_bytes;
    std::uint32_t tag = 0;                 // of the session; links work only between equal tags
    CounterOf<std::uint8_t> payload_type;  // last one with a clock
    std::uint8_t traffic_class = 0;        // DSCP << 2
    std::uint8_t tx_flags = 0;
};
static_assert(sizeof(Flow) == 128 && offsetof(Flow, jitter) == 64);

// A latched source as control may read it at any time: odd version while the worker writes.
struct PublishedSource {
    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint64_t> high{0};
    std::atomic<std::uint64_t> low{0};
    std::atomic<std::uint16_t> port{0};

    void store(const nat::Source& source);
    [[nodiscard]] nat::Source load() const;
};

// Control's answer for one address; the port of `to` means nothing.
struct ResolvedHop {
    nat::Source to;
    NextHopId next_hop = kNoNextHop;
};

// Touched when a flow is installed or changed, at irregular packets, and before the latch settles.
struct FlowCold {
    nat::LatchState latch;
    FlowName name;
    FlowIndex sibling = kNoFlow;
    std::uint32_t pool_key = 0;
    FlowSettings settings;
    FlowSettings staged;
    FlowLinks links;
    bool has_staged = false;
    bool refusal_reported = false;
    // The ways to what the latch found, and to what the staged change found meanwhile.
    ResolvedHop to_latched;
    ResolvedHop to_staged;
    std::uint64_t next_hop_asked_us = 0;  // when control was last told that to_latched is missing

    SequenceHistory history;
    PublishedSource published;
    CounterOf<std::uint64_t> rejected;
    CounterOf<std::uint64_t> rx_rtcp_packets;
    CounterOf<std::uint64_t> tx_rtcp_packets;
    CounterOf<std::uint64_t> first_rx_us;
};

// Never 0; the same for all flows of a session.
[[nodiscard]] constexpr std::uint32_t session_tag(SessionId session) {
    const std::uint64_t mixed = session.value * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::uint32_t>(mixed >> 32) | 1U;
}

// The clock of a payload type: as negotiated, else RFC 3551's static assignment, else 0.
[[nodiscard]] std::uint32_t clock_rate(const FlowSettings& settings, std::uint8_t payload_type);

}  // namespace portcullis::relay
