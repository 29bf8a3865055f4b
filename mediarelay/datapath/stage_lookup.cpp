// SPDX-License-Identifier: BSD-2-Clause
#include <rte_prefetch.h>

#include <cstring>

#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

std::span<const std::byte> destination(const Burst& burst, std::uint32_t i) {
    const FrameView& frame = burst.frames[i];
    return {burst.data(i) + frame.destination_address_offset(), frame.is_v6 ? 16U : 4U};
}

// Packets of a burst mostly belong to one pool: the last hit is tried before the table.
bool is_pool(const MediaPool& pool, const Burst& burst, std::uint32_t i) {
    const FrameView& frame = burst.frames[i];
    const auto address = pool.address.bytes();
    return pool.port == burst.mbufs[i]->port && pool.vlan == frame.vlan &&
           pool.ports.contains(frame.destination_port) &&
           address.size() == (frame.is_v6 ? 16U : 4U) &&
           std::memcmp(address.data(), burst.data(i) + frame.destination_address_offset(),
                       address.size()) == 0;
}

Outcome hand_over(Burst& burst, std::uint32_t i, WorkerId owner, StageContext& context) {
    if (owner == kNoWorker || owner >= context.handover.workers()) return Outcome::UnknownPort;
    const bool pushed = context.handover.ring(context.worker, owner)
                            .push({burst.mbufs[i], HandoverPacket::Kind::Receive, burst.passes[i]});
    return pushed ? Outcome::HandedOver : Outcome::HandoverFull;
}

}  // namespace

void stage_lookup(Burst& burst, StageContext& context) {
    const PoolTable& pools = context.tables->pools;
    std::array<const FlowIndex*, Burst::kCapacity> slots;
    const MediaPool* last = nullptr;
    for_each_live(burst, [&](std::uint32_t i) {
        const FrameView& frame = burst.frames[i];
        if (last == nullptr || !is_pool(*last, burst, i)) {
            const auto match = pools.find(burst.mbufs[i]->port, frame.vlan, destination(burst, i),
                                          frame.destination_port);
            if (match.pool == nullptr) {
                return match.address_known ? Outcome::OutsidePool : Outcome::NotOurAddress;
            }
            last = match.pool;
        }
        const WorkerId owner = last->owners->owner(frame.destination_port);
        if (owner != context.worker) return hand_over(burst, i, owner, context);
        slots[i] = &context.sessions.port_slot(last->index, frame.destination_port);
        rte_prefetch0(slots[i]);
        return kPending;
    });
    for_each_live(burst, [&](std::uint32_t i) {
        const FlowIndex flow = *slots[i];
        if (flow == kNoFlow) return Outcome::UnknownPort;
        burst.in[i] = flow;
        const Flow& hot = context.sessions.flow(flow);
        rte_prefetch0(&hot);
        rte_prefetch0(&hot.jitter);
        return kPending;
    });
}

}  // namespace portcullis::relay
