// SPDX-License-Identifier: BSD-2-Clause
// Replaces (RFC 3891): a leg of another call joins this one, or a new INVITE takes the place of a
// leg.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/hold.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::b2bua {

// Attended transfer: the referrer's other call is with us as well; its far end joins this one.
void Call::transfer_to_dialog(const std::string& replaces) {
    const auto named = sip::parse_replaces(replaces);
    const auto found = named ? env_.find_replaced(*named) : std::nullopt;
    if (!found || found->call == id_) {
        story("the call to be joined is not known");
        transfer_failed(481);
        return;
    }
    auto taken = env_.take_leg(*found, id_);
    if (!taken) {
        story("the call to be joined can not be changed now");
        transfer_failed(491);
        return;
    }
    notify_transfer(200);
    const Side side = transfer_->from;
    transfer_.reset();
    forget_setup();
    retire(side);
    join(side, std::move(*taken));
}

// The leg gets ports of this call's session, is asked to use them, and the other one learns what it
// says.
void Call::join(Side side, TakenLeg taken) {
    Leg& fresh = leg_at(side);
    fresh = std::move(taken.leg);
    fresh.side = side;
    (side == Side::A ? setup_.ingress_token : egress_token_) = std::move(taken.token);
    const Leg& staying = leg_at(other(side));
    fresh.media->spec.leg = LegId{next_leg_++};
    fresh.media->ports.clear();
    env_.watch(id_, side, fresh.call_id);
    story("joined with a leg of another call, on " + fresh.trunk);
    const auto offer = env_.session_reader().read(sdp::without_hold(staying.media->remote_sdp));
    auto spec = offer ? plan(fresh, media::PeerRole::Answerer, *offer, nullptr)
                      : Result<relay_api::LegSpec>(fail(sdp::Errc::Syntax));
    if (!spec) {
        release(record::ReleasedBy::Sbc, 0, "media of the two calls cannot be joined");
        return;
    }
    fresh.media->spec = std::move(*spec);
    arm_session_timer(side);
    with_media(whole_session(), [this, side](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 0, "media relay refused to join two calls");
            return;
        }
        take_all_ports(*reply);
        env_.save_checkpoint(id_);
        const Leg& other_leg = leg_at(other(side));
        start_own_exchange(
            other(side), sdp::without_hold(other_leg.media->remote_sdp), [this, side](bool done) {
                if (done) {
                    tell_of_new_party(side);
                    return;
                }
                release(record::ReleasedBy::Sbc, 0, "the transfer target refused the joined media");
            });
    });
}

// Another call takes the leg that is not named; this one ends with the named leg.
std::optional<TakenLeg> Call::give_leg(const dialog::DialogId& named, CallId to) {
    const Side leaving = other(side_of(named));
    auto* const dialog = dialog_of(leaving);
    const bool busy = exchange_ || refresh_ || transfer_ || awaiting_delayed_answer_;
    if (state_ != CallState::Connected || media_pending_ || busy || dialog == nullptr) return {};
    const dialog::Dialog kept = *dialog;
    env_.dialogs().erase(kept.id());
    (void)env_.dialogs().insert(kept, to);
    TakenLeg taken{leg_at(leaving),
                   std::move(leaving == Side::A ? setup_.ingress_token : egress_token_)};
    leg_at(leaving).dialog.reset();
    release(record::ReleasedBy::Sbc, 0, "joined with another call by a transfer");
    return taken;
}

// The other leg's dialog of this call, as its far end knows it.
std::optional<dialog::DialogId> Call::other_dialog(const dialog::DialogId& named) const {
    return side_of(named) == Side::A ? b_.dialog : a_.dialog;
}

// An INVITE with Replaces: its sender takes the place of the leg that it names. Its offer goes to
// the other leg; only when that has agreed is the replaced one hung up (RFC 3891 section 3).
void Call::replace_by_invite(CallSetup setup, const ReplacedDialog& named) {
    const Side side = named.from_afar ? other(side_of(named.dialog)) : side_of(named.dialog);
    const auto& invite = setup.invite;
    const auto body = sdp_body(*invite);
    const bool busy =
        exchange_ || refresh_ || transfer_ || awaiting_delayed_answer_ || replacement_;
    if (state_ != CallState::Connected || media_pending_ || busy) {
        refuse(setup.uas, *invite, 491, "another change of the call is on its way");
        return;
    }
    const auto offer = env_.session_reader().read(body.text);
    if (body.error != 0 || !offer) {
        refuse(setup.uas, *invite, 488, "an INVITE with Replaces needs an offer here");
        return;
    }
    Leg fresh = make_uas_leg(setup);
    fresh.side = side;
    fresh.media->spec.leg = LegId{next_leg_++};
    const auto family = media_family(*offer).value_or(setup.source.local.address.family());
    if (!choose_pool(fresh, *env_.config(), family)) {
        refuse(setup.uas, *invite, 488, "no media pool of the offer's address family");
        return;
    }
    story("an INVITE replaces leg " + std::string(side == Side::A ? "a" : "b"));
    env_.watch(id_, side, fresh.call_id);
    replacement_ = Replacement{.replaced = std::move(leg_at(side)),
                               .token = std::move(setup.ingress_token),
                               .source = setup.source,
                               .tag = shard::make_tag(env_.slot())};
    leg_at(side) = std::move(fresh);
    unacked(side).reset();
    exchange_due_ = false;
    Exchange exchange;
    exchange.from = side;
    exchange.uas = setup.uas;
    exchange.request = invite;
    exchange.offer = body.text;
    exchange.joins = true;
    exchange.done = [this, side](bool done) { finish_replacement(side, done); };
    begin_exchange(std::move(exchange));
}

void Call::finish_replacement(Side side, bool done) {
    Replacement ended = std::move(*replacement_.take());
    if (!done) {
        leg_at(side) = std::move(ended.replaced);
        with_media(whole_session(), [](const auto&) {});
        return;
    }
    (side == Side::A ? setup_.ingress_token : egress_token_) = std::move(ended.token);
    Leg& replaced = ended.replaced;
    bye(replaced, {{"Reason", "SIP;cause=200;text=\"Replaced\""}});
    if (replaced.dialog) env_.dialogs().erase(*replaced.dialog);
    story("leg " + std::string(side == Side::A ? "a" : "b") + " is replaced, on " +
          leg_at(side).trunk);
    arm_session_timer(side);
    env_.save_checkpoint(id_);
}

}  // namespace portcullis::b2bua
