// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/flow_report.hpp"

#include <ctime>

namespace portcullis::relay {

namespace {

WorkerEvent make_event(const StageContext& context, WorkerEvent::Kind kind, FlowIndex flow,
                       const nat::Source& source) {
    return {.kind = kind,
            .flow = flow,
            .name = context.sessions.cold(flow).name,
            .source = source.endpoint(),
            .at_us = static_cast<std::int64_t>(context.now_us)};
}

// How long control has to answer before it is asked again.
constexpr std::uint64_t kAskAgainUs = 1000000;

void push(StageContext& context, const WorkerEvent& event) {
    if (!context.events.push(event)) {
        context.counters.events_dropped.add(1);
    } else if (event.next_hop_needed) {
        context.sessions.cold(event.flow).next_hop_asked_us = context.now_us;
    }
}

}  // namespace

void report(StageContext& context, WorkerEvent::Kind kind, FlowIndex flow,
            const nat::Source& source) {
    push(context, make_event(context, kind, flow, source));
}

void report_learned(StageContext& context, FlowIndex flow, const nat::Source& source,
                    const SourceVerdict& verdict) {
    WorkerEvent event = make_event(context, WorkerEvent::Kind::Latched, flow, source);
    event.next_hop_needed = verdict.next_hop_needed;
    event.staged = verdict.staged;
    push(context, event);
}

void report_latch(StageContext& context, FlowIndex flow) {
    WorkerEvent event = make_event(context, WorkerEvent::Kind::Latched, flow,
                                   context.sessions.cold(flow).latch.latched);
    event.next_hop_needed = needs_next_hop(context.sessions.flow(flow));
    push(context, event);
}

void ask_for_next_hop(StageContext& context, FlowIndex flow) {
    if ((context.sessions.flow(flow).tx_flags & kFlowSettled) == 0) return;
    if (context.now_us - context.sessions.cold(flow).next_hop_asked_us < kAskAgainUs) return;
    report_latch(context, flow);
}

void record(StageContext& context, FlowIndex index, StateRecord::State state) {
    const Flow& flow = context.sessions.flow(index);
    const FlowCold& cold = context.sessions.cold(index);
    StateRecord value;
    value.state = state;
    value.name = cold.name;
    value.pool_key = cold.pool_key;
    value.local_port = flow.local_port;
    if (nat::is_settled(cold.latch)) value.latched = cold.latch.latched.endpoint();
    value.rx_ssrc = flow.sequence.ssrc.get();
    // The kernel answers time() from a page of ours; no system call.
    value.changed_at_s = static_cast<std::uint32_t>(std::time(nullptr));
    context.state.write(context.state_base + index, value);
}

}  // namespace portcullis::relay
