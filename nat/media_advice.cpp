// SPDX-License-Identifier: BSD-2-Clause
#include "nat/media_advice.hpp"

#include "nat/scope.hpp"

namespace portcullis::nat {

MediaAdvice advise_media(const MediaFacts& facts) {
    if (facts.configured) return {*facts.configured, AdviceReason::Configured};
    // SDP that names the source itself is true whatever else the message looks like (a client that
    // used STUN); a held stream (0.0.0.0) names nothing.
    if (facts.sdp_address &&
        (*facts.sdp_address == facts.signaling_source || facts.sdp_address->is_unspecified())) {
        return {};
    }
    // Media of the other family (RFC 6157) can never come from the signaling address.
    if (facts.sdp_address && facts.sdp_address->is_v4() != facts.signaling_source.is_v4())
        return {};
    if (facts.sdp_address && is_private(*facts.sdp_address) &&
        !is_private(facts.signaling_source)) {
        return {LatchPolicy::SignalingAddress, AdviceReason::PrivateSdpAddress};
    }
    if (facts.verdict.behind_nat) {
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
