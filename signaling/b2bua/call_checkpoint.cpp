// SPDX-License-Identifier: BSD-2-Clause
// A confirmed call into its checkpoint and back.
#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {
namespace {

WallTime from_us(std::int64_t us) { return WallTime(std::chrono::microseconds(us)); }

std::int64_t to_us(const std::optional<WallTime>& at) {
    return at ? at->time_since_epoch().count() : 0;
}

}  // namespace

LegCheckpoint checkpoint_of(const Leg& leg, const dialog::DialogState& dialog) {
    LegCheckpoint out;
    out.realm = leg.realm;
    out.trunk = leg.trunk;
    out.address = leg.address;
    out.destination_interface = leg.destination.interface;
    out.destination_transport = leg.destination.transport;
    out.destination = leg.destination.remote;
    out.signaling_source = leg.signaling_source;
    out.behind_nat = leg.behind_nat;
    out.latching = static_cast<std::uint8_t>(leg.terms.latching);
    out.nat_policy = static_cast<std::uint8_t>(leg.terms.behind_nat);
    out.media = *leg.media;
    out.dialog = dialog;
    out.peer = leg.peer;
    if (leg.timer) out.timer = *leg.timer;
    out.server_name = leg.destination.server_name;
    return out;
}

Leg restore_leg(Side side, const LegCheckpoint& in) {
    Leg leg;
    leg.side = side;
    leg.realm = in.realm;
    leg.trunk = in.trunk;
    leg.address = in.address;
    // The connection died with the process; the peer's next request or a new one replaces it.
    leg.destination = {.interface = in.destination_interface,
                       .transport = in.destination_transport,
                       .remote = in.destination,
                       .flow = {},
                       .server_name = in.server_name,
                       .trunk = in.trunk};
    leg.signaling_source = in.signaling_source;
    leg.behind_nat = in.behind_nat;
    leg.terms.latching = static_cast<config::Latching>(std::min<int>(in.latching, 3));
    leg.terms.behind_nat = static_cast<config::BehindNat>(std::min<int>(in.nat_policy, 2));
    *leg.media = in.media;
    leg.media->offer_answer.on_rollback();  // an offer that was in flight died with the process
    leg.call_id = in.dialog.id.call_id;
    leg.dialog = in.dialog.id;
    leg.peer = in.peer;
    leg.timer = in.timer;
    return leg;
}

CallCheckpoint Call::checkpoint() const {
    CallCheckpoint out;
    out.call = id_.value;
    const auto dialog_state = [this](const Leg& leg) {
        auto* const entry = leg.dialog ? env_.dialogs().find(*leg.dialog) : nullptr;
        return entry == nullptr ? dialog::DialogState{} : entry->dialog.state();
    };
    out.a = checkpoint_of(a_, dialog_state(a_));
    out.b = checkpoint_of(b_, dialog_state(b_));
    out.generation = generation_;
    out.media_timeout_ms = std::chrono::milliseconds(setup_.route.media_timeout).count();
    out.started_us = record_.started_at.time_since_epoch().count();
    out.ringing_us = to_us(record_.ringing_at);
    out.answered_us = to_us(record_.answered_at);
    out.max_duration_s = setup_.route.max_call_duration.count();
    out.from_number = record_.from_number;
    out.to_number = record_.to_number;
    out.from_number_original = record_.from_number_original;
    out.to_number_original = record_.to_number_original;
    out.route = record_.route;
    out.gateway = record_.b_gateway;
    out.attempts = record_.attempts;
    out.config_revision = record_.config_revision;
    return out;
}

Call::Call(CallId id, CallEnvironment& environment, CallCheckpoint in)
    : id_(id),
      env_(environment),
      state_(CallState::Connected),
      a_(restore_leg(Side::A, in.a)),
      b_(restore_leg(Side::B, in.b)),
      a_answered_(true),
      // An operation of the dead process may have reached the relay after the checkpoint.
      generation_(in.generation + 64),
      media_installed_(true) {
    setup_.route.media_timeout =
        std::chrono::duration_cast<std::chrono::seconds>(Milliseconds(in.media_timeout_ms));
    setup_.route.max_call_duration = std::chrono::seconds(in.max_duration_s);
    setup_.ingress_token = env_.admission().adopt_call(a_.trunk);
    egress_token_ = env_.admission().adopt_call(b_.trunk);
    next_leg_ = std::max(a_.media->spec.leg.value, b_.media->spec.leg.value) + 1;

    // The steady clock does not survive; the time since the start does.
    const auto wall = env_.clock().wall_now();
    const auto now = env_.clock().now();
    started_ = now - (wall - from_us(in.started_us));
    answered_ = now - (wall - from_us(in.answered_us));
    record_.a_sip_call_id = in.a.dialog.id.call_id;
    record_.b_sip_call_id = in.b.dialog.id.call_id;
    record_.from_number = in.from_number;
    record_.to_number = in.to_number;
    record_.from_number_original = in.from_number_original;
    record_.to_number_original = in.to_number_original;
    record_.a_realm = a_.realm;
    record_.a_trunk = a_.trunk;
    record_.b_realm = b_.realm;
    record_.b_trunk = b_.trunk;
    record_.b_gateway = in.gateway;
    record_.route = in.route;
    record_.started_at = from_us(in.started_us);
    if (in.ringing_us != 0) record_.ringing_at = from_us(in.ringing_us);
    record_.answered_at = from_us(in.answered_us);
    record_.setup_ms = (in.answered_us - in.started_us) / 1000;
    record_.pdd_ms = in.ringing_us != 0 ? (in.ringing_us - in.started_us) / 1000 : record_.setup_ms;
    record_.attempts = in.attempts;
    record_.config_revision = in.config_revision;
    env_.watch(id_, Side::A, record_.a_sip_call_id);
    env_.watch(id_, Side::B, record_.b_sip_call_id);
    if (in.max_duration_s > 0) {
        env_.start_timer(id_, CallTimer::Duration,
                         *answered_ + std::chrono::seconds(in.max_duration_s) - now);
    }
    for (Leg* const leg : {&a_, &b_}) {
        if (const auto* const trunk = env_.config()->policy->find_trunk(leg->trunk)) {
            leg->session = trunk->session;
        }
        leg->timer->restart(now);
        arm_session_timer(leg->side);
    }
    env_.start_timer(id_, CallTimer::Rest, kRestAfter);
    story("recovered after a restart of signaling");
}

}  // namespace portcullis::b2bua
