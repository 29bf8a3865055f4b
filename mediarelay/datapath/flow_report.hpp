// SPDX-License-Identifier: BSD-2-Clause
// Tells the world about a flow: events to control, the record in the state file.
#pragma once

#include "mediarelay/datapath/stage_context.hpp"
#include "mediarelay/session/flow_latch.hpp"
#include "nat/latch.hpp"

namespace portcullis::relay {

// Queues an event, or counts it as dropped when control does not keep up.
void report(StageContext& context, WorkerEvent::Kind kind, FlowIndex flow,
            const nat::Source& source);
// Latched, as the latch just decided on a packet from `source`.
void report_learned(StageContext& context, FlowIndex flow, const nat::Source& source,
                    const SourceVerdict& verdict);
// Latched, of what a settled flow is latched to already.
void report_latch(StageContext& context, FlowIndex flow);
// The same for a packet that could not leave, at most once a second: the event before may have been
// dropped, or control found no route just then.
void ask_for_next_hop(StageContext& context, FlowIndex flow);

// Writes what a successor of this process needs to know of the flow.
void record(StageContext& context, FlowIndex flow, StateRecord::State state);

}  // namespace portcullis::relay
