// SPDX-License-Identifier: BSD-2-Clause
// The stages of the packet path, one per file; pipeline.cpp alone knows their order.
#pragma once

#include "mediarelay/datapath/burst.hpp"
#include "mediarelay/datapath/stage_context.hpp"

namespace portcullis::relay {

// Ethernet, VLAN, IP and UDP headers; frames to other stations.
void stage_parse(Burst& burst, StageContext& context);
// Pool, owner and flow of the destination; hands packets of other workers over.
void stage_lookup(Burst& burst, StageContext& context);
// RTP or RTCP (RFC 7983, RFC 5761), and well formed. Before the source: what is not media must
// never move a latch.
void stage_demux(Burst& burst, StageContext& context);
// The latch (RFC 7362).
void stage_source(Burst& burst, StageContext& context);
// Counters, sequence numbers, jitter; RTP of a stream on hold ends here.
void stage_measure(Burst& burst, StageContext& context);
// The flow that the packet leaves by, and whether it may.
void stage_link(Burst& burst, StageContext& context);
// New Ethernet, IP and UDP headers for the peer of the outgoing flow.
void stage_encap(Burst& burst, StageContext& context);
// To the ports, or to the worker that sends on them.
void stage_tx(Burst& burst, StageContext& context);

// Where stage_copy goes on.
struct CopyCursor {
    std::uint32_t live = 0;  // position in burst.live
    std::uint32_t copy = 0;  // which copy link of it
};
// Fills `copies` with copies of live packets for their flows' copy links, not more than fit. False
// when there is nothing left to copy.
[[nodiscard]] bool stage_copy(const Burst& burst, Burst& copies, CopyCursor& cursor,
                              StageContext& context);

// A packet that is complete and addressed to one of our own media ports: back to the worker that
// owns that port. The outcome tells whether the buffer was given away.
[[nodiscard]] Outcome loop_back(Burst& burst, std::uint32_t i, const NextHop& hop,
                                StageContext& context);

}  // namespace portcullis::relay
