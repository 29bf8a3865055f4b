// SPDX-License-Identifier: BSD-2-Clause
// Publisher: brings one revision to both daemons or to none, and keeps late-comers in step.
//
//   publish:  Waiting -> Preparing -> Deciding -> Committing -> done
//                            |            |
//                            +-- Abort <--+    any refusal, silence, lost connection, failed store
//   sync (one daemon whose revision is not the current one):  Prepare -> Commit, again after a
//   while when that fails
//
// Preparing asks every connected daemon at once and waits for all, so that every reason is known.
// The store's commit is the decision; from there on nothing goes back: a daemon that fails its
// Commit is out of step and gets synced. One daemon commits after the other, in the order that
// keeps signaling from asking for what the relay lacks (commit_order.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"
#include "common/ipc/management.hpp"

namespace portcullis::mgmt {

enum class Daemon : std::uint8_t { Relay, Signaling };
inline constexpr std::array kDaemons{Daemon::Relay, Daemon::Signaling};
inline constexpr std::size_t kDaemonCount = kDaemons.size();
[[nodiscard]] constexpr std::size_t index_of(Daemon daemon) {
    return static_cast<std::size_t>(daemon);
}
[[nodiscard]] constexpr Daemon other_than(Daemon daemon) {
    return daemon == Daemon::Relay ? Daemon::Signaling : Daemon::Relay;
}
// As in Hello: "mediarelay", "signaling".
[[nodiscard]] std::string_view daemon_name(Daemon daemon);

enum class Step : std::uint8_t { Prepare, Commit, Abort };

// Why a revision does not run.
struct DaemonReason {
    std::optional<Daemon> daemon;  // none: the store's reason
    std::string pointer;
    std::string reason;
    bool operator==(const DaemonReason&) const = default;
};

enum class PublishResult : std::uint8_t { Applied, Refused, Unreachable, StoreFailed };

namespace publish_action {
// Carry `version` to the daemon. Prepare and Commit are answered with on_reply or on_no_reply,
// naming `ticket`; an Abort's answer (ticket 0) is of no interest.
struct Send {
    Daemon daemon{};
    Step step{};
    std::uint64_t version = 0;
    std::uint64_t ticket = 0;
    bool operator==(const Send&) const = default;
};
// Make `version` current in the store, then call on_decided.
struct Decide {
    std::uint64_t version = 0;
    bool operator==(const Decide&) const = default;
};
// The publication is over. Unless Applied nothing has changed anywhere.
struct Finish {
    std::uint64_t version = 0;
    PublishResult result{};
    std::vector<DaemonReason> reasons;
    bool operator==(const Finish&) const = default;
};
// The daemon has confirmed that it runs `version`.
struct Synced {
    Daemon daemon{};
    std::uint64_t version = 0;
    bool operator==(const Synced&) const = default;
};
// The daemon does not take the current revision and keeps its last good one.
struct Alarm {
    Daemon daemon{};
    std::uint64_t version = 0;
    std::vector<DaemonReason> reasons;
    bool operator==(const Alarm&) const = default;
};
}  // namespace publish_action

using PublishAction =
    std::variant<publish_action::Send, publish_action::Decide, publish_action::Finish,
                 publish_action::Synced, publish_action::Alarm>;
using PublishActions = std::vector<PublishAction>;

// Pure: events in, actions out, in the order to carry them out. One publication at a time.
class Publisher {
 public:
    static constexpr Milliseconds kPrepareTimeout{10'000};
    static constexpr Milliseconds kCommitTimeout{8'000};
    // Both, one after the other for two daemons, stay below the 30 s of a daemon's prepared state.
    static constexpr Milliseconds kSyncRetry{10'000};

    explicit Publisher(std::uint64_t current) : current_(current) {}

    // What a daemon tells in Hello; `applied` is 0 too when its revision is not one of our store.
    [[nodiscard]] PublishActions on_up(Daemon daemon, std::uint64_t applied, std::uint64_t prepared,
                                       TimePoint now);
    [[nodiscard]] PublishActions on_down(Daemon daemon, TimePoint now);
    // Starts a publication; busy() must be false. `first`: who commits first.
    [[nodiscard]] PublishActions publish(std::uint64_t version, Daemon first, TimePoint now);
    [[nodiscard]] PublishActions on_reply(Daemon daemon, std::uint64_t ticket,
                                          const std::vector<management::Refusal>& refusals,
                                          TimePoint now);
    [[nodiscard]] PublishActions on_no_reply(Daemon daemon, std::uint64_t ticket,
                                             const std::string& reason, TimePoint now);
    // `failure`: empty when the store has made the version current.
    [[nodiscard]] PublishActions on_decided(const std::string& failure, TimePoint now);
    [[nodiscard]] PublishActions on_time(TimePoint now);
    // When to call on_time next.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

    [[nodiscard]] bool busy() const { return publication_.has_value(); }
    [[nodiscard]] std::uint64_t current() const { return current_; }

    struct View {
        bool up = false;
        std::uint64_t applied = 0;          // 0: none, or unknown
        std::vector<DaemonReason> refusal;  // of the current revision, while out of step
    };
    [[nodiscard]] View view(Daemon daemon) const;
    // Not running the current revision, connected or not.
    [[nodiscard]] bool pending(Daemon daemon) const;

 private:
    enum class Await : std::uint8_t { Nothing, Prepare, Commit, SyncPrepare, SyncCommit };
    enum class Phase : std::uint8_t { Waiting, Preparing, Deciding, Committing };

    struct Peer {
        bool up = false;
        std::uint64_t applied = 0;
        std::uint64_t prepared = 0;
        Await await = Await::Nothing;
        std::uint64_t ticket = 0;
        TimePoint deadline{};
        std::optional<TimePoint> retry_at;  // of a sync that failed
        std::vector<DaemonReason> refusal;
    };
    struct Publication {
        std::uint64_t version = 0;
        Daemon first = Daemon::Relay;
        Phase phase = Phase::Waiting;
        std::array<bool, kDaemonCount> participates{};
        std::vector<DaemonReason> reasons;
        bool refused = false;  // by a daemon's word, not only by its silence
    };

    Peer& peer(Daemon daemon) { return peers_[index_of(daemon)]; }
    void ask(Daemon daemon, Step step, Await await, std::uint64_t version, TimePoint now,
             PublishActions& out);
    void conclude(Daemon daemon, std::vector<DaemonReason> reasons, bool answered, TimePoint now,
                  PublishActions& out);
    void advance(TimePoint now, PublishActions& out);
    void begin_prepare(TimePoint now, PublishActions& out);
    void after_prepare(PublishActions& out);
    void abort_participants(PublishActions& out);
    void commit_next(TimePoint now, PublishActions& out);
    void settle(Daemon daemon, TimePoint now, PublishActions& out);
    [[nodiscard]] bool anyone_awaited() const;

    std::uint64_t current_;
    std::uint64_t next_ticket_ = 1;
    std::array<Peer, kDaemonCount> peers_;
    std::optional<Publication> publication_;
};

}  // namespace portcullis::mgmt
