// SPDX-License-Identifier: BSD-2-Clause
// A confirmed call into its checkpoint and back.
#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {
namespace {

WallTime from_us(std::int64_t us) { return WallTime(std::chrono::microseconds(us)); }

std::int64_t to_us(const std::optional<WallTime>& at) {
    return at ? at->time_since_epoch().count() : 0;
}

std::int64_t to_us(TimePoint at) {
    return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

// When that was by the steady clock, which a step of the time of day does not move. Without it, as
// after a boot, the time of day has to do; what it makes of the future was just now.
TimePoint resumed(const Clock& clock, std::int64_t steady_us, std::int64_t wall_us) {
    const auto now = clock.now();
    const TimePoint at(std::chrono::duration_cast<Duration>(std::chrono::microseconds(steady_us)));
    if (steady_us > 0 && at <= now) return at;
    return now - std::max<Duration>(clock.wall_now() - from_us(wall_us), Duration::zero());
}

}  // namespace

BasicLegCheckpoint<Referred> checkpoint_of(const Leg& leg, const dialog::DialogState& dialog) {
    return {.realm = leg.realm,
            .trunk = leg.trunk,
            .address = leg.address,
            .destination_interface = leg.destination.interface,
            .destination_transport = leg.destination.transport,
            .destination = leg.destination.remote,
            .signaling_source = leg.signaling_source,
            .behind_nat = leg.behind_nat,
            .latching = static_cast<std::uint8_t>(leg.terms.latching),
            .nat_policy = static_cast<std::uint8_t>(leg.terms.behind_nat),
            .media = *leg.media,
            .dialog = dialog,
            .peer = leg.peer,
            .timer = leg.timer.value_or(dialog::SessionTimer{dialog::SessionTimerTerms{}}),
            .server_name = leg.destination.server_name};
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

std::vector<std::byte> Call::checkpoint() const {
    static const dialog::DialogState kNone;
    const auto dialog_state = [this](const Leg& leg) -> const dialog::DialogState& {
        auto* const entry = leg.dialog ? env_.dialogs().find(*leg.dialog) : nullptr;
        return entry == nullptr ? kNone : entry->dialog.state();
    };
    const auto timeout = std::chrono::milliseconds(setup_.route.media_timeout).count();
    return codec::to_bytes(
        BasicCallCheckpoint<Referred>{.call = id_.value,
                                      .a = checkpoint_of(a_, dialog_state(a_)),
                                      .b = checkpoint_of(b_, dialog_state(b_)),
                                      .generation = generation_,
                                      .media_timeout_ms = timeout,
                                      .started_us = record_.started_at.time_since_epoch().count(),
                                      .ringing_us = to_us(record_.ringing_at),
                                      .answered_us = to_us(record_.answered_at),
                                      .max_duration_s = setup_.route.max_call_duration.count(),
                                      .from_number = record_.from_number,
                                      .to_number = record_.to_number,
                                      .from_number_original = record_.from_number_original,
                                      .to_number_original = record_.to_number_original,
                                      .route = record_.route,
                                      .gateway = record_.b_gateway,
                                      .attempts = record_.attempts,
                                      .config_revision = record_.config_revision,
                                      .started_steady_us = to_us(started_),
                                      .answered_steady_us = answered_ ? to_us(*answered_) : 0});
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

    const auto now = env_.clock().now();
    started_ = resumed(env_.clock(), in.started_steady_us, in.started_us);
    answered_ = std::max(resumed(env_.clock(), in.answered_steady_us, in.answered_us), started_);
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
    record_.setup_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(*answered_ - started_).count();
    record_.pdd_ms = record_.setup_ms;
    if (in.ringing_us != 0) {
        record_.pdd_ms =
            std::clamp<std::int64_t>((in.ringing_us - in.started_us) / 1000, 0, record_.setup_ms);
    }
    record_.attempts = in.attempts;
    record_.config_revision = in.config_revision;
    env_.watch(id_, Side::A, record_.a_sip_call_id);
    env_.watch(id_, Side::B, record_.b_sip_call_id);
    if (in.max_duration_s > 0) {
        env_.start_timer(
            id_, CallTimer::Duration,
            std::max<Duration>(*answered_ + std::chrono::seconds(in.max_duration_s) - now,
                               Duration::zero()));
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
