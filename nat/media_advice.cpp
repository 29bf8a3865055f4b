// SPDX-License-Identifier: BSD-2-Clause
#include "nat/media_advice.hpp"

#include "nat/scope.hpp"

namespace portcullis::nat {

MediaAdvice advise_media(const MediaFacts& facts) {
    if (facts.configured) return {*facts.configured, AdviceReason::Configured};
    // SDP that names the source itself is true whatever else the message looks like; a held stream
    // (0.0.0.0) names nothing.
    const bool names_other = !facts.sdp_address || (*facts.sdp_address != facts.signaling_source &&
                                                    !facts.sdp_address->is_unspecified());
    if (names_other && facts.sdp_address && is_private(*facts.sdp_address) &&
        !is_private(facts.signaling_source)) {
        return {LatchPolicy::SignalingAddress, AdviceReason::PrivateSdpAddress};
    }
    // Through NAT, a public address in SDP is a media server or the result of STUN: believed.
    if (names_other && facts.verdict.behind_nat &&
        (!facts.sdp_address || is_private(*facts.sdp_address))) {
        return {LatchPolicy::SignalingAddress, AdviceReason::PeerBehindNat};
    }
    return {};
}

std::string_view describe(AdviceReason reason) {
    switch (reason) {
        case AdviceReason::Configured:
            return "configured";
        case AdviceReason::Default:
            return "sdp is believed";
        case AdviceReason::PeerBehindNat:
            return "peer behind nat";
        case AdviceReason::PrivateSdpAddress:
            return "private address in sdp";
    }
    return "unknown";
}

}  // namespace portcullis::nat
