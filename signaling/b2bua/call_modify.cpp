// SPDX-License-Identifier: BSD-2-Clause
// Re-INVITE: a new offer from either side, staged on the relay, carried across, committed by the
// answer or reverted (RFC 3261 section 14, RFC 3264 section 8, RFC 6337).
#include "common/base/random.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

// A far side may ask its user before it accepts, but not for ever: nothing else can be changed
// meanwhile.
constexpr std::chrono::seconds kModifyLimit{60};

// Streams of `wider` that `narrower` does not have need relay ports before they can be offered.
bool adds_streams(const relay_api::LegSpec& narrower, const relay_api::LegSpec& wider) {
    for (const auto& stream : wider.streams) {
        const bool known = std::any_of(
            narrower.streams.begin(), narrower.streams.end(),
            [&stream](const auto& existing) { return existing.stream == stream.stream; });
        if (!known) return true;
    }
    return false;
}

}  // namespace

void Call::on_reinvite(transaction::ServerId id, const sip::MessagePtr& request, Side from) {
    if (modify_ || awaiting_delayed_answer_) {
        // 14.2: our own INVITE is pending on this leg, or an earlier one of the peer's is.
        const bool own_earlier = modify_ && modify_->from == from;
        ResponseParts parts;
        if (own_earlier) parts.headers = {{"Retry-After", std::to_string(random_below(10))}};
        env_.respond(id, make_response(*request, own_earlier ? 500 : 491, parts));
        return;
    }
    const auto body = sdp_body(*request);
    if (body.error != 0) {
        ResponseParts parts;
        parts.headers = {{"Accept", std::string(kSdpType)}};
        env_.respond(id, make_response(*request, body.error, parts));
        return;
    }
    Leg& source = leg_of(from);
    Leg& target = leg_of(other(from));
    Modify modify{.from = from,
                  .uas = id,
                  .request = request,
                  .uac = {},
                  .offer = std::string(body.text),
                  .from_before = source.media.spec,
                  .to_before = target.media.spec};
    if (modify.offer.empty()) {
        modify.delayed = true;
        modify_ = std::move(modify);
        story(std::string("re-INVITE without offer from leg ") + (from == Side::A ? "a" : "b"));
        forward_modify();
        return;
    }
    const auto offer = sdp::parse_session(modify.offer);
    if (!offer || !source.media.offer_answer.on_remote_offer(*offer)) {
        env_.respond(id, make_response(*request, 488));
        return;
    }
    auto source_spec = plan(source, media::PeerRole::Offerer, *offer, nullptr);
    auto target_spec = plan(target, media::PeerRole::Answerer, *offer, nullptr);
    if (!source_spec || !target_spec) {
        source.media.offer_answer.on_rollback();
        env_.respond(id, make_response(*request, 488));
        return;
    }
    story(std::string("re-INVITE from leg ") + (from == Side::A ? "a" : "b"));
    modify_ = std::move(modify);
    if (adds_streams(source.media.spec, *source_spec)) {
        // Nothing flows on a new stream before the answer, so it may stand on the relay at once.
        source.media.spec = std::move(*source_spec);
        target.media.spec = std::move(*target_spec);
        modify_->grown = true;
        with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
            if (!succeeded(reply)) {
                modify_failed(500);
                return;
            }
            take_ports(a_, reply->ports);
            take_ports(b_, reply->ports);
            forward_modify();
        });
        return;
    }
    if (!media::media_changed(source.media.spec, *source_spec)) {
        forward_modify();
        return;
    }
    source.media.spec = std::move(*source_spec);
    stage_modify();
}

void Call::stage_modify() {
    modify_->staged = true;
    modify_->stage_generation = ++generation_;
    const Leg& source = leg_of(modify_->from);
    with_media(media::plan_update(session(), modify_->stage_generation,
                                  relay_api::UpdateLeg::Mode::Stage, source.media.spec),
               [this](const Result<relay_api::OperationReply>& reply) {
                   if (!succeeded(reply)) {
                       modify_failed(500);
                       return;
                   }
                   forward_modify();
               });
}

void Call::forward_modify() {
    const Side to = other(modify_->from);
    Leg& target = leg_of(to);
    auto* const dialog = dialog_of(to);
    if (dialog == nullptr) {
        modify_failed(481, DialogFate::Lost);
        return;
    }
    std::string sdp;
    if (!modify_->delayed) {
        const auto offer = sdp::parse_session(modify_->offer);
        auto anchored = anchor_offer(*offer, target);
        const auto ours = anchored ? sdp::parse_session(*anchored)
                                   : Result<sdp::SessionDescription>(fail(sdp::Errc::Syntax));
        if (!ours || !target.media.offer_answer.on_local_offer(*ours)) {
            modify_failed(488);
            return;
        }
        sdp = std::move(*anchored);
    }
    const auto request = make_in_dialog(
        *dialog, sip::Method::Invite, sending_address(target), env_.slot(), std::move(sdp),
        passed_headers(*modify_->request, pass_context(modify_->from)),
        next_max_forwards(*modify_->request));
    modify_->uac = env_.send_request(id_, request, target.destination);
    if (!modify_->uac) {
        modify_failed(503);
        return;
    }
    env_.start_timer(id_, CallTimer::Modify, kModifyLimit);
}

// The final response that the CANCEL brings, or its absence for 64*T1, ends the re-INVITE (9.1).
void Call::on_modify_overdue() {
    if (!modify_ || !modify_->uac || modify_->answered) return;
    story("re-INVITE not answered in time");
    env_.cancel(modify_->uac, {});
}

