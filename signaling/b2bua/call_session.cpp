// SPDX-License-Identifier: BSD-2-Clause
// The session timer of each leg (RFC 4028): who stops refreshing is gone, and both legs end.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr Duration kRetry = std::chrono::seconds(10);

CallTimer session_timer(Side side) {
    return side == Side::A ? CallTimer::SessionA : CallTimer::SessionB;
}

}  // namespace

HeaderList Call::timer_request_headers(const Leg& leg) const {
    return leg.timer ? leg.timer->request_headers() : HeaderList{};
}

HeaderList Call::timer_response_headers(Leg& leg) {
    return leg.timer ? leg.timer->response_headers(env_.clock().now()) : HeaderList{};
}

void Call::learn_timer(Leg& leg, const sip::Message& response) {
    leg.peer.learn(response);
    if (leg.timer) leg.timer->on_response(response, env_.clock().now());
}

void Call::arm_session_timer(Side side) {
    const auto& timer = leg_at(side).timer;
    if (!timer || !timer->is_active() || state_ != CallState::Connected) {
        env_.stop_timer(id_, session_timer(side));
        return;
    }
    auto due = *timer->give_up_at();
    if (const auto refresh = timer->refresh_at()) due = std::min(due, *refresh);
    env_.start_timer(id_, session_timer(side),
                     std::max<Duration>(due - env_.clock().now(), Milliseconds(1)));
}

void Call::on_session_timer(Side side) {
    const auto& timer = leg_at(side).timer;
    const auto now = env_.clock().now();
    if (state_ != CallState::Connected || !timer || !timer->is_active()) return;
    if (now >= *timer->give_up_at()) {
        // Section 10: BYE also to the silent side; it may live after all.
        release(record::ReleasedBy::Sbc, 0,
                std::string("session of leg ") + (side == Side::A ? "a" : "b") + " expired");
        return;
    }
    if (timer->refreshes() && now >= *timer->refresh_at()) {
        refresh_session(side);
        // In case it comes to nothing: again, and in the end give up.
        env_.start_timer(id_, session_timer(side),
                         std::min<Duration>(kRetry, *timer->give_up_at() - now));
        return;
    }
    arm_session_timer(side);
}

// With UPDATE where the peer takes it, else a re-INVITE that says the same again (section 7.4). An
// exchange on its way refreshes as well.
void Call::refresh_session(Side side) {
    if (refresh_ || exchange_ || transfer_ || awaiting_delayed_answer_) return;
    if (lent_ && lent_->side == side) return;
    Leg& leg = leg_at(side);
    auto* const dialog = dialog_of(side);
    if (dialog == nullptr || (!leg.peer.update && unacked(side))) return;
    refresh_ = Refresh{.uac = {},
                       .side = side,
                       .method = leg.peer.update ? sip::Method::Update : sip::Method::Invite,
                       .challenges = {}};
    send_refresh({});
}

void Call::send_refresh(HeaderList credentials) {
    Leg& leg = leg_at(refresh_->side);
    auto* const dialog = dialog_of(refresh_->side);
    InDialogParts parts;
    if (refresh_->method == sip::Method::Invite) {
        parts.sdp = leg.media->writer.last();
        (void)leg.media->offer_answer.on_local_offer(sdp::shapes_written(parts.sdp));
    }
    parts.allow = allow_value(leg.session);
    parts.headers = timer_request_headers(leg);
    append(parts.headers, extension_headers(leg.session, false));
    append(parts.headers,
           credentials_ahead(leg, *dialog, refresh_->method, parts.sdp, std::move(credentials)));
    const auto request =
        make_in_dialog(*dialog, refresh_->method, sending_address(leg), env_.slot(), parts);
    story(std::string("session of leg ") + (refresh_->side == Side::A ? "a" : "b") +
          " is refreshed");
    refresh_->uac = env_.send_request(id_, request, leg.destination);
    if (!refresh_->uac) refresh_failed(503);
}

void Call::on_refresh_response(const sip::MessagePtr& response, const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code)) return;
    Leg& leg = leg_at(refresh_->side);
    const Side side = refresh_->side;
    const bool invite = refresh_->method == sip::Method::Invite;
    auto* const dialog = dialog_of(side);
    if (invite && sip::is_success(code) && dialog != nullptr) {
        const auto cseq = response->essentials().cseq.number;
        leg.ack = {make_dialog_ack(*dialog, sending_address(leg), env_.slot(), cseq),
                   refresh_->uac};
        env_.send_ack(leg.ack.message, leg.destination);
        take_refresh_answer(leg, std::string(sdp_body(*response).text));
    }
    if (sip::is_success(code)) {
        if (dialog != nullptr) (void)dialog->refresh_target(*response);
        update_destination(leg, *response, source);
        learn_timer(leg, *response);
        refresh_.reset();
        arm_session_timer(side);
        env_.save_checkpoint(id_);
        return;
    }
    if (invite) leg.media->offer_answer.on_rollback();
    if ((code == 401 || code == 407) && dialog != nullptr) {
        const auto body = invite ? leg.media->writer.last() : std::string();
        auto credentials =
            answer_challenge(leg, *dialog, refresh_->method, body, *response, refresh_->challenges);
        if (!credentials.empty()) {
            send_refresh(std::move(credentials));
            return;
        }
    }
    if (code == 422 && leg.timer && leg.timer->on_too_small(*response)) {
        send_refresh({});
        return;
    }
    refresh_failed(code);
}

// The peer may use the occasion to move its media (RFC 3264 section 8).
void Call::take_refresh_answer(Leg& leg, const std::string& text) {
    const auto answer = env_.session_reader().read(text);
    if (!answer || !leg.media->offer_answer.on_answer(*answer)) {
        leg.media->offer_answer.on_rollback();
        return;
    }
    const auto offer = env_.session_reader().read(leg_at(other(leg.side)).media->remote_sdp);
    if (text == leg.media->remote_sdp || !offer) return;
    auto spec = plan(leg, media::PeerRole::Answerer, *offer, &*answer);
    if (!spec || !media::media_changed(leg.media->spec, *spec)) return;
    leg.media->remote_sdp = text;
    leg.media->spec = std::move(*spec);
    story("the answer to a refresh changes the media");
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (succeeded(reply)) take_all_ports(*reply);
        env_.save_checkpoint(id_);
    });
}

// Section 10 and RFC 5057: 481 and 408 end the dialog; any other failure leaves it until it
// expires.
void Call::refresh_failed(int code) {
    const Side side = refresh_->side;
    if (refresh_->method == sip::Method::Invite) leg_at(side).media->offer_answer.on_rollback();
    refresh_.reset();
    story("refresh failed: " + std::to_string(code));
    if (code == 481 || code == 408) {
        lose(side);
    }
}

}  // namespace portcullis::b2bua
