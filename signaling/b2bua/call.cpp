// SPDX-License-Identifier: BSD-2-Clause
// Dispatch of a call's events, the relay's turn-taking, and views of the call.
#include "signaling/b2bua/call.hpp"

#include "signaling/b2bua/negotiation.hpp"
#include "signaling/media/media_plan.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {

std::string_view name(CallState state) {
    switch (state) {
        case CallState::Allocating:
            return "allocating";
        case CallState::Calling:
            return "calling";
        case CallState::Early:
            return "early";
        case CallState::Connected:
            return "connected";
        case CallState::Releasing:
            return "releasing";
    }
    return "unknown";
}

bool Call::is_settled() const { return state_ == CallState::Connected && !replacement_; }

const Leg& Call::leg(Side side) const {
    if (side == Side::A) return a_;
    return has_b() || attempts_.empty() ? b_ : attempts_.front()->leg;
}

Side Call::side_of(const dialog::DialogId& dialog) const {
    return dialog.call_id == a_.call_id ? Side::A : Side::B;
}

const Leg& Call::leg_of(const dialog::DialogId& dialog) const {
    for (const auto& leg : retired_) {
        if (leg.dialog == dialog) return leg;
    }
    if (replacement_ && replacement_->replaced.dialog == dialog) return replacement_->replaced;
    if (side_of(dialog) == Side::A) return a_;
    const auto at =
        std::find_if(attempts_.begin(), attempts_.end(),
                     [&dialog](const auto& attempt) { return attempt->call_id == dialog.call_id; });
    return at == attempts_.end() ? b_ : (*at)->leg;
}

void Call::moved(const dialog::DialogId& dialog, const IpAddress& address) {
    Leg& leg = leg_at(side_of(dialog));
    if (leg.dialog != dialog) return;
    leg.signaling_source = address;
    story("the peer of " + leg.trunk + " has shown at " + address.text() + " who it is");
}

bool Call::is_calling(std::string_view call_id, std::string_view called) const {
    return std::any_of(attempts_.begin(), attempts_.end(), [&](const auto& attempt) {
        return attempt->call_id == call_id && attempt->target.called == called;
    });
}

dialog::DialogId Call::a_dialog(std::string_view tag) const {
    if (!setup_.invite) return {};  // of a former process
    return {a_.call_id, std::string(tag), std::string(setup_.invite->essentials().from_tag)};
}

dialog::Dialog* Call::find_dialog(const dialog::DialogId& id) {
    auto* const entry = env_.dialogs().find(id);
    return entry == nullptr ? nullptr : &entry->dialog;
}

dialog::Dialog* Call::dialog_of(Side side) {
    const auto& id = leg_at(side).dialog;
    return id ? find_dialog(*id) : nullptr;
}

bool Call::defer(std::function<void()> event) {
    if (!media_pending_ || state_ == CallState::Releasing) return false;
    deferred_.push_back(std::move(event));
    return true;
}

void Call::with_media(RelayRequest request, MediaThen then) {
    // A request that nobody waits for any more is superseded: its answer carries an old token.
    media_pending_ = true;
    if (exchange_) exchange_->touched = true;
    media_then_ = std::move(then);
    env_.relay(id_, ++media_token_, std::move(request));
}

void Call::on_media_reply(std::uint32_t token, const Result<relay_api::OperationReply>& reply) {
    if (!media_pending_ || token != media_token_) return;
    media_pending_ = false;
    const auto then = std::exchange(media_then_, {});
    then(reply);
    drain_deferred();
}

void Call::drain_deferred() {
    while (!deferred_.empty() && (!media_pending_ || state_ == CallState::Releasing)) {
        const auto event = std::move(deferred_.front());
        deferred_.erase(deferred_.begin());
        event();
    }
}

// Leg A and the leg it hears are linked; further gateways being called are received only.
relay_api::InstallSession Call::session_plan(std::uint32_t generation) const {
    const relay_api::LegSpec* linked = &leg(Side::B).media->spec;
    auto ports = a_.media->ports;
    const auto add_ports = [&ports](const Leg& leg) {
        ports.insert(ports.end(), leg.media->ports.begin(), leg.media->ports.end());
    };
    std::vector<const relay_api::LegSpec*> others;
    if (has_b() || attempts_.empty()) add_ports(b_);
    for (const auto& attempt : attempts_) {
        add_ports(attempt->leg);
        if (attempt->number == linked_) linked = &attempt->leg.media->spec;
    }
    for (const auto& attempt : attempts_) {
        const auto* const spec = &attempt->leg.media->spec;
        if (spec != linked && !spec->streams.empty()) others.push_back(spec);
    }
    auto install = media::plan_install(session(), generation, setup_.route.media_timeout,
                                       a_.media->spec, *linked, others);
    // A relay that has lost the session meanwhile must give it the ports that SDP has named.
    media::ask_for_ports(install, ports);
    return install;
}

