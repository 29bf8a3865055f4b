// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/link_target.hpp"
#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

void copy_one(const Burst& burst, std::uint32_t i, FlowIndex target, Burst& copies,
              StageContext& context) {
    context.counters.copies_made.add(1);
    Outcome outcome = check_target(context.sessions, burst.in[i], target, burst.kinds[i]);
    if (outcome == kPending) {
        // A deep copy: headers differ, and each peer may have its own protection.
        rte_mbuf* mbuf = rte_pktmbuf_copy(burst.mbufs[i], context.mempool, 0, UINT32_MAX);
        if (mbuf != nullptr) {
            const std::uint32_t k = copies.count;
            copies.add(mbuf, burst.passes[i]);
            copies.frames[k] = burst.frames[i];
            copies.in[k] = burst.in[i];
            copies.kinds[k] = burst.kinds[i];
            copies.rtp[k] = burst.rtp[i];
            copies.out[k] = target;
            return;
        }
        outcome = Outcome::NoBuffer;
    }
    context.counters.outcomes[static_cast<std::size_t>(outcome)].add(1);
}

}  // namespace

bool stage_copy(const Burst& burst, Burst& copies, CopyCursor& cursor, StageContext& context) {
    for (; cursor.live < burst.live_count; ++cursor.live, cursor.copy = 0) {
        const std::uint32_t i = burst.live[cursor.live];
        if ((context.sessions.flow(burst.in[i]).rx_flags & kFlowHasCopies) == 0) continue;
        const FlowLinks& links = context.sessions.cold(burst.in[i]).links;
        const auto& targets =
            burst.kinds[i] == PacketKind::Rtp ? links.rtp_copies : links.rtcp_copies;
        for (; cursor.copy < kMaxCopies; ++cursor.copy) {
            if (targets[cursor.copy] == kNoFlow) continue;
            if (copies.count == Burst::kCapacity) return true;
            copy_one(burst, i, targets[cursor.copy], copies, context);
        }
    }
    return copies.count != 0;
}

}  // namespace portcullis::relay
