// SPDX-License-Identifier: BSD-2-Clause
// What travels between the control thread and a worker: commands down, completions and events up.
//
// All three are values copied through SPSC rings: nothing in them points at memory that a peer may
// free, but for SwapTables, whose table control keeps until the completion.
#pragma once

#include <cstdint>
#include <type_traits>
#include <variant>

#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

struct WorkerTables;

// Makes a flow in an empty slot and binds its local port. While the pool is not in the
// worker's tables, no packet comes or goes.
struct InstallFlow {
    FlowIndex flow = kNoFlow;
    FlowConfig config;
    FlowLinks links;
};

// Replaces the settings at once, and ends a staged change. Learning restarts only if the remote or
// the latch settings differ from the present ones.
struct UpdateFlow {
    FlowIndex flow = kNoFlow;
    FlowSettings settings;
};

// Keeps sending as before and accepts what either the present or the staged settings accept.
struct StageFlow {
    FlowIndex flow = kNoFlow;
    FlowSettings settings;
};

// Makes the staged settings the present ones, with what their latch learned meanwhile.
struct CommitFlow {
    FlowIndex flow = kNoFlow;
};

struct RevertFlow {
    FlowIndex flow = kNoFlow;
};

// Unbinds the port. After the completion control may read the final figures and reuse the slot.
struct RemoveFlow {
    FlowIndex flow = kNoFlow;
};

struct SetLinks {
    FlowIndex flow = kNoFlow;
    FlowLinks links;
};

// The way to `remote`, resolved: used where the flow's latched source, its SDP remote or those of a
// staged change have this address, and forgotten otherwise. The answer to a Latched event with
// `next_hop_needed`.
struct SetNextHop {
    FlowIndex flow = kNoFlow;
    IpAddress remote;
    NextHopId next_hop = kNoNextHop;
};

// From the next loop on the worker uses `tables`; the completion says the old ones are free.
struct SwapTables {
    const WorkerTables* tables = nullptr;
};

// Does nothing; its completion says that everything before it took effect.
struct Barrier {};

using CommandBody = std::variant<Barrier, InstallFlow, UpdateFlow, StageFlow, CommitFlow,
                                 RevertFlow, RemoveFlow, SetLinks, SetNextHop, SwapTables>;

struct WorkerCommand {
    std::uint64_t token = 0;  // comes back in the completion
    // False for all but the last of a batch: order is kept, and a failure is always answered.
    bool wants_completion = true;
    CommandBody body;
};
static_assert(std::is_trivially_copyable_v<WorkerCommand>);

// The worker executed the command with this token (and all before it). Never dropped: a worker
// whose completion ring is full leaves commands waiting.
struct WorkerCompletion {
    enum class Result : std::uint8_t {
        Done,
        UnknownFlow,  // the slot is empty, or past the table's end
        SlotInUse,    // InstallFlow on a slot or a local port that is taken
        kMax = SlotInUse
    };
    std::uint64_t token = 0;
    Result result = Result::Done;
};
static_assert(std::is_trivially_copyable_v<WorkerCompletion>);

// Something happened on a flow. May be dropped when control does not keep up (counted in
// WorkerCounters::events_dropped); the figures of the flow still show it.
struct WorkerEvent {
    enum class Kind : std::uint8_t {
        Latched,        // the flow found or changed its source
        SourceRefused,  // first packet from a source that the latch refused, once per latch
        FirstPacket,    // first accepted packet
        kMax = FirstPacket
    };
    Kind kind = Kind::Latched;
    bool next_hop_needed = false;  // Latched: packets to `source` wait for SetNextHop
    bool staged = false;           // Latched: by the staged change; told again when it commits
    FlowIndex flow = kNoFlow;
    FlowName name;
    Endpoint source;
    std::int64_t at_us = 0;  // CLOCK_MONOTONIC, microseconds
};
static_assert(std::is_trivially_copyable_v<WorkerEvent>);

}  // namespace portcullis::relay
