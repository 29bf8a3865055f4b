// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/flow_report.hpp"
#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

void on_first_packet(Burst& burst, std::uint32_t i, StageContext& context) {
    FlowCold& cold = context.sessions.cold(burst.in[i]);
    if (cold.first_rx_us.get() != 0) return;
    cold.first_rx_us.set(context.now_us);
    report(context, WorkerEvent::Kind::FirstPacket, burst.in[i], cold.latch.latched);
}

// The clock of a packet's payload type; 0: leave the packet out of the jitter.
std::uint32_t clock_of(Flow& flow, const FlowCold& cold, std::uint8_t payload_type) {
    const std::uint32_t cached = flow.jitter.clock.get();
    if (flow.payload_type.get() == payload_type && cached != 0 &&
        (cached & JitterEstimator::kUnset) == 0) {
        return cached;
    }
    const std::uint32_t rate = clock_rate(cold.settings, payload_type);
    if (rate != 0) flow.payload_type.set(payload_type);
    return rate;
}

void measure_rtp(Burst& burst, std::uint32_t i, StageContext& context) {
    Flow& flow = context.sessions.flow(burst.in[i]);
    FlowCold& cold = context.sessions.cold(burst.in[i]);
    const RtpPacket& rtp = burst.rtp[i];
    flow.rx_packets.add(1);
    flow.rx_bytes.add(burst.frames[i].payload_length);
    const Arrival arrival = flow.sequence.on_packet(cold.history, rtp.ssrc, rtp.sequence);
    if (arrival != Arrival::InOrder) {
        if (arrival == Arrival::First) on_first_packet(burst, i, context);
        if (arrival == Arrival::NewSource || arrival == Arrival::Restarted) flow.jitter.restart();
        if (arrival == Arrival::Stray) return;
    }
    const std::uint32_t rate = clock_of(flow, cold, rtp.payload_type);
    if (rate != 0) flow.jitter.on_packet(context.now_us, rtp.timestamp, rate);
}

void measure_rtcp(Burst& burst, std::uint32_t i, StageContext& context) {
    context.sessions.cold(burst.in[i]).rx_rtcp_packets.add(1);
    // Of a muxed flow the first RTP packet is the one to report.
    if ((context.sessions.flow(burst.in[i]).rx_flags & kFlowIsRtcp) != 0) {
        on_first_packet(burst, i, context);
    }
}

}  // namespace

void stage_measure(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) {
        if (burst.kinds[i] == PacketKind::Rtcp) {
            measure_rtcp(burst, i, context);
            return kPending;
        }
        measure_rtp(burst, i, context);
        const std::uint16_t flags = context.sessions.flow(burst.in[i]).rx_flags;
        return (flags & kFlowReceiveRtp) != 0 ? kPending : Outcome::ReceiveOff;
    });
}

}  // namespace portcullis::relay
