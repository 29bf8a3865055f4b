// SPDX-License-Identifier: BSD-2-Clause
// SessionChange, second half: the record changes, and the worker is told.
#include "mediarelay/control/session_change.hpp"

namespace portcullis::relay {

namespace {

using Kind = StreamEdit::Kind;

// The settings that a spec means for a present flow, over `way`.
FlowSettings settings_over(const relay_api::StreamSpec& spec, const FlowRecord& flow,
                           const Way& way) {
    return flow_settings(spec, flow.name.component, way.hop());
}

}  // namespace

std::vector<CommandBody> SessionChange::apply(SessionRecord& session,
                                              const ChangeContext& context) {
    Commands commands;
    session.generation = plan_.generation;
    session.staged_generation = plan_.staged_generation;
    session.worker = worker_;
    if (plan_.media_timeout) session.media_timeout = *plan_.media_timeout;
    session.legs.merge(legs_);

    // Ports come free before anything is bound to them.
    for (const Step& step : steps_) {
        const bool present = session.streams.contains(step.edit.key);
        if (!present) continue;
        if (step.edit.kind == Kind::Remove)
            retire(session, step.edit.key, false, commands);
        else if (step.flows)
            retire(session, step.edit.key, true, commands);
    }
    for (Step& step : steps_) {
        if (step.edit.kind == Kind::Remove) continue;
        if (step.flows) {
            install(session, step, context, commands);
            continue;
        }
        StreamRecord& stream = session.streams.at(step.edit.key);
        if (step.settings)
            change_settings(stream, step, commands);
        else
            settle_stage(stream, step.edit.kind, commands);
    }
    for (const LegId leg : plan_.removed_legs) session.legs.erase(leg);
    session.links = std::move(plan_.links);
    link_all(session, commands);
    return commands;
}

void SessionChange::retire(SessionRecord& session, const StreamKey& key, bool replaced,
                           Commands& out) {
    StreamRecord& stream = session.streams.at(key);
    // RTCP leans on its RTP flow: it goes first.
    if (stream.rtcp) out.push_back(RemoveFlow{stream.rtcp->slot.index()});
    out.push_back(RemoveFlow{stream.rtp.slot.index()});
    Retired::Stream gone;
    gone.key = key;
    gone.spec = stream.spec;
    gone.rtp = std::move(stream.rtp);
    gone.rtcp = std::move(stream.rtcp);
    gone.replaced = replaced;
    if (replaced) {
        stream.rtp = {};
        stream.rtcp.reset();
    } else {
        gone.ports = std::move(stream.ports);
        session.streams.erase(key);
    }
    retired_.streams.push_back(std::move(gone));
}

void SessionChange::install(SessionRecord& session, Step& step, const ChangeContext& context,
                            Commands& out) {
    NewStream& made = *step.flows;
    const LegRecord& leg = session.legs.at(step.edit.key.first);
    StreamRecord& stream = session.streams[step.edit.key];
    if (made.ports) {
        Retired::Stream former;
        former.ports = std::exchange(stream.ports, std::move(made.ports));
        if (former.ports) retired_.streams.push_back(std::move(former));
    }
    stream.spec = made.spec;
    stream.staged.reset();
    stream.added_by_stage = step.edit.kind == Kind::Add;
    stream.leaves_at_commit = false;
    stream.rtp = std::move(made.rtp);
    stream.rtcp = std::move(made.rtcp);
    context.pools.set_owner(leg.pool_index, made.port, worker_);

    const auto command = [&](FlowRecord& flow, FlowIndex sibling,
                             const std::optional<Endpoint>& latch) {
        // Routes may have changed while the request waited.
        flow.settings.next_hop = flow.remote_way.hop();
        InstallFlow install;
        install.flow = flow.slot.index();
        install.config.name = flow.name;
        install.config.pool = leg.pool_index;
        install.config.pool_key = leg.pool_key;
        install.config.local_port = flow.port;
        install.config.rtcp_mux = made.spec.rtcp_mux;
        install.config.sibling = sibling;
        install.config.settings = flow.settings;
        install.config.restored_latch = latch;
        install.config.restored_next_hop = flow.latched_way.hop();
        out.push_back(install);
    };
    const FlowIndex rtcp_slot = stream.rtcp ? stream.rtcp->slot.index() : kNoFlow;
    command(stream.rtp, rtcp_slot, made.rtp_latch);
    if (stream.rtcp) command(*stream.rtcp, stream.rtp.slot.index(), made.rtcp_latch);
}

void SessionChange::change_settings(StreamRecord& stream, Step& step, Commands& out) {
    const bool stages = step.edit.kind == Kind::Stage;
    const auto change = [&](FlowRecord& flow, Way way) {
        FlowSettings settings = settings_over(step.edit.spec, flow, way);
        if (stages) {
            if (flow.staged == settings) return;
            retired_.ways.push_back(std::exchange(flow.staged_way, std::move(way)));
            flow.staged = settings;
            out.push_back(StageFlow{flow.slot.index(), settings});
            return;
        }
        // Repeating a request must not disturb what the flow has learned.
        if (flow.settings == settings && !flow.staged) return;
        retired_.ways.push_back(std::exchange(flow.remote_way, std::move(way)));
        retired_.ways.push_back(std::exchange(flow.staged_way, Way{}));
        flow.settings = settings;
        flow.staged.reset();
        out.push_back(UpdateFlow{flow.slot.index(), settings});
    };
    change(stream.rtp, std::move(step.settings->rtp));
    if (stream.rtcp) change(*stream.rtcp, std::move(step.settings->rtcp));
    if (stages) {
        stream.staged = step.edit.spec;
        return;
    }
    stream.spec = step.edit.spec;
    stream.staged.reset();
    stream.added_by_stage = step.edit.kind == Kind::Add;
    stream.leaves_at_commit = false;
}

void SessionChange::settle_stage(StreamRecord& stream, Kind kind, Commands& out) {
    if (kind == Kind::Leave) stream.leaves_at_commit = true;
    if (kind == Kind::Remain) stream.leaves_at_commit = false;
    if (kind == Kind::Keep) stream.added_by_stage = false;
    if (kind != Kind::Commit && kind != Kind::Revert) return;
    const auto settle = [&](FlowRecord& flow) {
        if (!flow.staged) return;
        if (kind == Kind::Commit) {
            retired_.ways.push_back(std::exchange(flow.remote_way, std::move(flow.staged_way)));
            flow.settings = *flow.staged;
            out.push_back(CommitFlow{flow.slot.index()});
        } else {
            retired_.ways.push_back(std::move(flow.staged_way));
            retired_.ways.push_back(std::exchange(flow.staged_latched_way, Way{}));
            out.push_back(RevertFlow{flow.slot.index()});
        }
        flow.staged_way = Way{};
        flow.staged.reset();
    };
    settle(stream.rtp);
    if (stream.rtcp) settle(*stream.rtcp);
    if (kind == Kind::Commit && stream.staged) stream.spec = *stream.staged;
    stream.staged.reset();
}

void SessionChange::link_all(SessionRecord& session, Commands& out) {
    for (auto& [key, stream] : session.streams) {
        const FlowLinks links = links_of(session, key);
        const auto set = [&](FlowRecord& flow) {
            if (flow.links == links) return;
            flow.links = links;
            out.push_back(SetLinks{flow.slot.index(), links});
        };
        set(stream.rtp);
        if (stream.rtcp) set(*stream.rtcp);
    }
}

}  // namespace portcullis::relay