relay_api::InstallSession Call::whole_session() {
    media_installed_ = true;
    relay_stale_ = false;
    return session_plan(++generation_);
}

relay_api::InstallSession Call::desired_media() {
    const bool rests = a_.media.rests() && b_.media.rests();
    auto session = session_plan(generation_);
    if (rests) rest();
    return session;
}

void Call::take_all_ports(const relay_api::OperationReply& reply) {
    take_ports(a_, reply.ports);
    if (has_b() || attempts_.empty()) take_ports(b_, reply.ports);
    for (const auto& attempt : attempts_) take_ports(attempt->leg, reply.ports);
}

LegAddress Call::sending_address(const Leg& leg) const {
    return sending_address(leg, leg.destination);
}

LegAddress Call::sending_address(const Leg& leg, const transport::Destination& destination) const {
    LegAddress address = leg.address;
    address.transport = destination.transport;
    return address;
}

void Call::on_request(transaction::ServerId id, const sip::MessagePtr& request,
                      const transport::Source& source, const dialog::DialogId& dialog) {
    if (defer([this, id, request, source, dialog] { on_request(id, request, source, dialog); })) {
        return;
    }
    const auto* const entry = env_.dialogs().find(dialog);
    // While it waited its leg went back to the call that had lent it.
    const bool elsewhere = entry != nullptr && entry->owner != id_;
    if (elsewhere && env_.hand_on(entry->owner, id, request, source)) return;
    if (entry == nullptr || elsewhere) {
        if (request->method() == sip::Method::Bye) {
            env_.respond(id, make_response(*request, 200, {.source = source.remote}));
        } else {
            refuse(id, *request, 481, "the dialog has ended meanwhile");
        }
        return;
    }
    if (on_retired_request(id, *request, dialog)) return;
    if (on_replaced_request(id, *request, dialog)) return;
    const Side from = side_of(dialog);
    if (request->method() == sip::Method::Bye) {
        on_bye(id, request, source, dialog);
        return;
    }
    if (state_ == CallState::Releasing) {
        refuse(id, *request, 481, "the call is over");
        return;
    }
    const bool confirmed = state_ == CallState::Connected && dialog == leg_at(from).dialog;
    switch (request->method()) {
        case sip::Method::Invite:
            on_reinvite(id, request, source, from, confirmed);
            break;
        case sip::Method::Update:
            on_update(id, request, source, from, confirmed ? std::nullopt : fork_at(dialog));
            break;
        case sip::Method::Prack:
            if (from == Side::A) {
                on_prack(id, request, fork_at(dialog));
            } else {
                refuse(id, *request, 481, "no such reliable response");
            }
            break;
        case sip::Method::Refer:
            if (confirmed) {
                on_refer(id, request, from);
            } else {
                refuse(id, *request, 403, "a call is transferred once it is answered");
            }
            break;
        default:
            on_other_request(id, request, from, confirmed ? std::nullopt : fork_at(dialog));
    }
    if (confirmed) env_.start_timer(id_, CallTimer::Rest, kRestAfter);
}

void Call::on_ack(const sip::MessagePtr& ack) {
    if (defer([this, ack] { on_ack(ack); })) return;
    if (state_ == CallState::Releasing) return;
    if (replacement_ && replacement_->replaced.call_id == ack->essentials().call_id) return;
    const bool from_a = ack->essentials().call_id == a_.call_id;
    const auto number = ack->essentials().cseq.number;
    auto& unacknowledged = unacked(from_a ? Side::A : Side::B);
    if (unacknowledged == number) unacknowledged.reset();
    if (awaiting_delayed_answer_ && from_a && number == setup_.invite->essentials().cseq.number) {
        finish_delayed_answer(ack);
    } else if (exchange_ && exchange_->delayed && exchange_->answered &&
               from_a == (exchange_->from == Side::A) &&
               number == exchange_->request->essentials().cseq.number) {
        finish_delayed_exchange(ack);
    }
    if (state_ == CallState::Connected && !transfer_) forget_setup();
    resume_parked();
    start_due_exchange();
}