void Call::on_modify_response(const sip::MessagePtr& response, const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code)) {
        modify_->progressing = true;
        return;
    }
    if (!sip::is_success(code)) {
        modify_failed(code, code == 481 ? DialogFate::Lost : DialogFate::Stays);
        return;
    }
    // A repeated 2xx: it is ACKed when its answer is there, and again from then on.
    if (std::exchange(modify_->answered, true)) return;
    const Side to = other(modify_->from);
    if (auto* const dialog = dialog_of(to)) {
        (void)dialog->refresh_target(*response);
        update_destination(leg_of(to), *response, source);
    }
    if (modify_->delayed) {
        modify_offer_delayed(response);
    } else {
        modify_answered(response);
    }
}

void Call::modify_answered(const sip::MessagePtr& response) {
    Leg& target = leg_of(other(modify_->from));
    if (auto* const dialog = dialog_of(target.side)) {
        const auto cseq = response->essentials().cseq.number;
        target.last_ack = make_dialog_ack(*dialog, sending_address(target), env_.slot(), cseq);
        target.acked_cseq = cseq;
        env_.send_ack(target.last_ack, target.destination);
    }
    const std::string answer(sdp_body(*response).text);
    const auto parsed = sdp::parse_session(answer);
    const auto offer = sdp::parse_session(modify_->offer);
    auto spec = parsed && target.media.offer_answer.on_answer(*parsed)
                    ? plan(target, media::PeerRole::Answerer, *offer, &*parsed)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    if (!spec) {
        modify_failed(488);
        return;
    }
    target.media.spec = std::move(*spec);
    target.media.remote_sdp = answer;
    complete_modify([this, answer] {
        Leg& source = leg_of(modify_->from);
        const auto said = sdp::parse_session(answer);
        const auto asked = sdp::parse_session(modify_->offer);
        const auto anchored = anchor_answer(*said, *asked, source);
        if (!anchored) {
            modify_failed(488);
            return;
        }
        if (const auto ours = sdp::parse_session(*anchored)) {
            (void)source.media.offer_answer.on_answer(*ours);
        }
        source.media.remote_sdp = modify_->offer;
        env_.respond(
            modify_->uas,
            make_response(
                *modify_->request, 200,
                {.to_tag = {}, .contact = &source.address, .sdp = *anchored, .headers = {}}));
        (void)end_modify();
        env_.save_checkpoint(id_);
    });
}

// The answer makes the new state the only one: commit what was staged, then the whole session as
// both legs agreed it.
void Call::complete_modify(const std::function<void()>& then) {
    const Leg& target = leg_of(other(modify_->from));
    // A refresh that changes nothing does not trouble the relay.
    if (!modify_->staged && !modify_->grown &&
        !media::media_changed(modify_->to_before, target.media.spec)) {
        then();
        return;
    }
    const auto finish = [this, then](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            modify_failed(500);
            return;
        }
        take_ports(a_, reply->ports);
        take_ports(b_, reply->ports);
        then();
    };
    if (!modify_->staged) {
        with_media(whole_session(), finish);
        return;
    }
    modify_->staged = false;
    with_media(relay_api::CommitLegs{session(), modify_->stage_generation},
               [this, finish](const Result<relay_api::OperationReply>& reply) {
                   if (!succeeded(reply)) {
                       finish(reply);
                       return;
                   }
                   with_media(whole_session(), finish);
               });
}

Call::Modify Call::end_modify() {
    env_.stop_timer(id_, CallTimer::Modify);
    Modify ended = std::move(*modify_);
    modify_.reset();
    return ended;
}

// 14.1: a failed re-INVITE leaves the session as it was. 481, or no response at all, says that the
// dialog is gone (12.2.1.2).
void Call::modify_failed(int code, DialogFate far_side) {
    const Modify failed = end_modify();
    leg_of(failed.from).media.offer_answer.on_rollback();
    leg_of(other(failed.from)).media.offer_answer.on_rollback();
    const int mapped = code >= 300 && code < 400 ? 488 : code;
    ResponseParts parts;
    if (mapped == 500) parts.headers = {{"Retry-After", std::to_string(random_below(10))}};
    env_.respond(failed.uas, make_response(*failed.request,
                                           mapped == 401 || mapped == 407 ? 403 : mapped, parts));
    story("re-INVITE failed: " + std::to_string(code));
    if (failed.answered) {
        // The far side runs the new session and this one the old: no state is left that both share.
        release(record::ReleasedBy::Sbc, 0, "a change of media could not be completed");
        return;
    }
    restore_media(failed);
    if (far_side == DialogFate::Lost) {
        release(failed.from == Side::A ? record::ReleasedBy::B : record::ReleasedBy::A, 0,
                "the far side has lost the dialog");
    }
}

void Call::restore_media(const Modify& modify) {
    leg_of(modify.from).media.spec = modify.from_before;
    leg_of(other(modify.from)).media.spec = modify.to_before;
    const auto ignore = [](const Result<relay_api::OperationReply>&) {};
    if (modify.staged) {
        // Then the whole state, for a relay that lost the stage when it restarted.
        with_media(relay_api::RevertLegs{session(), modify.stage_generation},
                   [this, ignore](const Result<relay_api::OperationReply>&) {
                       if (state_ == CallState::Connected) with_media(whole_session(), ignore);
                   });
    } else if (modify.touched) {
        with_media(whole_session(), ignore);
    }
}

}  // namespace portcullis::b2bua
