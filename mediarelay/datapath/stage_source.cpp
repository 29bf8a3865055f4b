// SPDX-License-Identifier: BSD-2-Clause
#include <rte_prefetch.h>

#include <cstring>

#include "mediarelay/datapath/flow_report.hpp"
#include "mediarelay/datapath/stages.hpp"
#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {

namespace {

// nat::Source of a packet, without a call: the words as they stand in the header.
nat::Source source_of(const Burst& burst, std::uint32_t i) {
    const FrameView& frame = burst.frames[i];
    const std::byte* address = burst.data(i) + frame.source_address_offset();
    nat::Source source;
    source.port = frame.source_port;
    if (frame.is_v6) {
        std::memcpy(&source.high, address, 8);
        std::memcpy(&source.low, address + 8, 8);
    } else {
        std::uint32_t v4 = 0;
        std::memcpy(&v4, address, 4);
        source.low = (std::uint64_t{v4} << 32) | 0xffff0000U;  // ::ffff:a.b.c.d
    }
    return source;
}

bool is_cached(const Flow& flow, const nat::Source& from) {
    return flow.source_port == from.port && from.port != 0 && flow.source_low == from.low &&
           flow.source_high == from.high;
}

// A source that is not the settled one: the latch decides.
Outcome judge(const Burst& burst, std::uint32_t i, const nat::Source& from, StageContext& context) {
    // An IPv4-mapped source in an IPv6 header (RFC 4291 section 2.5.5.2) exists on no wire; let in,
    // it would pass for the IPv4 host.
    const IpAddress address = from.endpoint().address;
    if (from.port == 0 || !address.is_usable_target() || address.is_v6() != burst.frames[i].is_v6) {
        return Outcome::BadSource;
    }
    const FlowIndex flow = burst.in[i];
    const SourceVerdict verdict = judge_source(context.sessions, flow, from);
    if (verdict.learned) {
        record(context, flow, StateRecord::State::Live);
        report_learned(context, flow, from, verdict);
    }
    if (verdict.report_refusal) report(context, WorkerEvent::Kind::SourceRefused, flow, from);
    return verdict.accepted ? kPending : Outcome::SourceRefused;
}

}  // namespace

void stage_source(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) {
        Flow& flow = context.sessions.flow(burst.in[i]);
        const nat::Source from = source_of(burst, i);
        if (!is_cached(flow, from)) {
            const Outcome outcome = judge(burst, i, from, context);
            if (outcome != kPending) return outcome;
        }
        flow.last_rx_us.set(context.now_us);
        burst.out[i] = burst.kinds[i] == PacketKind::Rtp ? flow.rtp_link : flow.rtcp_link;
        rte_prefetch0(&context.sessions.flow(burst.out[i]).jitter);
        return kPending;
    });
}

}  // namespace portcullis::relay
