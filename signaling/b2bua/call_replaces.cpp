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
namespace {

// From now on that call gets what comes in the dialog.
void hand_dialog(dialog::DialogTable& dialogs, const dialog::DialogId& id, CallId to) {
    const auto* const entry = dialogs.find(id);
    if (entry == nullptr) return;
    const dialog::Dialog kept = entry->dialog;
    dialogs.erase(kept.id());
    (void)dialogs.insert(kept, to);
}

}  // namespace

// Attended transfer: the referrer's other call is with us as well; its far end joins this one.
void Call::transfer_to_dialog(const std::string& replaces) {
    const auto named = sip::parse_replaces(replaces);
    const auto found = named ? env_.find_replaced(*named) : std::nullopt;
    if (!found || found->call == id_) {
        story("the call to be joined is not known");
        transfer_failed(481);
        return;
    }
    const Leg& referrer = leg_at(transfer_->from);
    if (!may_replace(referrer.session.replaces_scope, referrer.trunk, referrer.realm, *found)) {
        story("a leg of " + found->trunk + " is not " + referrer.trunk + "'s to replace");
        transfer_failed(403);
        return;
    }
    auto lent = env_.lend_leg(*found, id_);
    if (!lent) {
        story("the call to be joined can not be changed now");
        transfer_failed(491);
        return;
    }
    transfer_->lender = found->call;
    join(std::move(*lent));
}

// The leg gets ports of this call's session and is asked to use them. Until it has agreed, its own
// call and the referrer's leg are kept as they are: they go on if it refuses.
void Call::join(Leg lent) {
    const Side side = transfer_->from;
    replacement_ =
        Replacement{.replaced = std::move(leg_at(side)), .token = {}, .source = {}, .tag = {}};
    Leg& fresh = leg_at(side) = std::move(lent);
    fresh.side = side;
    const Leg& staying = leg_at(other(side));
    fresh.media->spec.leg = LegId{next_leg_++};
    fresh.media->ports.clear();
    unacked(side).reset();
    exchange_due_ = false;
    arm_session_timer(side);
    env_.watch(id_, side, fresh.call_id);
    story("a leg of another call is asked to join, on " + fresh.trunk);
    const auto offer = env_.session_reader().read(sdp::without_hold(staying.media->remote_sdp));
    auto spec = offer ? plan(fresh, media::PeerRole::Answerer, *offer, nullptr)
                      : Result<relay_api::LegSpec>(fail(sdp::Errc::Syntax));
    if (!spec) {
        join_failed(488);
        return;
    }
    fresh.media->spec = std::move(*spec);
    with_media(whole_session(), [this, side](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            join_failed(503);
            return;
        }
        take_all_ports(*reply);
        const auto said = sdp::without_hold(leg_at(other(side)).media->remote_sdp);
        start_own_exchange(other(side), said, [this](int code) {
            if (code < 300) {
                joined();
            } else {
                join_failed(code);
            }
        });
    });
}

// The referrer is told now, and not before (RFC 3515 section 2.4.4); the leg that stays learns what
// the new one says.
void Call::joined() {
    const Side side = transfer_->from;
    (side == Side::A ? setup_.ingress_token : egress_token_) = env_.keep_leg(*transfer_->lender);
    notify_transfer(200);
    transfer_.reset();
    forget_setup();
    retire(side, std::move(replacement_.take()->replaced));
    story("joined with a leg of another call, on " + leg_at(side).trunk);
    arm_session_timer(side);
    env_.save_checkpoint(id_);
    tell_of_new_party(side);
}

// Both calls go on as they were; that of a target which is gone ends.
void Call::join_failed(int code) {
    const Side side = transfer_->from;
    Leg fresh = std::exchange(leg_at(side), std::move(replacement_.take()->replaced));
    const bool lost = ends_dialog(code) || find_dialog(*fresh.dialog) == nullptr;
    if (!env_.return_leg(*transfer_->lender, fresh, lost)) {
        bye(fresh, {});
        env_.dialogs().erase(*fresh.dialog);
    }
    transfer_->lender.reset();
    relay_stale_ = true;
    arm_session_timer(side);
    transfer_failed(told_to_a(code, {}));
}

