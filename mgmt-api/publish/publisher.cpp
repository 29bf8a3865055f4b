// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/publisher.hpp"

#include <algorithm>
#include <utility>

#include "common/base/assert.hpp"

namespace portcullis::mgmt {

using namespace publish_action;

std::string_view daemon_name(Daemon daemon) {
    return daemon == Daemon::Relay ? "mediarelay" : "signaling";
}

Publisher::View Publisher::view(Daemon daemon) const {
    const Peer& state = peers_[index_of(daemon)];
    return {.up = state.up, .applied = state.applied, .refusal = state.refusal};
}

bool Publisher::pending(Daemon daemon) const {
    const Peer& state = peers_[index_of(daemon)];
    return current_ != 0 && (!state.up || state.applied != current_);
}

PublishActions Publisher::on_up(Daemon daemon, std::uint64_t applied, std::uint64_t prepared,
                                TimePoint now) {
    PublishActions out;
    if (peer(daemon).up) out = on_down(daemon, now);
    peer(daemon) = Peer{.up = true,
                        .applied = applied,
                        .prepared = prepared,
                        .await = Await::Nothing,
                        .ticket = 0,
                        .deadline = {},
                        .retry_at = std::nullopt,
                        .refusal = {}};
    advance(now, out);
    return out;
}

PublishActions Publisher::on_down(Daemon daemon, TimePoint now) {
    PublishActions out;
    Peer& state = peer(daemon);
    state.up = false;
    state.prepared = 0;
    if (state.await != Await::Nothing) {
        conclude(daemon, {{daemon, "", "disconnected"}}, false, now, out);
    }
    advance(now, out);
    return out;
}

PublishActions Publisher::publish(std::uint64_t version, Daemon first, TimePoint now) {
    PORTCULLIS_ASSERT(!busy());
    PublishActions out;
    publication_ = Publication{.version = version,
                               .first = first,
                               .phase = Phase::Waiting,
                               .participates = {},
                               .reasons = {},
                               .refused = false};
    advance(now, out);
    return out;
}

PublishActions Publisher::on_reply(Daemon daemon, std::uint64_t ticket,
                                   const std::vector<management::Refusal>& refusals,
                                   TimePoint now) {
    PublishActions out;
    Peer& state = peer(daemon);
    if (state.await == Await::Nothing || state.ticket != ticket) return out;
    std::vector<DaemonReason> reasons;
    for (const auto& refusal : refusals) {
        reasons.push_back({daemon, refusal.pointer, refusal.reason});
    }
    conclude(daemon, std::move(reasons), true, now, out);
    advance(now, out);
    return out;
}

PublishActions Publisher::on_no_reply(Daemon daemon, std::uint64_t ticket,
                                      const std::string& reason, TimePoint now) {
    PublishActions out;
    Peer& state = peer(daemon);
    if (state.await == Await::Nothing || state.ticket != ticket) return out;
    conclude(daemon, {{daemon, "", reason}}, false, now, out);
    advance(now, out);
    return out;
}

PublishActions Publisher::on_time(TimePoint now) {
    PublishActions out;
    for (const Daemon daemon : kDaemons) {
        const Peer& state = peer(daemon);
        if (state.await != Await::Nothing && state.deadline <= now) {
            conclude(daemon, {{daemon, "", "no answer in time"}}, false, now, out);
        }
    }
    advance(now, out);
    return out;
}

std::optional<TimePoint> Publisher::next_deadline() const {
    std::optional<TimePoint> next;
    const auto consider = [&next](TimePoint at) {
        if (!next || at < *next) next = at;
    };
    for (const Peer& state : peers_) {
        if (state.await != Await::Nothing) consider(state.deadline);
        if (state.up && state.retry_at && !publication_) consider(*state.retry_at);
    }
    return next;
}

bool Publisher::anyone_awaited() const {
    return std::ranges::any_of(peers_,
                               [](const Peer& state) { return state.await != Await::Nothing; });
}

void Publisher::ask(Daemon daemon, Step step, Await await, std::uint64_t version, TimePoint now,
                    PublishActions& out) {
    Peer& state = peer(daemon);
    state.await = await;
    state.ticket = next_ticket_++;
    state.deadline = now + (step == Step::Prepare ? kPrepareTimeout : kCommitTimeout);
    out.emplace_back(Send{daemon, step, version, state.ticket});
}

// Takes the end of what was asked of a daemon: no reasons means it did as asked. `answered`: the
// reasons are the daemon's own.
void Publisher::conclude(Daemon daemon, std::vector<DaemonReason> reasons, bool answered,
                         TimePoint now, PublishActions& out) {
    Peer& state = peer(daemon);
    const Await was = std::exchange(state.await, Await::Nothing);
    const bool done = reasons.empty();
    const std::uint64_t version = publication_ ? publication_->version : current_;
    switch (was) {
        case Await::Nothing:
            return;
        case Await::Prepare:
            state.prepared = done ? version : 0;
            publication_->refused = publication_->refused || (!done && answered);
            std::ranges::move(reasons, std::back_inserter(publication_->reasons));
            return;
        case Await::SyncPrepare:
            if (done) {
                state.prepared = current_;
                return;
            }
            break;
        case Await::Commit:
        case Await::SyncCommit:
            state.prepared = 0;
            if (done) {
                state.applied = current_;
                state.retry_at.reset();
                state.refusal.clear();
                out.emplace_back(Synced{daemon, current_});
                return;
            }
            break;
    }
    // Whether a Commit that was not answered took effect is unknown: do it all again.
    if (was != Await::SyncPrepare) state.applied = 0;
    if (!state.up) return;
    state.retry_at = was == Await::Commit ? now : now + kSyncRetry;
    if (state.refusal != reasons) out.emplace_back(Alarm{daemon, current_, reasons});
    state.refusal = std::move(reasons);
}

void Publisher::advance(TimePoint now, PublishActions& out) {
    if (publication_) {
        switch (publication_->phase) {
            case Phase::Waiting:
                if (anyone_awaited()) break;  // a sync under way has a deadline of its own
                begin_prepare(now, out);
                return;
            case Phase::Preparing:
                if (!anyone_awaited()) after_prepare(out);
                break;
            case Phase::Deciding:
                return;
            case Phase::Committing:
                if (!anyone_awaited()) commit_next(now, out);
                break;
        }
    }
    for (const Daemon daemon : kDaemons) settle(daemon, now, out);
}

void Publisher::begin_prepare(TimePoint now, PublishActions& out) {
    publication_->phase = Phase::Preparing;
    for (const Daemon daemon : kDaemons) {
        if (!peer(daemon).up) continue;
        publication_->participates[index_of(daemon)] = true;
        ask(daemon, Step::Prepare, Await::Prepare, publication_->version, now, out);
    }
    if (!anyone_awaited()) after_prepare(out);
}

void Publisher::after_prepare(PublishActions& out) {
    if (publication_->reasons.empty()) {
        publication_->phase = Phase::Deciding;
        out.emplace_back(Decide{publication_->version});
        return;
    }
    abort_participants(out);
    out.emplace_back(
        Finish{publication_->version,
               publication_->refused ? PublishResult::Refused : PublishResult::Unreachable,
               std::move(publication_->reasons)});
    publication_.reset();
}

void Publisher::abort_participants(PublishActions& out) {
    for (const Daemon daemon : kDaemons) {
        Peer& state = peer(daemon);
        if (!publication_->participates[index_of(daemon)] || !state.up) continue;
        state.prepared = 0;
        out.emplace_back(Send{daemon, Step::Abort, publication_->version, 0});
    }
}

PublishActions Publisher::on_decided(const std::string& failure, TimePoint now) {
    PublishActions out;
    PORTCULLIS_ASSERT(publication_ && publication_->phase == Phase::Deciding);
    if (!failure.empty()) {
        abort_participants(out);
        out.emplace_back(Finish{
            publication_->version, PublishResult::StoreFailed, {{std::nullopt, "", failure}}});
        publication_.reset();
    } else {
        current_ = publication_->version;
        publication_->phase = Phase::Committing;
        for (Peer& state : peers_) {
            state.refusal.clear();
            state.retry_at.reset();
        }
    }
    advance(now, out);
    return out;
}

void Publisher::commit_next(TimePoint now, PublishActions& out) {
    for (const Daemon daemon : {publication_->first, other_than(publication_->first)}) {
        bool& participates = publication_->participates[index_of(daemon)];
        if (!std::exchange(participates, false)) continue;
        Peer& state = peer(daemon);
        // One that came back since is told by settle(), by what its Hello said.
        if (!state.up || state.prepared != current_) continue;
        ask(daemon, Step::Commit, Await::Commit, current_, now, out);
        return;
    }
    out.emplace_back(Finish{publication_->version, PublishResult::Applied, {}});
    publication_.reset();
}

// Brings one daemon towards the current revision while nothing is being published.
void Publisher::settle(Daemon daemon, TimePoint now, PublishActions& out) {
    Peer& state = peer(daemon);
    if (publication_ || !state.up || state.await != Await::Nothing) return;
    if (state.prepared != 0 && (state.prepared != current_ || state.applied == current_)) {
        out.emplace_back(Send{daemon, Step::Abort, std::exchange(state.prepared, 0), 0});
    }
    if (current_ == 0 || state.applied == current_) return;
    if (state.retry_at && now < *state.retry_at) return;
    if (state.prepared == current_) {
        ask(daemon, Step::Commit, Await::SyncCommit, current_, now, out);
    } else {
        ask(daemon, Step::Prepare, Await::SyncPrepare, current_, now, out);
    }
}

}  // namespace portcullis::mgmt
