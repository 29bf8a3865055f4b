// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/session_change.hpp"

#include <algorithm>

namespace portcullis::relay {

namespace {

using Kind = StreamEdit::Kind;

std::unexpected<ChangeRefusal> refuse(relay_api::Outcome outcome, std::string detail) {
    return std::unexpected(ChangeRefusal{outcome, std::move(detail)});
}

// Flows cannot change between muxed and not, nor their port: such a stream gets new flows.
bool needs_new_flows(const StreamRecord& present, const relay_api::StreamSpec& spec) {
    return present.rtcp.has_value() == spec.rtcp_mux ||
           (spec.requested_port != 0 && spec.requested_port != present.ports.port());
}

const StreamRecord* find_stream(const SessionRecord& session, const StreamKey& key) {
    const auto at = session.streams.find(key);
    return at == session.streams.end() ? nullptr : &at->second;
}

// A call that is up is not refused for an interface that is not open again.
Way::Missing missing_way(const relay_api::StreamSpec& spec) {
    return spec.requested_port != 0 ? Way::Missing::Wait : Way::Missing::Refuse;
}

// The pool that a new leg's ports come from. A session that comes back has its ports already.
const MediaPools::Pool* pool_of(LegId leg, const std::string& name, const SessionPlan& plan,
                                SessionId session, MediaPools& pools) {
    const auto returns = std::find_if(plan.edits.begin(), plan.edits.end(), [leg](const auto& e) {
        return e.key.first == leg && e.spec.requested_port != 0;
    });
    return returns == plan.edits.end()
               ? pools.find(name)
               : pools.find_former(name, returns->spec.requested_port, session);
}

}  // namespace

std::expected<SessionChange, ChangeRefusal> SessionChange::reserve(SessionPlan plan,
                                                                   const SessionRecord& session,
                                                                   const ChangeContext& context) {
    SessionChange change;
    change.worker_ = session.worker;
    for (const auto& [leg, pool_name] : plan.new_legs) {
        const auto* pool = pool_of(leg, pool_name, plan, session.id, context.pools);
        if (pool == nullptr) return refuse(relay_api::Outcome::UnknownPool, pool_name);
        change.legs_.emplace(leg, LegRecord{pool_name, pool->index, pool->key, pool->address});
    }
    change.plan_ = std::move(plan);
    for (auto& edit : change.plan_.edits) {
        if (auto taken = change.reserve_step(std::move(edit), session, context); !taken) {
            return std::unexpected(std::move(taken.error()));
        }
    }
    return change;
}

std::expected<void, ChangeRefusal> SessionChange::reserve_step(StreamEdit edit,
                                                               const SessionRecord& session,
                                                               const ChangeContext& context) {
    const StreamRecord* present = find_stream(session, edit.key);
    Step step;
    if (edit.kind == Kind::Commit && present != nullptr && present->staged) {
        edit.spec = *present->staged;
        // What was staged was the signaling of a muxed stream; only now the flows follow.
        if (needs_new_flows(*present, edit.spec)) edit.kind = Kind::Put;
    }
    const bool puts = edit.kind == Kind::Put || edit.kind == Kind::Add;
    if (puts && (present == nullptr || needs_new_flows(*present, edit.spec))) {
        auto flows = reserve_flows(edit, present, session, context);
        if (!flows) return std::unexpected(std::move(flows.error()));
        step.flows = std::move(*flows);
    } else if (puts || edit.kind == Kind::Stage) {
        const IpAddress& local = session.legs.at(edit.key.first).address;
        NewSettings settings;
        auto rtp = reserve_way(edit.spec, Component::Rtp, local, context);
        if (!rtp) return std::unexpected(std::move(rtp.error()));
        settings.rtp = std::move(*rtp);
        if (present->rtcp) {
            auto rtcp = reserve_way(edit.spec, Component::Rtcp, local, context);
            if (!rtcp) return std::unexpected(std::move(rtcp.error()));
            settings.rtcp = std::move(*rtcp);
        }
        step.settings = std::move(settings);
    }
    step.edit = std::move(edit);
    steps_.push_back(std::move(step));
    return {};
}

std::expected<Way, ChangeRefusal> SessionChange::reserve_way(const relay_api::StreamSpec& spec,
                                                             Component component,
                                                             const IpAddress& local,
                                                             const ChangeContext& context) const {
    const auto remote = remote_of(spec, component);
    if (!remote) return Way{};
    auto way = Way::acquire(context.hops, local, *remote, missing_way(spec));
    if (way) return std::move(*way);
    // RTCP is not worth a call, and behind NAT the SDP address may be anything.
    if (component == Component::Rtcp || !needs_sdp_remote(spec.latch)) return Way{};
    return refuse(relay_api::Outcome::NoRoute, way.error().text());
}

std::expected<FlowRecord, ChangeRefusal> SessionChange::reserve_flow(
    const relay_api::StreamSpec& spec, const FlowName& name, std::uint16_t port,
    const IpAddress& local, const ChangeContext& context) {
    FlowRecord flow;
    flow.name = name;
    flow.port = port;
    auto way = reserve_way(spec, name.component, local, context);
    if (!way) return std::unexpected(std::move(way.error()));
    flow.remote_way = std::move(*way);
    flow.settings = flow_settings(spec, name.component, flow.remote_way.hop());
    auto& slots = context.workers[worker_]->flows();
    const auto index = slots.draw();
    if (!index) return refuse(relay_api::Outcome::Overloaded, "no flow slot is free");
    flow.slot = FlowSlot(slots, *index);
    return flow;
}

std::expected<SessionChange::NewStream, ChangeRefusal> SessionChange::reserve_flows(
    const StreamEdit& edit, const StreamRecord* present, const SessionRecord& session,
    const ChangeContext& context) {
    const auto& [leg_id, stream_index] = edit.key;
    const auto known = session.legs.find(leg_id);
    const LegRecord& leg = known != session.legs.end() ? known->second : legs_.at(leg_id);
    auto* pool = context.pools.by_index(leg.pool_index);
    if (pool == nullptr) return refuse(relay_api::Outcome::UnknownPool, leg.pool);

    NewStream made;
    made.spec = edit.spec;
    const std::uint16_t requested = edit.spec.requested_port;
    if (present != nullptr && (requested == 0 || requested == present->ports.port())) {
        made.port = present->ports.port();
    } else {
        const auto port = context.pools.take(*pool, requested, session.id);
        if (!port) return refuse(port.error(), "pool " + leg.pool);
        made.ports = PortLease(context.pools, pool->index, *port);
        made.port = *port;
    }
    if (worker_ == kNoWorker) {
        worker_ = static_cast<WorkerId>((made.port / 2U) % context.workers.size());
    }
    const FlowName rtp_name{session.id, leg_id, stream_index, Component::Rtp};
    auto rtp = reserve_flow(edit.spec, rtp_name, made.port, leg.address, context);
    if (!rtp) return std::unexpected(std::move(rtp.error()));
    made.rtp = std::move(*rtp);
    made.rtp_latch = edit.spec.restored_rtp_latch
                         ? edit.spec.restored_rtp_latch
                         : context.former.latch_of(rtp_name, leg.pool_key, made.port);
    if (!edit.spec.rtcp_mux) {
        const FlowName rtcp_name{session.id, leg_id, stream_index, Component::Rtcp};
        const auto rtcp_port = static_cast<std::uint16_t>(made.port + 1);
        auto rtcp = reserve_flow(edit.spec, rtcp_name, rtcp_port, leg.address, context);
        if (!rtcp) return std::unexpected(std::move(rtcp.error()));
        made.rtcp = std::move(*rtcp);
        made.rtcp_latch = edit.spec.restored_rtcp_latch
                              ? edit.spec.restored_rtcp_latch
                              : context.former.latch_of(rtcp_name, leg.pool_key, rtcp_port);
    }
    // Present flows that are replaced know best where their peer is.
    if (present != nullptr) {
        auto& link = context.workers[worker_]->link();
        if (const auto latched = link.flow_stats(present->rtp.slot.index()).latched) {
            made.rtp_latch = latched;
        }
    }
    const auto latched_way = [&](FlowRecord& flow, std::optional<Endpoint>& latch) {
        if (!latch) return;
        if (auto way = Way::acquire(context.hops, leg.address, *latch, missing_way(edit.spec))) {
            flow.latched_way = std::move(*way);
        } else {
            latch.reset();
        }
    };
    latched_way(made.rtp, made.rtp_latch);
    if (made.rtcp) latched_way(*made.rtcp, made.rtcp_latch);
    return made;
}

bool SessionChange::unresolved(const NextHops& hops) const {
    const auto pending = [&hops](const Way& way) {
        return way.hop() != kNoNextHop && !hops.reachable(way.hop());
    };
    return std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
        if (!needs_sdp_remote(step.edit.spec.latch)) return false;
        return (step.flows && pending(step.flows->rtp.remote_way)) ||
               (step.settings && pending(step.settings->rtp));
    });
}

}  // namespace portcullis::relay
