// SPDX-License-Identifier: BSD-2-Clause
#include <rte_ethdev.h>

#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

// The packets of a burst that leave by one port, in order.
struct Departing {
    std::array<rte_mbuf*, Burst::kCapacity> mbufs;
    std::array<std::uint8_t, Burst::kCapacity> index;
    std::uint16_t count = 0;
};

// What the flow that packet i leaves by has sent; packets of other workers' flows have none here.
void count_sent(const Burst& burst, std::uint32_t i, StageContext& context) {
    const FlowIndex out = burst.out[i];
    if (out == kNoFlow) return;
    if (burst.kinds[i] == PacketKind::Rtcp) {
        context.sessions.cold(out).tx_rtcp_packets.add(1);
        return;
    }
    Flow& flow = context.sessions.flow(out);
    flow.tx_packets.add(1);
    flow.tx_bytes.add(burst.frames[i].payload_length);
}

void send_on_queue(Burst& burst, const PortBinding& binding, Departing& departing,
                   StageContext& context) {
    std::uint64_t bytes = 0;
    std::array<std::uint32_t, Burst::kCapacity> lengths;
    for (std::uint16_t k = 0; k < departing.count; ++k) lengths[k] = departing.mbufs[k]->pkt_len;
    std::uint16_t sent =
        rte_eth_tx_burst(binding.port, binding.tx_queue, departing.mbufs.data(), departing.count);
    // Once more: the first call may have made room by reaping what the device had finished.
    if (sent < departing.count) {
        sent = static_cast<std::uint16_t>(
            sent + rte_eth_tx_burst(binding.port, binding.tx_queue, departing.mbufs.data() + sent,
                                    static_cast<std::uint16_t>(departing.count - sent)));
    }
    const Outcome success = burst.copies ? Outcome::Copied : Outcome::Forwarded;
    for (std::uint16_t k = 0; k < departing.count; ++k) {
        const std::uint32_t i = departing.index[k];
        burst.outcomes[i] = k < sent ? success : Outcome::TransmitFull;
        if (k >= sent) continue;
        bytes += lengths[k];
        count_sent(burst, i, context);
    }
    context.counters.tx_frames.add(sent);
    context.counters.tx_bytes.add(bytes);
}

void send_by_worker(Burst& burst, const PortBinding& binding, const Departing& departing,
                    StageContext& context) {
    for (std::uint16_t k = 0; k < departing.count; ++k) {
        const std::uint32_t i = departing.index[k];
        burst.outcomes[i] = Outcome::NoPort;
        if (binding.tx_worker >= context.handover.workers()) continue;
        departing.mbufs[k]->port = binding.port;
        const bool pushed = context.handover.ring(context.worker, binding.tx_worker)
                                .push({departing.mbufs[k], HandoverPacket::Kind::Transmit, 0});
        burst.outcomes[i] = pushed ? Outcome::HandedToSender : Outcome::HandoverFull;
        if (pushed) count_sent(burst, i, context);
    }
}

// Moves the live packets for `port` into `departing`, and the others up.
void select(Burst& burst, std::uint16_t port, Departing& departing) {
    std::uint32_t kept = 0;
    departing.count = 0;
    for (std::uint32_t k = 0; k < burst.live_count; ++k) {
        const std::uint8_t i = burst.live[k];
        if (burst.ports[i] == port) {
            departing.mbufs[departing.count] = burst.mbufs[i];
            departing.index[departing.count++] = i;
        } else {
            burst.live[kept++] = i;
        }
    }
    burst.live_count = kept;
}

}  // namespace

void stage_tx(Burst& burst, StageContext& context) {
    Departing departing;
    while (burst.live_count != 0) {
        const std::uint16_t port = burst.ports[burst.live[0]];
        select(burst, port, departing);
        const PortBinding* binding = context.binding(port);
        if (binding == nullptr) {
            for (std::uint16_t k = 0; k < departing.count; ++k) {
                burst.outcomes[departing.index[k]] = Outcome::NoPort;
            }
        } else if (binding->tx_queue != kNoQueue) {
            send_on_queue(burst, *binding, departing, context);
        } else {
            send_by_worker(burst, *binding, departing, context);
        }
    }
}

}  // namespace portcullis::relay
