// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/session_table.hpp"

#include <memory>

#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {

namespace {

void set_flag(std::uint16_t& flags, std::uint16_t flag, bool on) {
    flags = static_cast<std::uint16_t>(on ? flags | flag : flags & ~flag);
}

}  // namespace

SessionTable::SessionTable(std::uint32_t capacity)
    : capacity_(capacity),
      flows_(std::size_t{capacity} + 1, true),
      colds_(std::size_t{capacity} + 1, false),
      ports_(kMaxPools << 16, true) {}

SessionTable::Result SessionTable::install(const InstallFlow& command) {
    const FlowConfig& config = command.config;
    if (command.flow == kNoFlow || command.flow > capacity_ || config.pool >= kMaxPools) {
        return Result::UnknownFlow;
    }
    FlowIndex& slot = ports_[(std::size_t{config.pool} << 16) | config.local_port];
    if (exists(command.flow) || slot != kNoFlow) return Result::SlotInUse;

    Flow& flow = *std::construct_at(&flows_[command.flow]);
    FlowCold& cold = *std::construct_at(&colds_[command.flow]);
    cold.name = config.name;
    cold.sibling = config.sibling;
    cold.pool_key = config.pool_key;
    cold.settings = config.settings;
    cold.latch = nat::make_latch(latch_rules(config.settings));
    if (config.restored_latch) {
        const nat::Source restored = nat::Source::from(*config.restored_latch);
        nat::settle(cold.latch, restored);
        cold.to_latched = {restored, config.restored_next_hop};
    }
    set_flag(flow.rx_flags, kFlowMuxed, config.rtcp_mux);
    set_flag(flow.rx_flags, kFlowIsRtcp, config.name.component == Component::Rtcp);
    flow.local_port = config.local_port;
    flow.pool = config.pool;
    flow.tag = session_tag(config.name.session);
    slot = command.flow;
    ++count_;
    apply_links(command.flow, command.links);
    apply_settings(command.flow);
    return Result::Done;
}

SessionTable::Result SessionTable::update(const UpdateFlow& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    FlowCold& cold = colds_[command.flow];
    cold.has_staged = false;
    cold.settings = command.settings;
    nat::replace_rules(cold.latch, latch_rules(command.settings));
    apply_settings(command.flow);
    return Result::Done;
}

SessionTable::Result SessionTable::stage(const StageFlow& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    FlowCold& cold = colds_[command.flow];
    cold.has_staged = true;
    cold.staged = command.settings;
    nat::stage_rules(cold.latch, latch_rules(command.settings));
    apply_settings(command.flow);
    return Result::Done;
}

SessionTable::Result SessionTable::commit(const CommitFlow& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    FlowCold& cold = colds_[command.flow];
    if (!cold.has_staged) return Result::Done;
    cold.has_staged = false;
    cold.settings = cold.staged;
    nat::commit_rules(cold.latch);
    if (cold.to_staged.to && cold.to_staged.to.same_address(cold.latch.latched)) {
        cold.to_latched = cold.to_staged;
    }
    apply_settings(command.flow);
    return Result::Done;
}

SessionTable::Result SessionTable::revert(const RevertFlow& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    FlowCold& cold = colds_[command.flow];
    if (!cold.has_staged) return Result::Done;
    cold.has_staged = false;
    nat::revert_rules(cold.latch);
    apply_settings(command.flow);
    return Result::Done;
}

SessionTable::Result SessionTable::remove(const RemoveFlow& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    Flow& flow = flows_[command.flow];
    ports_[(std::size_t{flow.pool} << 16) | flow.local_port] = kNoFlow;
    // The figures stay for stats(); everything that packets could follow goes.
    flow.tag = 0;
    flow.rx_flags = 0;
    flow.tx_flags = 0;
    flow.source_port = 0;
    flow.remote_port = 0;
    flow.rtp_link = kNoFlow;
    flow.rtcp_link = kNoFlow;
    --count_;
    return Result::Done;
}

SessionTable::Result SessionTable::set_links(const SetLinks& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    apply_links(command.flow, command.links);
    return Result::Done;
}

