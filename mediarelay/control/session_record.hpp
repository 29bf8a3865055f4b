// SPDX-License-Identifier: BSD-2-Clause
// SessionRecord: a session as the control thread keeps it: legs, streams, and the flows that a
// worker runs for them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mediarelay/control/leases.hpp"
#include "mediarelay/control/resources.hpp"
#include "mediarelay/control/session_plan.hpp"

namespace portcullis::relay {

// One component of a stream, as installed in the session's worker.
struct FlowRecord {
    FlowName name;
    FlowSlot slot;
    std::uint16_t port = 0;
    FlowSettings settings;
    std::optional<FlowSettings> staged;
    FlowLinks links;
    Way remote_way;   // to settings.remote
    Way staged_way;   // to staged->remote
    Way latched_way;  // to where packets come from
    // To what a staged change latched; the worker says when that is the latch.
    Way staged_latched_way;
    std::optional<Endpoint> told_latch;  // the source that the owner heard of last
};

struct StreamRecord {
    relay_api::StreamSpec spec;
    std::optional<relay_api::StreamSpec> staged;
    bool added_by_stage = false;
    bool leaves_at_commit = false;
    PortLease ports;
    FlowRecord rtp;
    std::optional<FlowRecord> rtcp;  // absent when muxed
    // What flows that this stream had before counted (it changed between muxed and not).
    relay_api::StreamStats carried;
};

struct LegRecord {
    std::string pool;
    PoolIndex pool_index = 0;
    std::uint32_t pool_key = 0;
    IpAddress address;
};

struct SessionRecord {
    SessionId id;
    Owner owner;
    std::uint32_t generation = 0;
    std::optional<std::uint32_t> staged_generation;
    Milliseconds media_timeout{0};
    WorkerId worker = kNoWorker;
    std::map<LegId, LegRecord> legs;
    std::map<StreamKey, StreamRecord> streams;
    std::vector<relay_api::Link> links;
    // Media is missed from here on, if none came later.
    TimePoint watched_since;
    bool timed_out = false;

    [[nodiscard]] SessionShape shape() const;
    // The flow of that name, or null.
    [[nodiscard]] FlowRecord* find_flow(const FlowName& name);
};

// The settings of one component that a spec means; `way` leads to its remote, if it has one.
[[nodiscard]] FlowSettings flow_settings(const relay_api::StreamSpec& spec, Component component,
                                         NextHopId next_hop);
// Where the component's peer is by SDP: RTCP defaults to RTP's port + 1 (RFC 3550 section 11).
[[nodiscard]] std::optional<Endpoint> remote_of(const relay_api::StreamSpec& spec,
                                                Component component);
// Whether packets go to the SDP address before anything came from there. Where it may be a private
// address behind NAT, one that cannot be reached is no mistake.
[[nodiscard]] bool needs_sdp_remote(relay_api::LatchPolicy policy);

// What the session's links mean for one flow of `from`.
[[nodiscard]] FlowLinks links_of(const SessionRecord& session, const StreamKey& from);

}  // namespace portcullis::relay
