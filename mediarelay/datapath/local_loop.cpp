// SPDX-License-Identifier: BSD-2-Clause
// Media addressed to ourselves (a spiral: two legs of ours facing each other).
#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

// A call that is looped through us more often than this is a mistake that would never end.
constexpr std::uint32_t kMaxPasses = 4;

}  // namespace

Outcome loop_back(Burst& burst, std::uint32_t i, const NextHop& hop, StageContext& context) {
    if (burst.passes[i] >= kMaxPasses) return Outcome::LoopLimit;
    const Flow& out = context.sessions.flow(burst.out[i]);
    const auto remote = (out.tx_flags & kFlowRemoteV6) != 0 ? std::span<const std::byte>(out.remote)
                                                            : std::span(out.remote).last(4);
    const auto match = context.tables->pools.find(hop.port, hop.vlan, remote, out.remote_port);
    if (match.pool == nullptr) return Outcome::UnknownPort;
    const WorkerId owner = match.pool->owners->owner(out.remote_port);
    if (owner >= context.handover.workers()) return Outcome::UnknownPort;
    burst.mbufs[i]->port = hop.port;
    const bool pushed =
        context.handover.ring(context.worker, owner)
            .push({burst.mbufs[i], HandoverPacket::Kind::Receive, burst.passes[i] + 1U});
    return pushed ? Outcome::Looped : Outcome::HandoverFull;
}

}  // namespace portcullis::relay
