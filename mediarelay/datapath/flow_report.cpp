// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/flow_report.hpp"

#include <ctime>

namespace portcullis::relay {

void report(StageContext& context, WorkerEvent::Kind kind, FlowIndex flow,
            const nat::Source& source, bool next_hop_needed) {
    const WorkerEvent event{.kind = kind,
                            .next_hop_needed = next_hop_needed,
                            .flow = flow,
                            .name = context.sessions.cold(flow).name,
                            .source = source.endpoint(),
                            .at_us = static_cast<std::int64_t>(context.now_us)};
    if (!context.events.push(event)) context.counters.events_dropped.add(1);
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
