// SPDX-License-Identifier: BSD-2-Clause
// The relay's control protocol: every message with its frame type, request bound to reply.
//
// Operations name (session, generation) and are idempotent: repeating one succeeds and changes
// nothing, an older generation is refused with StaleGeneration, releasing an unknown session
// succeeds. Requests on one connection are applied in order. The sequence is in README.md.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "mediarelay/api/types.hpp"

namespace portcullis::relay_api {

inline constexpr std::uint16_t kMinProtocol = 1;
inline constexpr std::uint16_t kMaxProtocol = 1;

// Outcome of an operation; the text of each is in errc.hpp.
enum class Outcome : std::uint8_t {
    Ok,
    NoPorts,    // the pool has no free port pair
    PortInUse,  // a requested port is taken by another session or in quarantine
    UnknownPool,
    UnknownSession,
    UnknownLeg,
    StaleGeneration,  // a newer generation is already installed
    BadRequest,       // the message contradicts itself
    NoRoute,          // a remote address that may not or cannot be reached
    Overloaded,
    kMax = Overloaded
};

struct HelloReply {
    static constexpr std::uint16_t kType = 0x0102;
    std::uint16_t version = 0;      // 0: no version in common, the relay closes
    std::uint64_t relay_epoch = 0;  // changes with every start of the relay
    Milliseconds lease{60000};      // sessions of a silent instance live this long
    auto fields() { return std::tie(version, relay_epoch, lease); }
};

// First message of a controlling instance on a connection. Its epoch changes when signaling
// restarts; sessions of the old epoch live on until ResyncEnd or the old lease's end.
struct Hello {
    static constexpr std::uint16_t kType = 0x0101;
    using Reply = HelloReply;
    std::uint16_t min_version = kMinProtocol;
    std::uint16_t max_version = kMaxProtocol;
    std::uint64_t instance_epoch = 0;
    std::string instance;  // "signaling"
    auto fields() { return std::tie(min_version, max_version, instance_epoch, instance); }
};

struct OperationReply {
    static constexpr std::uint16_t kType = 0x0110;
    SessionId session;
    std::uint32_t generation = 0;
    Outcome outcome = Outcome::Ok;
    std::string detail;              // words for a log, when not Ok
    std::vector<StreamPorts> ports;  // every stream of the session, after the operation
    auto fields() { return std::tie(session, generation, outcome, detail, ports); }
};

// Re-synchronisation: Begin, an InstallSession per living session, End. After End every session of
// this instance's name that was not named since Begin is released.
struct ResyncBegin {
    static constexpr std::uint16_t kType = 0x0103;
    using Reply = OperationReply;
    auto fields() { return std::tie(); }
};

struct ResyncEnd {
    static constexpr std::uint16_t kType = 0x0104;
    using Reply = OperationReply;
    auto fields() { return std::tie(); }
};

// Renews the instance's lease; any other frame does too. At least every 5 s.
struct KeepAlive {
    static constexpr std::uint16_t kType = 0x0105;
    auto fields() { return std::tie(); }
};

// Creates the session, or brings an existing one to exactly this state.
struct InstallSession {
    static constexpr std::uint16_t kType = 0x0111;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    Milliseconds media_timeout{0};  // 0: none; otherwise an event after this long without a packet
    std::vector<LegSpec> legs;
    std::vector<Link> links;
    auto fields() { return std::tie(session, generation, media_timeout, legs, links); }
};

struct AddLeg {
    static constexpr std::uint16_t kType = 0x0112;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    LegSpec leg;
    auto fields() { return std::tie(session, generation, leg); }
};

// Changes a leg's streams. Replace takes effect at once. Stage keeps the current remotes, accepts
// packets from both the current and the new sources, and waits for Commit or Revert of the same
// generation. Streams that the spec adds get ports; streams it no longer names are removed at
// Commit (or at once with Replace).
struct UpdateLeg {
    static constexpr std::uint16_t kType = 0x0113;
    using Reply = OperationReply;
    enum class Mode : std::uint8_t { Replace, Stage, kMax = Stage };
    SessionId session;
    std::uint32_t generation = 0;
    Mode mode = Mode::Replace;
    LegSpec leg;
    auto fields() { return std::tie(session, generation, mode, leg); }
};

struct CommitLegs {
    static constexpr std::uint16_t kType = 0x0114;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    auto fields() { return std::tie(session, generation); }
};

struct RevertLegs {
    static constexpr std::uint16_t kType = 0x0115;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    auto fields() { return std::tie(session, generation); }
};

struct RemoveLeg {
    static constexpr std::uint16_t kType = 0x0116;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    LegId leg;
    auto fields() { return std::tie(session, generation, leg); }
};

// Replaces all links of the session.
struct SetLinks {
    static constexpr std::uint16_t kType = 0x0117;
    using Reply = OperationReply;
    SessionId session;
    std::uint32_t generation = 0;
    std::vector<Link> links;
    auto fields() { return std::tie(session, generation, links); }
};

struct SessionStats {
    static constexpr std::uint16_t kType = 0x0121;
    SessionId session;
    Outcome outcome = Outcome::Ok;  // UnknownSession when there is none
    std::vector<StreamStats> streams;
    auto fields() { return std::tie(session, outcome, streams); }
};

// Ends the session; its ports go into quarantine. The answer carries the final figures.
struct ReleaseSession {
    static constexpr std::uint16_t kType = 0x0118;
    using Reply = SessionStats;
    SessionId session;
    auto fields() { return std::tie(session); }
};

struct QueryStats {
    static constexpr std::uint16_t kType = 0x0120;
    using Reply = SessionStats;
    SessionId session;
    auto fields() { return std::tie(session); }
};

// Unsolicited (frame id 0), to every connected instance that owns the session.
struct SessionEvent {
    static constexpr std::uint16_t kType = 0x0130;
    enum class Kind : std::uint8_t {
        MediaTimeout,   // for media_timeout nothing on the streams with `receive`, if any
        Latched,        // a stream found or changed its source
        SourceRefused,  // first packet from a source that the latch policy refuses
        FirstPacket,    // first accepted packet of a stream
        kMax = FirstPacket
    };
    SessionId session;
    Kind kind = Kind::MediaTimeout;
    LegId leg;
    std::uint16_t stream = 0;
    Component component = Component::Rtp;
    std::optional<Endpoint> source;
    std::int64_t at_us = 0;  // wall clock, microseconds since 1970
    auto fields() { return std::tie(session, kind, leg, stream, component, source, at_us); }
};

}  // namespace portcullis::relay_api
