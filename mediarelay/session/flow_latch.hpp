// SPDX-License-Identifier: BSD-2-Clause
// Ties a flow's latch (nat/latch) to the cached source and destination that packets use.
#pragma once

#include "mediarelay/session/session_table.hpp"

namespace portcullis::relay {

[[nodiscard]] nat::LatchRules latch_rules(const FlowSettings& settings);

struct SourceVerdict {
    bool accepted = false;
    bool learned = false;          // the latch changed: raise Latched
    bool staged = false;           // learned, for when the staged change commits
    bool next_hop_needed = false;  // learned, and packets to the source wait for SetNextHop
    bool report_refusal = false;   // the first one refused: raise SourceRefused
};

// Decides on a packet from a source that is not the cached one, and refreshes the caches if the
// latch moved. Counts refusals.
[[nodiscard]] SourceVerdict judge_source(SessionTable& table, FlowIndex flow,
                                         const nat::Source& from);

// Brings the cached source, destination and next hop of a flow, and of its sibling, in line with
// their latches.
void refresh_paths(SessionTable& table, FlowIndex flow);

// For a flow without kFlowSettled: asks the latch where this one packet goes, and caches it in the
// flow. False: nowhere. Call once per packet that is about to leave.
[[nodiscard]] bool choose_target(SessionTable& table, FlowIndex flow);

// True when packets to the flow's cached destination wait for SetNextHop.
[[nodiscard]] inline bool needs_next_hop(const Flow& flow) {
    return flow.remote_port != 0 && flow.next_hop == kNoNextHop;
}

}  // namespace portcullis::relay
