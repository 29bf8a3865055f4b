// SPDX-License-Identifier: BSD-2-Clause
// Dispatch of a call's events, the relay's turn-taking, and views of the call.
#include "signaling/b2bua/call.hpp"

#include "signaling/media/media_plan.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {

namespace {
constexpr std::size_t kMaxEvents = 64;
}  // namespace

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

dialog::Dialog* Call::dialog_of(Side side) {
    const auto& id = leg_of(side).dialog;
    if (!id) return nullptr;
    auto* const entry = env_.dialogs().find(*id);
    return entry == nullptr ? nullptr : &entry->dialog;
}

void Call::story(std::string text) {
    if (events_.size() == kMaxEvents) events_.pop_front();
    events_.push_back({env_.clock().wall_now(), std::move(text)});
}

bool Call::defer(std::function<void()> event) {
    if (!media_pending_ || state_ == CallState::Releasing) return false;
    deferred_.push_back(std::move(event));
    return true;
}

void Call::with_media(RelayRequest request, MediaThen then) {
    // A request that nobody waits for any more is superseded: its answer carries an old token.
    media_pending_ = true;
    if (modify_) modify_->touched = true;
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
        deferred_.pop_front();
        event();
    }
}

relay_api::InstallSession Call::whole_session() {
    auto install = media::plan_install(session(), ++generation_, setup_.route.media_timeout,
                                       a_.media.spec, b_.media.spec);
    media_installed_ = true;
    // A relay that has lost the session meanwhile must give it the ports that SDP has named.
    auto ports = a_.media.ports;
    ports.insert(ports.end(), b_.media.ports.begin(), b_.media.ports.end());
    return media::plan_reinstall(install, ports);
}

relay_api::InstallSession Call::desired_media() const {
    auto install = media::plan_install(session(), generation_, setup_.route.media_timeout,
                                       a_.media.spec, b_.media.spec);
    auto ports = a_.media.ports;
    ports.insert(ports.end(), b_.media.ports.begin(), b_.media.ports.end());
    return media::plan_reinstall(install, ports);
}

bool Call::trusted(const std::string& realm) const {
    const auto* const found = env_.config()->policy->find_realm(realm);
    return found != nullptr && found->trusted;
}

PassContext Call::pass_context(Side from) const {
    const Leg& source = from == Side::A ? a_ : b_;
    const Leg& target = from == Side::A ? b_ : a_;
    const auto& policy = *env_.config()->policy;
    return {.from_trusted = trusted(source.realm),
            .to_trusted = trusted(target.realm),
            .domain = target.address.uri_host(),
            .from = policy.identity_rules(source.realm, source.trunk),
            .to = policy.identity_rules(target.realm, target.trunk),
            .from_realm = source.realm,
            .numbers = from == Side::A ? number_map(setup_.route.numbers) : headers::NumberMap{},
            .calling = from == Side::A && attempt_ ? attempt_->target.calling : std::string(),
            .called = from == Side::A && attempt_ ? attempt_->target.called : std::string()};
}

LegAddress Call::sending_address(const Leg& leg) const {
    LegAddress address = leg.address;
    address.transport = leg.destination.transport;
    return address;
}

Side Call::side_of(const dialog::DialogId& dialog) const {
    return dialog.call_id == record_.b_sip_call_id ? Side::B : Side::A;
}

void Call::on_request(transaction::ServerId id, const sip::MessagePtr& request,
                      const transport::Source& source, const dialog::DialogId& dialog) {
    if (defer([this, id, request, source, dialog] { on_request(id, request, source, dialog); })) {
        return;
    }
    const Side from = side_of(dialog);
    if (request->method() == sip::Method::Bye) {
        on_bye(id, request, from);
        return;
    }
    if (state_ == CallState::Releasing) {
        env_.respond(id, make_response(*request, 481));
        return;
    }
    if (request->method() == sip::Method::Invite) {
        if (state_ != CallState::Connected || dialog != leg_of(from).dialog) {
            // 14.2: an INVITE while the first one has no final response yet.
            env_.respond(id, make_response(*request, 491));
            return;
        }
        if (auto* const known = dialog_of(from)) {
            (void)known->refresh_target(*request);
            update_destination(leg_of(from), *request, source);
        }
        on_reinvite(id, request, from);
        return;
    }
    env_.respond(id, make_response(*request, 405,
                                   {.to_tag = {},
                                    .contact = nullptr,
                                    .sdp = {},
                                    .headers = {{"Allow", std::string(kAllow)}}}));
}