void Call::on_missing_ack(transaction::ServerId invite) {
    if (state_ == CallState::Releasing) return;
    const bool initial = invite == setup_.uas;
    release(record::ReleasedBy::Sbc, 408,
            std::string("no ACK for the answer to leg ") + (initial ? "a" : "a or b"));
}

void Call::on_response(transaction::ClientId id, const sip::MessagePtr& response,
                       const transport::Source& source) {
    if (defer([this, id, response, source] { on_response(id, response, source); })) return;
    if (exchange_ && exchange_->uac == id) {
        on_exchange_response(response, source);
        return;
    }
    if (auto* const attempt = find_attempt(id)) {
        on_invite_response(*attempt, response, source);
        return;
    }
    if (winner_ && winner_->invite == id) {
        if (sip::is_success(response->status_code())) on_repeated_answer(*winner_, *response);
        return;
    }
    if (state_ != CallState::Releasing && refresh_ && refresh_->uac == id) {
        on_refresh_response(response, source);
        return;
    }
    if (on_passing_response(id, response)) return;
    on_late_answer(id, *response);
}

// A 2xx of an INVITE that is done with: its ACK was lost (13.2.2.4), or another fork sent it.
void Call::on_late_answer(transaction::ClientId id, const sip::Message& response) {
    const bool answers = sip::is_success(response.status_code());
    if (!answers || response.method() != sip::Method::Invite) return;
    for (const Leg* const leg : {&a_, &b_}) {
        if (leg->ack.message && leg->ack.invite == id) {
            env_.send_ack(leg->ack.message, leg->destination);
            return;
        }
    }
    const auto& essentials = response.essentials();
    const transport::Destination* kept = nullptr;
    for (const Leg* const leg : {&a_, &b_}) {
        const bool theirs = leg->dialog && leg->dialog->call_id == essentials.call_id &&
                            leg->dialog->remote_tag == essentials.to_tag;
        if (theirs) kept = &leg->destination;
    }
    if (env_.meet_late_answer(id, response, kept)) story("a second branch answered and is ended");
}

void Call::on_client_terminated(transaction::ClientId id) {
    for (Leg* const leg : {&a_, &b_}) {
        if (leg->ack.invite == id) leg->ack = {};
    }
    env_.start_timer(id_, CallTimer::Rest, kRestAfter);
}

void Call::on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    if (defer([this, id, failure] { on_client_failure(id, failure); })) return;
    const bool timeout = failure == transaction::ClientFailure::Timeout;
    const int code = timeout ? 408 : 503;
    if (exchange_ && exchange_->uac == id) {
        // Who has sent a provisional response has the dialog.
        exchange_failed(timeout && exchange_->progressing ? 504 : code);
        return;
    }
    if (state_ == CallState::Releasing) return;
    if (refresh_ && refresh_->uac == id) {
        refresh_failed(code);
        return;
    }
    if (const auto* const attempt = find_attempt(id)) {
        attempt_failed(attempt->number, code, timeout ? "timeout" : "transport failure", true);
        return;
    }
    const auto at = std::find_if(passing_.begin(), passing_.end(),
                                 [id](const Passing& known) { return known.uac == id; });
    if (at != passing_.end()) answer_passing(*at, code, nullptr);
}

void Call::on_media_event(const relay_api::SessionEvent& event) {
    const std::string where = event.leg == a_.media->spec.leg ? "a" : "b";
    const std::string source = event.source ? event.source->text() : "?";
    switch (event.kind) {
        case relay_api::SessionEvent::Kind::MediaTimeout:
            if (state_ == CallState::Connected) {
                release(record::ReleasedBy::Sbc, 0, "media timeout");
            }
            break;
        case relay_api::SessionEvent::Kind::Latched:
            story("media of leg " + where + " comes from " + source);
            break;
        case relay_api::SessionEvent::Kind::SourceRefused:
            story("media for leg " + where + " refused from " + source);
            break;
        case relay_api::SessionEvent::Kind::FirstPacket:
            story("first media packet on leg " + where);
            break;
    }
}

void Call::hang_up(const std::string& cause) {
    if (state_ == CallState::Releasing) return;
    release(record::ReleasedBy::Sbc, a_answered_ ? 0 : 480, cause);
}

}  // namespace portcullis::b2bua
