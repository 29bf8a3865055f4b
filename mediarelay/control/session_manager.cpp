// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/session_manager.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/base/log.hpp"
#include "mediarelay/control/stream_figures.hpp"

namespace portcullis::relay {

using relay_api::Outcome;

namespace {

constexpr Milliseconds kWatchInterval{100};

}  // namespace

SessionManager::SessionManager(const Parts& parts, EventSink events)
    : parts_(parts), events_(std::move(events)) {
    PORTCULLIS_ASSERT(!parts_.workers.empty());
    // Both come from inside of what may just be changing: they are looked at in poll().
    parts_.hops.set_listener(
        {.on_reachable = [this](NextHopId) { hops_changed_ = true; },
         .on_rerouted =
             [this](const IpAddress& local, const IpAddress& remote, LeftHop left) {
                 rerouted_.emplace(local, remote);
                 left_hops_.push_back(std::move(left));
             }});
}

void SessionManager::request(const Owner& owner, SessionRequest request, ReplyHandler reply) {
    const SessionId id = session_of(request);
    Entry& entry = sessions_[id];
    entry.record.id = id;
    const bool releases = std::holds_alternative<relay_api::ReleaseSession>(request);
    if (entry.queue.size() >= kMaxQueue && !releases) {
        relay_api::OperationReply answer{id, entry.record.generation, Outcome::Overloaded, {}, {}};
        reply(answer);
        return;
    }
    entry.queue.push_back({owner, std::move(request), std::move(reply)});
    run(id);
}

void SessionManager::run(SessionId id) {
    for (;;) {
        const auto at = sessions_.find(id);
        if (at == sessions_.end()) return;
        Entry& entry = at->second;
        if (entry.busy) return;
        if (entry.queue.empty()) {
            if (!entry.exists) sessions_.erase(at);
            return;
        }
        entry.busy = true;
        if (!start_operation(entry)) return;
        entry.busy = false;
    }
}

bool SessionManager::start_operation(Entry& entry) {
    const Operation& operation = entry.queue.front();
    if (std::holds_alternative<relay_api::ReleaseSession>(operation.request)) {
        return release(entry);
    }
    const auto shape = entry.record.shape();
    SessionPlan plan = plan_request(operation.request, entry.exists ? &shape : nullptr);
    if (plan.outcome != Outcome::Ok) {
        reply_operation(entry, plan.outcome, std::move(plan.detail));
        return true;
    }
    auto change = SessionChange::reserve(std::move(plan), entry.record, context());
    if (!change) {
        reply_operation(entry, change.error().outcome, std::move(change.error().detail));
        return true;
    }
    if (change->unresolved(parts_.hops)) {
        entry.waiting = std::move(*change);
        entry.deadline = parts_.clock.now() + kResolveWait;
        waiting_.insert(entry.record.id);
        return false;
    }
    return execute(entry, std::move(*change));
}

bool SessionManager::execute(Entry& entry, SessionChange change) {
    SessionRecord& record = entry.record;
    const auto commands = change.apply(record, context());
    if (!entry.exists) ++live_;
    entry.exists = true;
    record.owner = entry.queue.front().owner;
    record.watched_since = parts_.clock.now();
    if (commands.empty()) {
        reply_operation(entry, Outcome::Ok, {});
        return true;
    }
    // A call back must be copyable; what it holds is not.
    const auto retired = std::make_shared<Retired>(std::move(change.retired()));
    parts_.workers[record.worker]->submit(
        commands, [this, id = record.id, retired] { finish(id, *retired); });
    return false;
}

void SessionManager::finish(SessionId id, const Retired& retired) {
    const auto at = sessions_.find(id);
    PORTCULLIS_ASSERT(at != sessions_.end() && !at->second.queue.empty());
    Entry& entry = at->second;
    carry_figures(entry.record, retired);
    reply_operation(entry, Outcome::Ok, {});
    entry.busy = false;
    run(id);
}

void SessionManager::reply_operation(Entry& entry, Outcome outcome, std::string detail) {
    const Operation operation = std::move(entry.queue.front());
    entry.queue.pop_front();
    relay_api::OperationReply answer;
    answer.session = entry.record.id;
    answer.generation = entry.record.generation;
    answer.outcome = outcome;
    answer.detail = std::move(detail);
    if (outcome == Outcome::Ok) answer.ports = ports_of(entry.record);
    operation.reply(answer);
}

bool SessionManager::release(Entry& entry) {
    if (!entry.exists) {
        const Operation operation = std::move(entry.queue.front());
        entry.queue.pop_front();
        operation.reply(relay_api::SessionStats{entry.record.id, Outcome::Ok, {}});
        return true;
    }
    std::vector<CommandBody> commands;
    for (const auto& [key, stream] : entry.record.streams) {
        if (stream.rtcp) commands.emplace_back(RemoveFlow{stream.rtcp->slot.index()});
        commands.emplace_back(RemoveFlow{stream.rtp.slot.index()});
    }
    entry.exists = false;
    --live_;
    const auto ended = [this, id = entry.record.id] {
        Entry& gone = sessions_.at(id);
        const auto answer = figures(gone.record);
        gone.record = SessionRecord{};
        gone.record.id = id;
        const Operation operation = std::move(gone.queue.front());
        gone.queue.pop_front();
        operation.reply(answer);
    };
    if (commands.empty()) {
        ended();
        return true;
    }
    parts_.workers[entry.record.worker]->submit(commands, [this, id = entry.record.id, ended] {
        ended();
        sessions_.at(id).busy = false;
        run(id);
    });
    return false;
}

// The worker let go of these flows: what they counted is not lost when others take their place.
void SessionManager::carry_figures(SessionRecord& session, const Retired& retired) {
    auto& link = link_of(session);
    for (const auto& gone : retired.streams) {
        const auto at = session.streams.find(gone.key);
        if (!gone.replaced || at == session.streams.end()) continue;
        std::optional<FlowStats> rtcp;
        if (gone.rtcp) rtcp = link.flow_stats(gone.rtcp->slot.index());
        at->second.carried =
            stream_figures(gone.key, gone.spec, link.flow_stats(gone.rtp.slot.index()), rtcp,
                           at->second.carried, wall_offset_us());
    }
}

void SessionManager::release_owned_by(const Owner& owner) {
    std::vector<SessionId> ended;
    for (const auto& [id, entry] : sessions_) {
        if (entry.exists && entry.record.owner == owner) ended.push_back(id);
    }
    for (const SessionId id : ended) {
        request(owner, relay_api::ReleaseSession{id}, [](const Reply&) {});
    }
    if (!ended.empty()) {
        log::component("control").warn("lease_ended instance={} epoch={} sessions={}",
                                       owner.instance, owner.epoch, ended.size());
    }
}

void SessionManager::release_unnamed(const std::string& instance,
                                     const std::set<SessionId>& named) {
    std::vector<std::pair<SessionId, Owner>> ended;
    for (const auto& [id, entry] : sessions_) {
        if (entry.exists && entry.record.owner.instance == instance && !named.contains(id)) {
            ended.emplace_back(id, entry.record.owner);
        }
    }
    for (const auto& [id, owner] : ended) {
        request(owner, relay_api::ReleaseSession{id}, [](const Reply&) {});
    }
    log::component("control").info("resync instance={} named={} released={}", instance,
                                   named.size(), ended.size());
}

bool SessionManager::busy() const {
    return !waiting_.empty() || hops_changed_ || !rerouted_.empty() ||
           std::any_of(parts_.workers.begin(), parts_.workers.end(),
                       [](const WorkerGateway* worker) { return worker->waiting(); });
}

void SessionManager::for_each(const std::function<void(const SessionRecord&)>& visit) const {
    for (const auto& [id, entry] : sessions_) {
        if (entry.exists) visit(entry.record);
    }
}

void SessionManager::poll() {
    for (WorkerGateway* worker : parts_.workers) {
        worker->poll([this](const WorkerEvent& event) { on_worker_event(event); });
    }
    apply_reroutes();
    resume_waiting();
    if (parts_.clock.now() >= next_watch_) {
        next_watch_ = parts_.clock.now() + kWatchInterval;
        watch_media();
    }
}

void SessionManager::resume_waiting() {
    hops_changed_ = false;
    if (waiting_.empty()) return;
    const TimePoint now = parts_.clock.now();
    const std::vector<SessionId> candidates(waiting_.begin(), waiting_.end());
    for (const SessionId id : candidates) {
        Entry& entry = sessions_.at(id);
        if (entry.waiting->unresolved(parts_.hops) && entry.deadline > now) continue;
        waiting_.erase(id);
        SessionChange change = std::move(*entry.waiting);
        entry.waiting.reset();
        if (change.unresolved(parts_.hops)) {
            log::component("control").warn("neighbour_unresolved session={}", id.value);
        }
        if (!execute(entry, std::move(change))) continue;
        entry.busy = false;
        run(id);
    }
}

}  // namespace portcullis::relay