void Call::on_ack(const sip::MessagePtr& ack) {
    if (defer([this, ack] { on_ack(ack); })) return;
    if (state_ == CallState::Releasing) return;
    const bool from_a = ack->essentials().call_id == record_.a_sip_call_id;
    const auto number = ack->essentials().cseq.number;
    if (awaiting_delayed_answer_ && from_a && number == setup_.invite->essentials().cseq.number) {
        finish_delayed_answer(ack);
    } else if (modify_ && modify_->delayed && modify_->answered &&
               from_a == (modify_->from == Side::A) &&
               number == modify_->request->essentials().cseq.number) {
        finish_delayed_modify(ack);
    }
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
    if (modify_ && modify_->uac == id) {
        on_modify_response(response, source);
        return;
    }
    if (attempt_ && attempt_->invite == id) {
        on_invite_response(response, source);
        return;
    }
    // A repeated 2xx of a re-INVITE: its ACK was lost (13.2.2.4).
    if (sip::is_success(response->status_code()) && response->method() == sip::Method::Invite) {
        for (const Side side : {Side::A, Side::B}) {
            const Leg& l = leg_of(side);
            if (l.last_ack && l.acked_cseq == response->essentials().cseq.number && l.dialog &&
                l.dialog->call_id == response->essentials().call_id) {
                env_.send_ack(l.last_ack, l.destination);
            }
        }
    }
}

void Call::on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    if (defer([this, id, failure] { on_client_failure(id, failure); })) return;
    const bool timeout = failure == transaction::ClientFailure::Timeout;
    if (modify_ && modify_->uac == id) {
        const bool silent = timeout && !modify_->progressing;
        modify_failed(timeout ? 408 : 503, silent ? DialogFate::Lost : DialogFate::Stays);
    } else if (attempt_ && attempt_->invite == id && state_ != CallState::Connected &&
               state_ != CallState::Releasing) {
        attempt_failed(timeout ? 408 : 503, timeout ? "timeout" : "transport failure", true);
    }
}

void Call::on_media_event(const relay_api::SessionEvent& event) {
    const std::string where = event.leg == a_.media.spec.leg ? "a" : "b";
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

void Call::on_timer(CallTimer timer) {
    if (timer == CallTimer::Release) {
        close();
        return;
    }
    if (state_ == CallState::Releasing) return;
    if (timer == CallTimer::Attempt || timer == CallTimer::Ring) {
        if (!attempt_ || answered_ || b_.dialog) return;
        const auto invite = attempt_->invite;
        if (defer([this, timer, invite] {
                if (attempt_ && attempt_->invite == invite) on_timer(timer);
            })) {
            return;
        }
    }
    switch (timer) {
        case CallTimer::Attempt:
            if (attempt_) attempt_failed(408, "no response in time", true);
            break;
        case CallTimer::Ring:
            if (attempt_) attempt_failed(408, "not answered in time", false);
            break;
        case CallTimer::Setup:
            release(record::ReleasedBy::Sbc, 408, "set-up took too long");
            break;
        case CallTimer::Duration:
            hang_up("longest call duration reached");
            break;
        case CallTimer::Modify:
            on_modify_overdue();
            break;
        case CallTimer::Release:
            break;
    }
}

void Call::hang_up(const std::string& cause) {
    if (state_ == CallState::Releasing) return;
    release(record::ReleasedBy::Sbc, a_answered_ ? 0 : 480, cause);
}

}  // namespace portcullis::b2bua
