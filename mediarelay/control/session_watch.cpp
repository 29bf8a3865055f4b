// SPDX-License-Identifier: BSD-2-Clause
// SessionManager, second half: what happens to sessions by themselves, and their figures.
#include <algorithm>

#include "mediarelay/control/session_manager.hpp"
#include "mediarelay/control/stream_figures.hpp"

namespace portcullis::relay {

namespace {

// Sessions looked at per turn, so that a turn stays short.
constexpr std::size_t kWatchSlice = 1000;

std::int64_t steady_us(TimePoint at) {
    return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

relay_api::SessionEvent::Kind kind_of(WorkerEvent::Kind kind) {
    switch (kind) {
        case WorkerEvent::Kind::Latched:
            return relay_api::SessionEvent::Kind::Latched;
        case WorkerEvent::Kind::SourceRefused:
            return relay_api::SessionEvent::Kind::SourceRefused;
        case WorkerEvent::Kind::FirstPacket:
            break;
    }
    return relay_api::SessionEvent::Kind::FirstPacket;
}

}  // namespace

std::int64_t SessionManager::wall_offset_us() const {
    return parts_.clock.wall_now().time_since_epoch().count() - steady_us(parts_.clock.now());
}

void SessionManager::on_worker_event(const WorkerEvent& event) {
    const auto at = sessions_.find(event.name.session);
    if (at == sessions_.end() || !at->second.exists) return;
    SessionRecord& session = at->second.record;
    FlowRecord* flow = session.find_flow(event.name);
    // The slot tells an event of this flow from one of a flow that it replaced.
    if (flow == nullptr || flow->slot.index() != event.flow) return;
    if (event.kind == WorkerEvent::Kind::Latched) {
        follow_latch(session, *flow, event);
        if (flow->told_latch == event.source) return;
        flow->told_latch = event.source;
    }
    relay_api::SessionEvent told;
    told.session = session.id;
    told.kind = kind_of(event.kind);
    told.leg = event.name.leg;
    told.stream = event.name.stream;
    told.component = event.name.component;
    told.source = event.source;
    told.at_us = event.at_us + wall_offset_us();
    events_(session.owner, told);
}

void SessionManager::follow_latch(const SessionRecord& session, FlowRecord& flow,
                                  const WorkerEvent& event) {
    // Committed or reverted meanwhile. The worker tells of the latch that a commit brings.
    if (event.staged && !flow.staged) return;
    const IpAddress& local = session.legs.at(event.name.leg).address;
    Way& kept = event.staged ? flow.staged_latched_way : flow.latched_way;
    auto found = Way::acquire(parts_.hops, local, event.source);
    if (found && event.next_hop_needed && found->hop() != kNoNextHop) {
        parts_.workers[session.worker]->submit(
            CommandBody{SetNextHop{event.flow, event.source.address, found->hop()}});
    }
    // A restored latch may wait for its way.
    if (found || kept.remote() != event.source.address) kept = found ? std::move(*found) : Way{};
    if (!flow.staged) flow.staged_latched_way = Way{};
}

void SessionManager::apply_reroutes() {
    if (rerouted_.empty()) return;
    const auto rerouted = std::exchange(rerouted_, {});
    // Workers send by these until they executed what follows.
    const auto left = std::make_shared<std::vector<LeftHop>>(std::exchange(left_hops_, {}));
    std::vector<std::vector<CommandBody>> batches(parts_.workers.size());
    for (auto& [id, entry] : sessions_) {
        if (!entry.exists || entry.record.streams.empty()) continue;
        auto& batch = batches[entry.record.worker];
        const auto follow = [&](FlowRecord& flow) {
            std::set<IpAddress> told;
            for (const Way* way : {&flow.remote_way, &flow.staged_way, &flow.latched_way,
                                   &flow.staged_latched_way}) {
                if (!rerouted.contains({way->local(), way->remote()})) continue;
                if (!told.insert(way->remote()).second) continue;
                batch.emplace_back(SetNextHop{flow.slot.index(), way->remote(), way->hop()});
            }
            if (told.empty()) return;
            flow.settings.next_hop = flow.remote_way.hop();
            if (flow.staged) flow.staged->next_hop = flow.staged_way.hop();
        };
        for (auto& [key, stream] : entry.record.streams) {
            follow(stream.rtp);
            if (stream.rtcp) follow(*stream.rtcp);
        }
    }
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (!batches[i].empty()) parts_.workers[i]->submit(batches[i], [left] {});
    }
}

// A call on hold both ways is silent and well.
bool SessionManager::expects_media(const SessionRecord& session) {
    return session.media_timeout.count() != 0 &&
           std::any_of(session.streams.begin(), session.streams.end(),
                       [](const auto& entry) { return entry.second.spec.receive; });
}

bool SessionManager::heard_since(const SessionRecord& session, TimePoint since) const {
    const std::int64_t limit = steady_us(since);
    const auto& link = link_of(session);
    return std::any_of(session.streams.begin(), session.streams.end(), [&](const auto& entry) {
        const StreamRecord& stream = entry.second;
        if (!stream.spec.receive) return false;
        return link.flow_stats(stream.rtp.slot.index()).last_packet_us > limit ||
               (stream.rtcp && link.flow_stats(stream.rtcp->slot.index()).last_packet_us > limit);
    });
}

void SessionManager::watch_media() {
    const TimePoint now = parts_.clock.now();
    auto at = sessions_.upper_bound(watched_);
    for (std::size_t looked = 0; at != sessions_.end() && looked < kWatchSlice; ++at, ++looked) {
        watched_ = at->first;
        Entry& entry = at->second;
        SessionRecord& session = entry.record;
        if (!entry.exists) continue;
        const bool silent = expects_media(session) &&
                            now - session.watched_since >= session.media_timeout &&
                            !heard_since(session, now - session.media_timeout);
        if (silent && !session.timed_out) {
            relay_api::SessionEvent told;
            told.session = session.id;
            told.kind = relay_api::SessionEvent::Kind::MediaTimeout;
            told.at_us = parts_.clock.wall_now().time_since_epoch().count();
            events_(session.owner, told);
        }
        session.timed_out = silent;
    }
    if (at == sessions_.end()) watched_ = {};
}

std::vector<relay_api::StreamPorts> SessionManager::ports_of(const SessionRecord& session) const {
    std::vector<relay_api::StreamPorts> ports;
    for (const auto& [key, stream] : session.streams) {
        const LegRecord& leg = session.legs.at(key.first);
        relay_api::StreamPorts entry;
        entry.leg = key.first;
        entry.stream = key.second;
        entry.rtp = {leg.address, stream.ports.port()};
        entry.rtcp = entry.rtp;
        if (stream.rtcp) entry.rtcp.port = stream.rtcp->port;
        if (const auto* pool = parts_.pools.by_index(leg.pool_index)) {
            entry.advertised = pool->advertised;
        }
        ports.push_back(entry);
    }
    return ports;
}

relay_api::SessionStats SessionManager::figures(const SessionRecord& session) const {
    relay_api::SessionStats stats;
    stats.session = session.id;
    const std::int64_t offset = wall_offset_us();
    for (const auto& [key, stream] : session.streams) {
        const auto& link = link_of(session);
        const FlowStats rtp = link.flow_stats(stream.rtp.slot.index());
        std::optional<FlowStats> rtcp;
        if (stream.rtcp) rtcp = link.flow_stats(stream.rtcp->slot.index());
        stats.streams.push_back(
            stream_figures(key, stream.spec, rtp, rtcp, stream.carried, offset));
    }
    return stats;
}

relay_api::SessionStats SessionManager::stats(SessionId session) const {
    const auto at = sessions_.find(session);
    if (at == sessions_.end() || !at->second.exists) {
        return {session, relay_api::Outcome::UnknownSession, {}};
    }
    return figures(at->second.record);
}

}  // namespace portcullis::relay
