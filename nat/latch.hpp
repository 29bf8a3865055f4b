// SPDX-License-Identifier: BSD-2-Clause
// Latching of one stream component to its peer's source address (RFC 7362 section 4).
//
// Pure and trivially copyable: made for the relay's packet path, where the common case is one
// compare against the latched source. Policies, guarantees and the ranks of `Any`: README.md.
#pragma once

#include <cstdint>
#include <type_traits>

#include "nat/source.hpp"

namespace portcullis::nat {

// Same values, in the same order, as the relay protocol's LatchPolicy.
enum class LatchPolicy : std::uint8_t { Strict, SdpAddress, SignalingAddress, Any };

// What a component may latch to, as signaling described it.
struct LatchRules {
    LatchPolicy policy = LatchPolicy::SdpAddress;
    // SignalingAddress and Any: leading bits of `signaling` that must match, counted in the
    // address's own family (0-32 or 0-128); 0: the whole address.
    std::uint8_t signaling_prefix = 0;
    Source sdp;        // the component's address and port in SDP; port 0: not known yet
    Source signaling;  // where the SIP message came from; the port is not used; zero: not known

    bool operator==(const LatchRules&) const = default;
};

enum class LatchVerdict : std::uint8_t {
    Accepted,  // from a source that is already latched
    Learned,   // accepted, and `from` is now latched (under a staged change: for when it commits)
    Rejected   // from a source that the policy refuses: drop and count
};

// How well a source is proven; the ranks of LatchPolicy::Any, ascending.
enum class LatchRank : std::uint8_t {
    None,
    Unknown,           // nothing speaks for it
    SameNetwork,       // the /24 (IPv6: /64) of the SDP or the signaling address
    SignalingAddress,  // where the SIP message came from
    SdpAddress,
    SdpEndpoint  // address and port as in SDP
};

// State of one component (RTP or RTCP) of one stream. Created and owned by the flow that it guards,
// one writer. `latched` stands first: the packet path reads no further.
struct LatchState {
    Source latched;                      // port 0: still learning
    LatchRank rank = LatchRank::None;    // of `latched`
    std::uint8_t provisional_heard = 0;  // packets accepted from provisional sources
    std::uint8_t provisional_sent = 0;   // packets sent to provisional sources
    std::uint8_t trailing_heard = 0;     // packets accepted from the source before a change
    bool opening = false;  // staged, and the SDP address or port differs: `next` may learn
    bool staged = false;   // `next` is accepted too, until commit or revert
    LatchRank next_rank = LatchRank::None;
    Source next_latched;  // staged: of `next`; otherwise the source latched before the last change
    LatchRules rules;
    LatchRules next;
};
static_assert(std::is_trivially_copyable_v<LatchState>);

// Under LatchPolicy::Any: a source below LatchRank::SignalingAddress is accepted, and sent to, for
// this many packets in all; see README.md.
inline constexpr std::uint8_t kProvisionalPackets = 5;

// After a change, the source latched before it is accepted but not latched for this many packets
// (half a second at 50 packets/s): what was still on its way must not win against the new source.
inline constexpr std::uint8_t kTrailingPackets = 25;

[[nodiscard]] LatchState make_latch(const LatchRules& rules);

// Implementation of on_packet for sources other than the latched one.
[[nodiscard]] LatchVerdict on_other_source(LatchState& state, const Source& from);
[[nodiscard]] LatchVerdict on_other_rtcp_source(LatchState& rtcp, const LatchState& rtp,
                                                const Source& from);

// Decides on an RTP packet (or one of both kinds under rtcp-mux) from `from`. Never fails.
[[nodiscard]] inline LatchVerdict on_packet(LatchState& state, const Source& from) {
    if (from == state.latched && state.rank >= LatchRank::SignalingAddress) [[likely]] {
        return LatchVerdict::Accepted;
    }
    return on_other_source(state, from);
}

// Decides on a packet at the RTCP port of a stream without rtcp-mux: RTCP has a latch of its own,
// but only to the address that RTP latched. Until RTP has latched, only to an address that the
// policy leaves no choice about.
[[nodiscard]] inline LatchVerdict on_rtcp_packet(LatchState& rtcp, const LatchState& rtp,
                                                 const Source& from) {
    if (from == rtcp.latched && from.same_address(rtp.latched) && rtp.latched &&
        rtp.rank >= LatchRank::SignalingAddress) [[likely]] {
        return LatchVerdict::Accepted;
    }
    return on_other_rtcp_source(rtcp, rtp, from);
}

// Where to send the next packet of this component; null: nowhere (drop). A provisional source is
// charged for the packet, so call it once per packet that is about to leave. Before anything is
// latched packets go to the SDP endpoint, except behind NAT where that address means nothing.
[[nodiscard]] const Source* send_target(LatchState& state);
// The same for RTCP on a port of its own.
[[nodiscard]] const Source* rtcp_send_target(LatchState& rtcp, const LatchState& rtp);

// Takes over new rules at once (UpdateLeg Replace, or the first answer). Learning reopens only if
// the SDP address or port changed, or became known and contradicts the latch; otherwise the latch
// stays. Rules without an SDP endpoint (held with c=0.0.0.0) keep the one known before.
void replace_rules(LatchState& state, const LatchRules& rules);

// A change is staged: packets of the old and of the new state are accepted, sending stays with the
// old one. Staging again replaces what was staged. commit makes the new state the only one and
// revert forgets it; without a staged change both do nothing.
void stage_rules(LatchState& state, const LatchRules& rules);
void commit_rules(LatchState& state);
void revert_rules(LatchState& state);

// Settles the latch on `source`, which something stronger than an address has proven: the state of
// a previous process (re-install), SRTP authentication or an ICE check.
void settle(LatchState& state, const Source& source);

// True when `state` has a source that packets may keep flowing to (not a provisional one).
[[nodiscard]] inline bool is_settled(const LatchState& state) {
    return state.latched && state.rank >= LatchRank::SignalingAddress;
}

}  // namespace portcullis::nat