// Another call asks the leg that is not named whether it joins.
std::optional<Leg> Call::lend_leg(const dialog::DialogId& named, CallId to) {
    const Side leaving = other(side_of(named));
    const bool busy = exchange_ || refresh_ || transfer_ || parked_ || replacement_ || lent_ ||
                      awaiting_delayed_answer_ || unacked(leaving);
    if (state_ != CallState::Connected || media_pending_ || busy) return {};
    if (dialog_of(leaving) == nullptr) return {};
    story("leg " + std::string(leaving == Side::A ? "a" : "b") + " may join another call");
    hand_dialog(env_.dialogs(), *leg_at(leaving).dialog, to);
    lent_ = Lent{.side = leaving};
    return leg_at(leaving);
}

// This call ends with the leg that was named.
policy::CallToken Call::give_leg() {
    if (!lent_) return {};
    auto token = std::move(lent_->side == Side::A ? setup_.ingress_token : egress_token_);
    release(record::ReleasedBy::Sbc, 0, "joined with another call by a transfer");
    return token;
}

// False: the leg is not expected any more.
bool Call::take_leg_back(const Leg& back, bool lost) {
    if (!lent_) return false;
    const Lent lent = *std::exchange(lent_, std::nullopt);
    Leg& leg = leg_at(lent.side);
    // What its peer has seen and said meanwhile.
    leg.media->writer = back.media->writer;
    leg.destination = back.destination;
    leg.signaling_source = back.signaling_source;
    leg.timer = back.timer;
    leg.peer = back.peer;
    if (leg.dialog) hand_dialog(env_.dialogs(), *leg.dialog, id_);
    env_.watch(id_, lent.side, leg.call_id);
    story("leg " + std::string(lent.side == Side::A ? "a" : "b") + " has not joined another call");
    if (lost) {
        lose(lent.side);
    } else if (lent.alone) {
        release(lent.side == Side::A ? record::ReleasedBy::B : record::ReleasedBy::A, 0, "hung up");
    } else {
        arm_session_timer(lent.side);
        env_.save_checkpoint(id_);
    }
    return true;
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
        exchange_ || refresh_ || transfer_ || awaiting_delayed_answer_ || replacement_ || lent_;
    if (state_ != CallState::Connected || media_pending_ || busy) {
        refuse(setup.uas, *invite, 491, "another change of the call is on its way");
        return;
    }
    // Without an offer the other leg is asked for one, as by a re-INVITE (RFC 3261 section 13.2.1).
    const bool delayed = body.error == 0 && body.text.empty();
    const auto offer = env_.session_reader().read(body.text);
    if (body.error != 0 || (!delayed && !offer)) {
        refuse(setup.uas, *invite, body.error != 0 ? body.error : 488, "no offer that can be read");
        return;
    }
    Leg fresh = make_uas_leg(setup);
    fresh.side = side;
    fresh.media->spec.leg = LegId{next_leg_++};
    const auto offered = delayed ? std::nullopt : media_family(*offer);
    const auto family = offered.value_or(setup.source.local.address.family());
    if (!choose_pool(fresh, *env_.config(), family)) {
        refuse(setup.uas, *invite, 488, {"media address is of a family not served here", 301});
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
    exchange.delayed = delayed;
    exchange.joins = true;
    exchange.done = [this, side](int code) { finish_replacement(side, code < 300); };
    begin_exchange(std::move(exchange));
}

void Call::finish_replacement(Side side, bool done) {
    Replacement ended = std::move(*replacement_.take());
    if (!done) {
        leg_at(side) = std::move(ended.replaced);
        if (!leg_at(side).dialog) {
            release(side == Side::A ? record::ReleasedBy::A : record::ReleasedBy::B, 0,
                    "hung up while it was to be replaced");
            return;
        }
        arm_session_timer(side);
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

// A request of the leg whose place another one is taking. True: answered. It may hang up: then it
// is gone, and the other one still comes.
bool Call::on_replaced_request(transaction::ServerId id, const sip::Message& request,
                               const dialog::DialogId& dialog) {
    if (!replacement_ || replacement_->replaced.dialog != dialog) return false;
    const auto method = request.method();
    if (method == sip::Method::Bye) {
        story("the leg that is to be replaced hung up");
        env_.respond(id, make_response(request, 200));
        env_.dialogs().erase(dialog);
        replacement_->replaced.dialog.reset();
        if (transfer_) transfer_->gone = true;  // RFC 5589 section 6.1
    } else if (method == sip::Method::Invite || method == sip::Method::Update) {
        refuse(id, request, 491, "the leg is being replaced");
    } else {
        refuse(id, request, 500, "the leg is being replaced", retry_soon());
    }
    return true;
}

}  // namespace portcullis::b2bua
