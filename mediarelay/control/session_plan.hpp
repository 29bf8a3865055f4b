// SPDX-License-Identifier: BSD-2-Clause
// SessionPlan: what one request of the control protocol changes about a session. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mediarelay/api/messages.hpp"

namespace portcullis::relay {

using SessionRequest =
    std::variant<relay_api::InstallSession, relay_api::AddLeg, relay_api::UpdateLeg,
                 relay_api::CommitLegs, relay_api::RevertLegs, relay_api::RemoveLeg,
                 relay_api::SetLinks, relay_api::ReleaseSession>;

[[nodiscard]] SessionId session_of(const SessionRequest& request);

// A leg and the index of a stream in it.
using StreamKey = std::pair<LegId, std::uint16_t>;

// What a session looks like to the plan.
struct SessionShape {
    struct Stream {
        bool staged = false;          // new settings wait for Commit or Revert
        bool added_by_stage = false;  // goes away with Revert
        bool leaves_at_commit = false;
    };
    std::uint32_t generation = 0;
    std::optional<std::uint32_t> staged_generation;
    std::map<LegId, std::string> legs;  // and the pool of each
    std::map<StreamKey, Stream> streams;
    std::vector<relay_api::Link> links;
};

struct StreamEdit {
    enum class Kind : std::uint8_t {
        Put,     // add, or bring to exactly this spec
        Stage,   // keep, and accept what `spec` says too
        Add,     // add because a stage names it: goes away with Revert
        Leave,   // goes away at Commit
        Remain,  // no longer goes away at Commit
        Keep,    // added by a stage that is now committed
        Commit,  // what was staged becomes the spec
        Revert,  // what was staged is forgotten
        Remove
    };
    Kind kind = Kind::Put;
    StreamKey key;
    relay_api::StreamSpec spec;  // Put, Stage, Add
};

// The plan: edits in an order that may be executed as it stands.
struct SessionPlan {
    relay_api::Outcome outcome = relay_api::Outcome::Ok;  // anything else: nothing is done
    std::string detail;
    std::uint32_t generation = 0;  // after the operation
    std::optional<std::uint32_t> staged_generation;
    std::optional<Milliseconds> media_timeout;
    std::map<LegId, std::string> new_legs;
    std::vector<LegId> removed_legs;
    std::vector<StreamEdit> edits;
    std::vector<relay_api::Link> links;  // after the operation
};

// `shape`: the session as it is; null when there is none (only InstallSession makes one). Refuses
// older generations (StaleGeneration), what does not exist (UnknownSession, UnknownLeg) and what
// contradicts itself (BadRequest). ReleaseSession is not planned here.
[[nodiscard]] SessionPlan plan_request(const SessionRequest& request, const SessionShape* shape);

}  // namespace portcullis::relay
