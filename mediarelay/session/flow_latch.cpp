// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/flow_latch.hpp"

#include <cstring>

namespace portcullis::relay {

namespace {

const FlowCold* sibling_of(const SessionTable& table, FlowIndex flow) {
    const FlowIndex sibling = table.cold(flow).sibling;
    if (sibling == kNoFlow || sibling > table.capacity()) return nullptr;
    return table.flow(sibling).tag == table.flow(flow).tag ? &table.cold(sibling) : nullptr;
}

bool is_rtcp(const Flow& flow) { return (flow.rx_flags & kFlowIsRtcp) != 0; }

// What on_packet and on_rtcp_packet accept without looking further.
bool is_cacheable(const FlowCold& cold, const FlowCold* rtp, bool rtcp) {
    if (!rtcp) return nat::is_settled(cold.latch);
    return rtp != nullptr && cold.latch.latched && nat::is_settled(rtp->latch) &&
           cold.latch.latched.same_address(rtp->latch.latched);
}

void cache_source(Flow& flow, const nat::Source& source) {
    flow.source_high = source.high;
    flow.source_low = source.low;
    flow.source_port = source.port;
}

// Control resolved the SDP remote's address, and it is `target`'s.
bool leads_to(const FlowSettings& settings, const nat::Source& target) {
    return settings.next_hop != kNoNextHop && settings.remote &&
           target.same_address(nat::Source::from(*settings.remote));
}

NextHopId next_hop_to(const FlowCold& cold, const nat::Source& target) {
    if (leads_to(cold.settings, target)) return cold.settings.next_hop;
    return target.same_address(cold.to_latched.to) ? cold.to_latched.next_hop : kNoNextHop;
}

// The same once the staged change is committed.
NextHopId staged_next_hop_to(const FlowCold& cold, const nat::Source& target) {
    if (leads_to(cold.staged, target)) return cold.staged.next_hop;
    return target.same_address(cold.to_staged.to) ? cold.to_staged.next_hop : kNoNextHop;
}

// Control keeps ways only for what is latched: others may be another neighbour's by now. While the
// latch is open the last one stays good.
void forget_left_ways(FlowCold& cold) {
    const nat::LatchState& latch = cold.latch;
    if (latch.latched && !latch.latched.same_address(cold.to_latched.to)) cold.to_latched = {};
    if (!latch.staged || !latch.next_latched.same_address(cold.to_staged.to)) cold.to_staged = {};
}

bool is_v4(const std::array<std::byte, 16>& address) {
    constexpr std::array<std::byte, 12> kMapped{
        {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
    return std::memcmp(address.data(), kMapped.data(), kMapped.size()) == 0;
}

void cache_target(Flow& flow, const FlowCold& cold, const nat::Source* target) {
    if (target == nullptr) {
        flow.remote_port = 0;
        return;
    }
    std::memcpy(flow.remote.data(), &target->high, 8);
    std::memcpy(flow.remote.data() + 8, &target->low, 8);
    flow.remote_port = target->port;
    flow.next_hop = next_hop_to(cold, *target);
    flow.tx_flags = static_cast<std::uint8_t>(is_v4(flow.remote) ? flow.tx_flags & ~kFlowRemoteV6
                                                                 : flow.tx_flags | kFlowRemoteV6);
}

void refresh_one(SessionTable& table, FlowIndex index) {
    Flow& flow = table.flow(index);
    FlowCold& cold = table.cold(index);
    const bool rtcp = is_rtcp(flow);
    const FlowCold* rtp = rtcp ? sibling_of(table, index) : nullptr;
    const bool settled = is_cacheable(cold, rtp, rtcp);
    cache_source(flow, settled ? cold.latch.latched : nat::Source{});
    cold.published.store(cold.latch.latched);
    forget_left_ways(cold);
    if (settled) {
        // Once settled, send_target gives the latched source (for Strict the same as in SDP).
        flow.tx_flags |= kFlowSettled;
        cache_target(flow, cold, &cold.latch.latched);
    } else {
        flow.tx_flags = static_cast<std::uint8_t>(flow.tx_flags & ~kFlowSettled);
        flow.remote_port = 0;
    }
}

SourceVerdict learned(const FlowCold& cold, const nat::Source& from) {
    const bool staged = from != cold.latch.latched;
    const NextHopId way = staged ? staged_next_hop_to(cold, from) : next_hop_to(cold, from);
    return {
        .accepted = true, .learned = true, .staged = staged, .next_hop_needed = way == kNoNextHop};
}

}  // namespace

nat::LatchRules latch_rules(const FlowSettings& settings) {
    nat::LatchRules rules;
    rules.policy = static_cast<nat::LatchPolicy>(settings.latch.policy);
    rules.signaling_prefix = settings.latch.signaling_prefix;
    if (settings.remote) rules.sdp = nat::Source::from(*settings.remote);
    if (settings.latch.signaling_address) {
        rules.signaling = nat::Source::from(Endpoint{*settings.latch.signaling_address, 0});
    }
    return rules;
}

SourceVerdict judge_source(SessionTable& table, FlowIndex index, const nat::Source& from) {
    Flow& flow = table.flow(index);
    FlowCold& cold = table.cold(index);
    nat::LatchVerdict verdict = nat::LatchVerdict::Rejected;
    if (is_rtcp(flow)) {
        const FlowCold* rtp = sibling_of(table, index);
        if (rtp != nullptr) verdict = nat::on_rtcp_packet(cold.latch, rtp->latch, from);
    } else {
        verdict = nat::on_packet(cold.latch, from);
    }
    switch (verdict) {
        case nat::LatchVerdict::Accepted:
            return {.accepted = true};
        case nat::LatchVerdict::Learned:
            cold.refusal_reported = false;
            refresh_paths(table, index);
            return learned(cold, from);
        case nat::LatchVerdict::Rejected:
            break;
    }
    cold.rejected.add(1);
    const bool first = !cold.refusal_reported;
    cold.refusal_reported = true;
    return {.report_refusal = first};
}

void refresh_paths(SessionTable& table, FlowIndex flow) {
    refresh_one(table, flow);
    if (!is_rtcp(table.flow(flow)) && sibling_of(table, flow) != nullptr) {
        refresh_one(table, table.cold(flow).sibling);
    }
}

bool choose_target(SessionTable& table, FlowIndex index) {
    Flow& flow = table.flow(index);
    FlowCold& cold = table.cold(index);
    const nat::Source* target = nullptr;
    if (is_rtcp(flow)) {
        const FlowCold* rtp = sibling_of(table, index);
        if (rtp != nullptr) target = nat::rtcp_send_target(cold.latch, rtp->latch);
    } else {
        target = nat::send_target(cold.latch);
    }
    cache_target(flow, cold, target);
    return target != nullptr;
}

}  // namespace portcullis::relay
