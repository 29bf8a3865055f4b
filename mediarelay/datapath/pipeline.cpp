// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/pipeline.hpp"

#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

// Counts every packet's outcome and frees the drops; all others gave their buffer away.
void finish(Burst& burst, StageContext& context) {
    std::array<rte_mbuf*, Burst::kCapacity> dropped;
    unsigned drops = 0;
    for (std::uint32_t i = 0; i < burst.count; ++i) {
        const Outcome outcome = burst.outcomes[i];
        context.counters.outcomes[static_cast<std::size_t>(outcome)].add(1);
        dropped[drops] = burst.mbufs[i];
        drops += is_drop(outcome) ? 1U : 0U;
    }
    if (drops != 0) rte_pktmbuf_free_bulk(dropped.data(), drops);
    burst.clear();
}

void send(Burst& burst, StageContext& context) {
    stage_encap(burst, context);
    stage_tx(burst, context);
    finish(burst, context);
}

}  // namespace

void Pipeline::run(StageContext& context) {
    stage_parse(packets, context);
    stage_lookup(packets, context);
    stage_demux(packets, context);
    stage_source(packets, context);
    // SRTP is taken off here, between the source and the first look at the payload.
    stage_measure(packets, context);

    copies_.copies = true;
    CopyCursor cursor;
    while (stage_copy(packets, copies_, cursor, context)) send(copies_, context);

    stage_link(packets, context);
    // SRTP is put on here, when the outgoing flow is known.
    send(packets, context);
}

void Pipeline::transmit(StageContext& context) {
    stage_tx(packets, context);
    finish(packets, context);
}

}  // namespace portcullis::relay
