// SPDX-License-Identifier: BSD-2-Clause
// SessionManager: owner of every session; turns requests into worker commands and answers when the
// worker followed.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "mediarelay/control/session_change.hpp"

namespace portcullis::relay {

// One per process, control thread. Requests for one session are executed one after the other, in
// the order they came; different sessions do not wait for each other. Repeating a request succeeds
// and changes nothing.
class SessionManager {
 public:
    using Reply = std::variant<relay_api::OperationReply, relay_api::SessionStats>;
    using ReplyHandler = std::function<void(const Reply&)>;
    using EventSink = std::function<void(const Owner&, const relay_api::SessionEvent&)>;

    struct Parts {
        const Clock& clock;
        NextHops& hops;
        MediaPools& pools;
        std::span<WorkerGateway* const> workers;
        FormerState& former;
    };
    // How long an answer waits for a neighbour that the kernel resolves; then media starts when the
    // neighbour answers. Signaling gives up on a media operation after 500 ms.
    static constexpr Milliseconds kResolveWait{400};
    // Requests of one session that may wait for their turn.
    static constexpr std::size_t kMaxQueue = 64;

    SessionManager(const Parts& parts, EventSink events);

    // `reply` is called once, perhaps from inside. OperationReply, but SessionStats for Release.
    void request(const Owner& owner, SessionRequest request, ReplyHandler reply);
    // The session's figures now; UnknownSession when there is none.
    [[nodiscard]] relay_api::SessionStats stats(SessionId session) const;

    // Releases the sessions of one owner (its lease ended).
    void release_owned_by(const Owner& owner);
    // Releases the sessions of every epoch of an instance, but for those named.
    void release_unnamed(const std::string& instance, const std::set<SessionId>& named);

    // Drives workers, waiting requests and media timeouts. Call every few milliseconds; at once and
    // repeatedly while busy().
    void poll();
    [[nodiscard]] bool busy() const;

    [[nodiscard]] std::size_t size() const { return live_; }
    // Every session, for status: in order of ids.
    void for_each(const std::function<void(const SessionRecord&)>& visit) const;

 private:
    struct Operation {
        Owner owner;
        SessionRequest request;
        ReplyHandler reply;
    };
    struct Entry {
        SessionRecord record;
        bool exists = false;
        bool busy = false;
        std::deque<Operation> queue;
        std::optional<SessionChange> waiting;  // for neighbours, until `deadline`
        TimePoint deadline;
    };

    void run(SessionId id);
    // One operation; true when the next may start at once.
    bool start_operation(Entry& entry);
    bool execute(Entry& entry, SessionChange change);
    bool release(Entry& entry);
    void finish(SessionId id, const Retired& retired);
    void reply_operation(Entry& entry, relay_api::Outcome outcome, std::string detail);
    void carry_figures(SessionRecord& session, const Retired& retired);
    void on_worker_event(const WorkerEvent& event);
    void follow_latch(const SessionRecord& session, FlowRecord& flow, const WorkerEvent& event);
    void apply_reroutes();
    void resume_waiting();
    void watch_media();
    [[nodiscard]] static bool expects_media(const SessionRecord& session);
    // On a stream that takes packets.
    [[nodiscard]] bool heard_since(const SessionRecord& session, TimePoint since) const;
    [[nodiscard]] std::vector<relay_api::StreamPorts> ports_of(const SessionRecord& session) const;
    [[nodiscard]] relay_api::SessionStats figures(const SessionRecord& session) const;
    [[nodiscard]] std::int64_t wall_offset_us() const;
    [[nodiscard]] WorkerLink& link_of(const SessionRecord& session) const {
        return parts_.workers[session.worker]->link();
    }
    [[nodiscard]] ChangeContext context() const {
        return {parts_.hops, parts_.pools, parts_.workers, parts_.former};
    }

    Parts parts_;
    EventSink events_;
    std::map<SessionId, Entry> sessions_;
    std::set<SessionId> waiting_;
    // Ways that flows have not followed yet, local and remote, and the next hops that they left.
    std::set<std::pair<IpAddress, IpAddress>> rerouted_;
    std::vector<LeftHop> left_hops_;
    std::size_t live_ = 0;
    bool hops_changed_ = false;
    SessionId watched_;  // the last session that watch_media looked at
    TimePoint next_watch_;
};

}  // namespace portcullis::relay