SessionTable::Result SessionTable::set_next_hop(const SetNextHop& command) {
    if (!exists(command.flow)) return Result::UnknownFlow;
    FlowCold& cold = colds_[command.flow];
    const auto is_remote = [&](const std::optional<Endpoint>& remote) {
        return remote && remote->address == command.remote;
    };
    if (is_remote(cold.settings.remote)) cold.settings.next_hop = command.next_hop;
    if (cold.has_staged && is_remote(cold.staged.remote)) cold.staged.next_hop = command.next_hop;
    // Any port but 0: only the address counts. A way to somewhere else (the SDP address behind NAT
    // is rerouted too) must not take the place of the latched source's.
    const ResolvedHop way{nat::Source::from(Endpoint{command.remote, 1}), command.next_hop};
    const nat::LatchState& latch = cold.latch;
    if (way.to.same_address(latch.latched) || way.to.same_address(cold.to_latched.to)) {
        cold.to_latched = way;
    }
    if (latch.staged && way.to.same_address(latch.next_latched)) cold.to_staged = way;
    refresh_paths(*this, command.flow);
    return Result::Done;
}

void SessionTable::apply_links(FlowIndex index, const FlowLinks& links) {
    const auto known = [this](FlowIndex target) { return target <= capacity_ ? target : kNoFlow; };
    Flow& flow = flows_[index];
    FlowLinks& kept = colds_[index].links;
    kept = links;
    flow.rtp_link = kept.rtp = known(links.rtp);
    flow.rtcp_link = kept.rtcp = known(links.rtcp);
    bool copies = false;
    for (std::size_t i = 0; i < kMaxCopies; ++i) {
        kept.rtp_copies[i] = known(links.rtp_copies[i]);
        kept.rtcp_copies[i] = known(links.rtcp_copies[i]);
        copies = copies || kept.rtp_copies[i] != kNoFlow || kept.rtcp_copies[i] != kNoFlow;
    }
    set_flag(flow.rx_flags, kFlowHasCopies, copies);
}

void SessionTable::apply_settings(FlowIndex index) {
    Flow& flow = flows_[index];
    FlowCold& cold = colds_[index];
    const FlowSettings& settings = cold.settings;
    set_flag(flow.rx_flags, kFlowReceiveRtp,
             settings.receive || (cold.has_staged && cold.staged.receive));
    flow.tx_flags = static_cast<std::uint8_t>(settings.send ? flow.tx_flags | kFlowSendRtp
                                                            : flow.tx_flags & ~kFlowSendRtp);
    flow.traffic_class = static_cast<std::uint8_t>(settings.dscp << 2);
    // The payload types may have other clocks now: have the next packet look.
    flow.jitter.clock.set(flow.jitter.clock.get() | JitterEstimator::kUnset);
    cold.refusal_reported = false;
    refresh_paths(*this, index);
}

FlowStats SessionTable::stats(FlowIndex index) const {
    FlowStats stats;
    if (index > capacity_) return stats;
    const Flow& flow = flows_[index];
    const FlowCold& cold = colds_[index];
    stats.rx_packets = flow.rx_packets.get();
    stats.rx_bytes = flow.rx_bytes.get();
    stats.rx_lost = flow.sequence.lost(cold.history, stats.rx_packets);
    stats.rx_expected = flow.sequence.expected(cold.history);
    stats.rx_duplicates = cold.history.duplicates.get();
    stats.rx_reordered = cold.history.reordered.get();
    stats.rx_jitter_us = flow.jitter.jitter_us();
    stats.rx_max_jitter_us = flow.jitter.highest_jitter_us();
    stats.rx_ssrc = flow.sequence.ssrc.get();
    stats.rx_payload_type = flow.payload_type.get();
    stats.rx_ssrc_changes = cold.history.ssrc_changes.get();
    stats.rx_rtcp_packets = cold.rx_rtcp_packets.get();
    stats.rx_rejected = cold.rejected.get();
    stats.tx_packets = flow.tx_packets.get();
    stats.tx_bytes = flow.tx_bytes.get();
    stats.tx_rtcp_packets = cold.tx_rtcp_packets.get();
    if (const nat::Source latched = cold.published.load()) stats.latched = latched.endpoint();
    stats.first_packet_us = static_cast<std::int64_t>(cold.first_rx_us.get());
    stats.last_packet_us = static_cast<std::int64_t>(flow.last_rx_us.get());
    return stats;
}

}  // namespace portcullis::relay
