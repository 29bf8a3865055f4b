// SPDX-License-Identifier: BSD-2-Clause
// The management protocol: what portcullis-mgmt says to the two daemons, over each one's socket.
//
// Configuration travels as the JSON text of a whole document (policy/config reads it); everything
// an operator asks for travels as Query, a small REST-like call whose answer is JSON or text.
// A change is Prepare to both, then Commit to both (or Abort); a daemon forgets a prepared document
// after 30 s, and Hello tells on every connection what it runs and what it holds prepared.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/strong_id.hpp"

namespace portcullis::management {

inline constexpr std::uint16_t kMinVersion = 1;
inline constexpr std::uint16_t kMaxVersion = 1;

struct HelloReply {
    static constexpr std::uint16_t kType = 0x0202;
    std::uint16_t version = 0;  // 0: no version in common
    std::string daemon;         // "signaling" or "mediarelay"
    std::uint64_t epoch = 0;    // boot epoch of the process
    ConfigVersion applied;      // 0: none
    ConfigVersion prepared;     // 0: none
    auto fields() { return std::tie(version, daemon, epoch, applied, prepared); }
};

struct Hello {
    static constexpr std::uint16_t kType = 0x0201;
    using Reply = HelloReply;
    std::uint16_t min_version = kMinVersion;
    std::uint16_t max_version = kMaxVersion;
    auto fields() { return std::tie(min_version, max_version); }
};

// One reason a document cannot be applied: a JSON pointer into it and words for the operator.
struct Refusal {
    std::string pointer;
    std::string reason;
    auto fields() { return std::tie(pointer, reason); }
};

// Answers Prepare, Commit and Abort: no refusals means done.
struct ConfigReply {
    static constexpr std::uint16_t kType = 0x0211;
    ConfigVersion version;
    std::vector<Refusal> refusals;
    auto fields() { return std::tie(version, refusals); }
};

struct Prepare {
    static constexpr std::uint16_t kType = 0x0210;
    using Reply = ConfigReply;
    ConfigVersion version;
    std::string document;  // JSON text, with secrets
    auto fields() { return std::tie(version, document); }
};

struct Commit {
    static constexpr std::uint16_t kType = 0x0212;
    using Reply = ConfigReply;
    ConfigVersion version;
    auto fields() { return std::tie(version); }
};

struct Abort {
    static constexpr std::uint16_t kType = 0x0213;
    using Reply = ConfigReply;
    ConfigVersion version;
    auto fields() { return std::tie(version); }
};

struct QueryReply {
    static constexpr std::uint16_t kType = 0x0221;
    std::uint16_t status = 0;  // as HTTP: 200, 404, 409, ...
    std::string content_type;  // "application/json" or "text/plain"
    std::string body;
    auto fields() { return std::tie(status, content_type, body); }
};

struct Query {
    static constexpr std::uint16_t kType = 0x0220;
    using Reply = QueryReply;
    std::string verb;  // "GET", "DELETE"
    std::string path;  // "calls?limit=100", "calls/<id>", "metrics", "status"
    std::string body;
    auto fields() { return std::tie(verb, path, body); }
};

}  // namespace portcullis::management
