// SPDX-License-Identifier: BSD-2-Clause
#include "nat/latch.hpp"

#include <algorithm>

namespace portcullis::nat {
namespace {

bool settled(const Source& latched, LatchRank rank) {
    return latched && rank >= LatchRank::SignalingAddress;
}

LatchRank sdp_rank(const LatchRules& rules, const Source& from) {
    if (!rules.sdp || !from.same_address(rules.sdp)) return LatchRank::None;
    return from.port == rules.sdp.port ? LatchRank::SdpEndpoint : LatchRank::SdpAddress;
}

// How well `from` is proven under the policy; None: the policy refuses it.
LatchRank rank_of(const LatchRules& rules, const Source& from) {
    const LatchRank by_sdp = sdp_rank(rules, from);
    switch (rules.policy) {
        case LatchPolicy::Strict:
            return by_sdp == LatchRank::SdpEndpoint ? by_sdp : LatchRank::None;
        case LatchPolicy::SdpAddress:
            return by_sdp;
        case LatchPolicy::SignalingAddress:
            return in_network(from, rules.signaling, rules.signaling_prefix)
                       ? LatchRank::SignalingAddress
                       : LatchRank::None;
        case LatchPolicy::Any:
            if (by_sdp != LatchRank::None) return by_sdp;
            if (in_network(from, rules.signaling, rules.signaling_prefix)) {
                return LatchRank::SignalingAddress;
            }
            return (rules.sdp && same_site(from, rules.sdp)) || same_site(from, rules.signaling)
                       ? LatchRank::SameNetwork
                       : LatchRank::Unknown;
    }
    return LatchRank::None;
}

bool may_be_sent_to(const Source& source) { return source.endpoint().address.is_usable_target(); }

// A better-ranked source takes over under Any; under SdpAddress only the very endpoint of the SDP,
// which is the same host. SignalingAddress and Strict know one rank each.
bool takes_over(LatchRank rank, LatchRank current) { return rank > current; }

LatchVerdict learn_provisional(LatchState& state, Source& latched, LatchRank& current,
                               const Source& from, LatchRank rank) {
    const bool same = from == latched;
    if (!same && !takes_over(rank, current)) return LatchVerdict::Rejected;
    if (state.provisional_heard >= kProvisionalPackets) return LatchVerdict::Rejected;
    ++state.provisional_heard;
    latched = from;
    current = rank;
    return same ? LatchVerdict::Accepted : LatchVerdict::Learned;
}

// True for the packets that may still be on their way from the source before the last change.
bool is_trailing(LatchState& state, const Source& from) {
    if (state.staged || from != state.next_latched) return false;
    if (state.trailing_heard >= kTrailingPackets) return false;
    ++state.trailing_heard;
    return true;
}

// One of the two slots (`latched` or `next_latched`) against its rules.
LatchVerdict learn(LatchState& state, const LatchRules& rules, Source& latched, LatchRank& current,
                   const Source& from) {
    const LatchRank rank = rank_of(rules, from);
    if (rank == LatchRank::None || !may_be_sent_to(from)) return LatchVerdict::Rejected;
    if (rank < LatchRank::SignalingAddress) {
        return learn_provisional(state, latched, current, from, rank);
    }
    if (settled(latched, current)) {
        if (from == latched) return LatchVerdict::Accepted;
        if (!takes_over(rank, current)) return LatchVerdict::Rejected;
    }
    latched = from;
    current = rank;
    return LatchVerdict::Learned;
}

// Addresses that RTCP may come from while one slot of the RTP latch stands as given.
bool rtcp_address_fits(const LatchRules& rtp, const Source& latched, LatchRank rank,
                       const Source& from) {
    if (settled(latched, rank)) return from.same_address(latched);
    switch (rtp.policy) {
        case LatchPolicy::Strict:
        case LatchPolicy::SdpAddress:
            return rtp.sdp && from.same_address(rtp.sdp);
        case LatchPolicy::SignalingAddress:
            // With a mask there is a choice, and RTP makes it.
            return rtp.signaling_prefix == 0 && rtp.signaling.has_address() &&
                   from.same_address(rtp.signaling);
        case LatchPolicy::Any:
            return false;
    }
    return false;
}

LatchVerdict learn_rtcp(const LatchRules& rules, Source& latched, LatchRank& current,
                        const Source& from) {
    if (!may_be_sent_to(from)) return LatchVerdict::Rejected;
    const LatchRank by_sdp = sdp_rank(rules, from);
    const LatchRank rank = std::max(by_sdp, LatchRank::SignalingAddress);
    if (from == latched) return LatchVerdict::Accepted;
    // A latch on an address that RTP has left holds nothing.
    if (latched && latched.same_address(from) && !takes_over(rank, current)) {
        return LatchVerdict::Rejected;
    }
    latched = from;
    current = rank;
    return LatchVerdict::Learned;
}

// Where packets go while nothing is latched.
const Source* unlatched_target(const LatchRules& rules, const Source& sdp) {
    if (!sdp) return nullptr;
    // Behind NAT the SDP address is the inside one, unless it happens to be the outside one too.
    if (rules.policy == LatchPolicy::SignalingAddress &&
        !in_network(sdp, rules.signaling, rules.signaling_prefix)) {
        return nullptr;
    }
    return &sdp;
}

// The rules that take effect: a description without a usable address keeps the endpoint known.
LatchRules effective(const LatchState& state, LatchRules rules) {
    if (!rules.sdp) rules.sdp = state.rules.sdp;
    return rules;
}

// Whether the latch must go when `rules` take effect. An endpoint that only now becomes known
// confirms a latch that it admits.
bool reopens(const LatchState& state, const LatchRules& rules) {
    if (rules.sdp == state.rules.sdp) return false;
    return state.rules.sdp || !state.latched || rank_of(rules, state.latched) == LatchRank::None;
}

void reopen(LatchState& state, const LatchRules& rules, const Source& learned, LatchRank rank) {
    const Source before = state.latched;
    state.rules = rules;
    state.latched = learned;
    state.rank = rank;
    state.next_latched = before;
    state.next_rank = LatchRank::None;
    state.trailing_heard = 0;
    state.staged = false;
    state.opening = false;
}

}  // namespace

LatchState make_latch(const LatchRules& rules) {
    LatchState state;
    state.rules = rules;
    return state;
}

LatchVerdict on_other_source(LatchState& state, const Source& from) {
    if (!from) return LatchVerdict::Rejected;
    if (state.opening && from == state.next_latched &&
        settled(state.next_latched, state.next_rank)) {
        return LatchVerdict::Accepted;
    }
    // Only a source that the present rules would latch can be a trailing one.
    if (!settled(state.latched, state.rank) &&
        rank_of(state.rules, from) >= LatchRank::SignalingAddress && is_trailing(state, from)) {
        return LatchVerdict::Accepted;
    }
    const LatchVerdict verdict = learn(state, state.rules, state.latched, state.rank, from);
    if (verdict != LatchVerdict::Rejected || !state.opening) return verdict;
    return learn(state, state.next, state.next_latched, state.next_rank, from);
}

LatchVerdict on_other_rtcp_source(LatchState& rtcp, const LatchState& rtp, const Source& from) {
    if (!from) return LatchVerdict::Rejected;
    // Strict believes a=rtcp whatever address it names; nothing is learned.
    const auto fits = [&from](const LatchRules& own, const LatchRules& of_rtp,
                              const Source& latched, LatchRank rank) {
        if (own.policy == LatchPolicy::Strict) return from == own.sdp;
        return rtcp_address_fits(of_rtp, latched, rank, from);
    };
    if (fits(rtcp.rules, rtp.rules, rtp.latched, rtp.rank)) {
        const LatchVerdict verdict = learn_rtcp(rtcp.rules, rtcp.latched, rtcp.rank, from);
        if (verdict != LatchVerdict::Rejected || !rtcp.opening) return verdict;
    }
    if (rtcp.opening && fits(rtcp.next, rtp.next, rtp.next_latched, rtp.next_rank)) {
        return learn_rtcp(rtcp.next, rtcp.next_latched, rtcp.next_rank, from);
    }
    return LatchVerdict::Rejected;
}

const Source* send_target(LatchState& state) {
    if (settled(state.latched, state.rank)) return &state.latched;
    if (state.latched && state.provisional_sent < kProvisionalPackets) {
        ++state.provisional_sent;
        return &state.latched;
    }
    return unlatched_target(state.rules, state.rules.sdp);
}

const Source* rtcp_send_target(LatchState& rtcp, const LatchState& rtp) {
    if (rtcp.rules.policy == LatchPolicy::Strict) return rtcp.rules.sdp ? &rtcp.rules.sdp : nullptr;
    if (!settled(rtp.latched, rtp.rank)) {
        if (rtcp.latched) return &rtcp.latched;
        return unlatched_target(rtp.rules, rtcp.rules.sdp);
    }
    if (rtcp.latched && rtcp.latched.same_address(rtp.latched)) return &rtcp.latched;
    const Source& sdp = rtcp.rules.sdp;
    return sdp && sdp.same_address(rtp.latched) ? &sdp : nullptr;
}

void replace_rules(LatchState& state, const LatchRules& rules) {
    revert_rules(state);
    const LatchRules wanted = effective(state, rules);
    if (reopens(state, wanted)) {
        reopen(state, wanted, {}, LatchRank::None);
    } else {
        state.rules = wanted;
    }
}

void stage_rules(LatchState& state, const LatchRules& rules) {
    revert_rules(state);
    state.next = effective(state, rules);
    state.next_latched = {};
    state.next_rank = LatchRank::None;
    state.staged = true;
    state.opening = state.next.sdp != state.rules.sdp;
}

void commit_rules(LatchState& state) {
    if (!state.staged) return;
    if (reopens(state, state.next)) {
        reopen(state, state.next, state.next_latched, state.next_rank);
    } else {
        state.rules = state.next;
        revert_rules(state);
    }
}

void revert_rules(LatchState& state) {
    if (!state.staged) return;
    state.staged = false;
    state.opening = false;
    state.next_latched = {};
    state.next_rank = LatchRank::None;
}

void settle(LatchState& state, const Source& source) {
    state.latched = source;
    state.rank = std::max(rank_of(state.rules, source), LatchRank::SignalingAddress);
}

}  // namespace portcullis::nat
