// SPDX-License-Identifier: BSD-2-Clause
// Leases: which controlling instances live, and which sessions a re-synchronisation names. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/strong_id.hpp"

namespace portcullis::relay {

// One run of a controlling process: its name and the epoch that changes when it restarts.
struct Owner {
    std::string instance;
    std::uint64_t epoch = 0;
    auto operator<=>(const Owner&) const = default;
};

// Control thread. The lease is the instance's, not each session's: any frame renews it. When an
// instance comes back with a new epoch, the lease of the old one runs on unrenewed; its sessions
// live until then, until they are installed again (and belong to the new epoch), or until the
// re-synchronisation ends without naming them.
class Leases {
 public:
    explicit Leases(Milliseconds duration) : duration_(duration) {}

    // For leases renewed from now on.
    void set_duration(Milliseconds duration) { duration_ = duration; }
    [[nodiscard]] Milliseconds duration() const { return duration_; }

    // A frame of `owner` came. Frames of an epoch that a newer one replaced renew nothing.
    void renew(const Owner& owner, TimePoint now);
    // The instance said Hello: its other epochs are renewed no more.
    void hello(const Owner& owner, TimePoint now);

    // Between Begin and End of a re-synchronisation every session that is named stays.
    void begin_resync(const Owner& owner);
    void name(const Owner& owner, SessionId session);
    // The sessions named since Begin; empty when there was no Begin.
    [[nodiscard]] std::optional<std::set<SessionId>> end_resync(const Owner& owner);
    // The connection ended: an unfinished re-synchronisation releases nothing.
    void abandon_resync(const Owner& owner) { resyncs_.erase(owner); }

    // Owners whose lease ran out; each is told once.
    [[nodiscard]] std::vector<Owner> expire(TimePoint now);

 private:
    struct Lease {
        TimePoint until;
        bool superseded = false;
    };
    Milliseconds duration_;
    std::map<Owner, Lease> leases_;
    std::map<Owner, std::set<SessionId>> resyncs_;
};

}  // namespace portcullis::relay
