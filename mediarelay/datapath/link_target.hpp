// SPDX-License-Identifier: BSD-2-Clause
// Whether packets may go from one flow out on another now.
#pragma once

#include "mediarelay/datapath/burst.hpp"
#include "mediarelay/datapath/stage_context.hpp"
#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {

// kPending if a packet of this kind may leave by `target`, whose destination then stands in the
// flow. Once per packet that is about to leave: provisional latches are charged for it.
[[nodiscard]] inline Outcome check_target(SessionTable& sessions, FlowIndex from, FlowIndex target,
                                          PacketKind kind) {
    const Flow& out = sessions.flow(target);
    // An empty slot has tag 0; a slot that serves another session by now has another tag.
    if (target == kNoFlow || out.tag != sessions.flow(from).tag) return Outcome::NoLink;
    if (kind == PacketKind::Rtp && (out.tx_flags & kFlowSendRtp) == 0) return Outcome::SendOff;
    if ((out.tx_flags & kFlowSettled) == 0 && !choose_target(sessions, target)) {
        return Outcome::NoRemote;
    }
    return kPending;
}

}  // namespace portcullis::relay
