// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/session_record.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace portcullis::relay {

SessionShape SessionRecord::shape() const {
    SessionShape shape;
    shape.generation = generation;
    shape.staged_generation = staged_generation;
    for (const auto& [leg_id, leg] : legs) shape.legs.emplace(leg_id, leg.pool);
    for (const auto& [key, stream] : streams) {
        shape.streams.emplace(key,
                              SessionShape::Stream{stream.staged.has_value(), stream.added_by_stage,
                                                   stream.leaves_at_commit});
    }
    shape.links = links;
    return shape;
}

FlowRecord* SessionRecord::find_flow(const FlowName& name) {
    const auto at = streams.find({name.leg, name.stream});
    if (at == streams.end()) return nullptr;
    StreamRecord& stream = at->second;
    if (name.component == Component::Rtp) return &stream.rtp;
    return stream.rtcp ? &*stream.rtcp : nullptr;
}

std::optional<Endpoint> remote_of(const relay_api::StreamSpec& spec, Component component) {
    if (component == Component::Rtp || spec.rtcp_mux || !spec.rtp_remote) return spec.rtp_remote;
    if (spec.rtcp_remote) return spec.rtcp_remote;
    if (spec.rtp_remote->port == 0xffff) return std::nullopt;
    return Endpoint{spec.rtp_remote->address,
                    static_cast<std::uint16_t>(spec.rtp_remote->port + 1)};
}

bool needs_sdp_remote(relay_api::LatchPolicy policy) {
    return policy == relay_api::LatchPolicy::Strict || policy == relay_api::LatchPolicy::SdpAddress;
}

FlowSettings flow_settings(const relay_api::StreamSpec& spec, Component component,
                           NextHopId next_hop) {
    FlowSettings settings;
    settings.remote = remote_of(spec, component);
    settings.next_hop = next_hop;
    settings.latch = {spec.latch, spec.latch_address, spec.latch_prefix};
    settings.receive = spec.receive;
    settings.send = spec.send;
    settings.dscp = spec.dscp;
    for (const auto& payload : spec.payloads) {
        if (settings.payload_count == kMaxPayloads) break;
        // Events and comfort noise come when there is something to say: no measure of jitter.
        const bool irregular = text::iequals(payload.encoding, "telephone-event") ||
                               text::iequals(payload.encoding, "CN");
        settings.payloads[settings.payload_count++] = {payload.payload_type,
                                                       irregular ? 0 : payload.clock_rate};
    }
    return settings;
}

FlowLinks links_of(const SessionRecord& session, const StreamKey& from) {
    FlowLinks links;
    std::size_t copies = 0;
    for (const auto& link : session.links) {
        if (StreamKey{link.from_leg, link.from_stream} != from) continue;
        const auto to = session.streams.find({link.to_leg, link.to_stream});
        if (to == session.streams.end()) continue;
        const FlowIndex rtp = to->second.rtp.slot.index();
        const FlowIndex rtcp = to->second.rtcp ? to->second.rtcp->slot.index() : rtp;
        if (link.kind == relay_api::Link::Kind::Forward) {
            links.rtp = rtp;
            links.rtcp = rtcp;
        } else if (copies < kMaxCopies) {
            links.rtp_copies[copies] = rtp;
            links.rtcp_copies[copies++] = rtcp;
        }
    }
    return links;
}

}  // namespace portcullis::relay
