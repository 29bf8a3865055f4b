// SPDX-License-Identifier: BSD-2-Clause
// The answer to an offer within the call, or its failure, which leaves the session as it was (RFC
// 3261 section 14.1).
#include "common/base/random.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr unsigned kMaxGlares = 4;

// What the side that offered is told of a failure on the other: nothing that speaks of the other
// side's dialog or abilities.
int told_of_exchange(int code) {
    if (code >= 300 && code < 400) return 488;
    if (code == 401 || code == 407) return 403;
    if (code == 405 || code == 501) return 488;
    if (code == 481 || code == 482 || code == 420 || code == 421 || code == 422) return 500;
    return code;
}

}  // namespace

void Call::on_exchange_response(const sip::MessagePtr& response, const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code)) {
        exchange_->progressing = true;
        return;
    }
    if (!sip::is_success(code)) {
        if (repeat_exchange(*response)) return;
        const auto& trunk = line(other(exchange_->from), exchange_->fork).leg->trunk;
        // 487 is for who cancelled; 408 would have it end a dialog that lives (12.2.1.2).
        const bool ours = code == 487 && exchange_->overdue;
        exchange_failed(ours ? 504 : code, carried_challenges(trunk, response.get()));
        return;
    }
    // A repeated 2xx: it is ACKed when its answer is there, and again from then on.
    if (std::exchange(exchange_->answered, true)) return;
    exchange_->response = response;
    const Line target = line(other(exchange_->from), exchange_->fork);
    if (target.dialog != nullptr) {
        (void)target.dialog->refresh_target(*response);
        if (!exchange_->fork) update_destination(*target.leg, *response, source);
    }
    learn_timer(*target.leg, *response);
    if (exchange_->delayed) {
        exchange_offer_delayed(response);
    } else {
        exchange_answered(response);
    }
}

// Challenged, or our own met the other side's: the request is sent again. False: it has failed.
bool Call::repeat_exchange(const sip::Message& response) {
    const int code = response.status_code();
    const Line target = line(other(exchange_->from), exchange_->fork);
    if (target.dialog == nullptr) return false;
    if (code == 401 || code == 407) {
        auto credentials = answer_challenge(*target.leg, *target.dialog, exchange_->out,
                                            exchange_->sent_sdp, response, exchange_->challenges);
        if (credentials.empty()) return false;
        send_exchange(exchange_->sent_sdp, std::move(credentials));
        return true;
    }
    if (code == 491 && exchange_->is_own() && ++exchange_->glares <= kMaxGlares) {
        // 14.1: who made the Call-ID waits longer.
        const bool ours = !target.dialog->state().is_uas;
        const Milliseconds pause = ours ? Milliseconds(2100 + 10 * random_below(190))
                                        : Milliseconds(10 * random_below(200));
        exchange_->uac = {};
        env_.start_timer(id_, CallTimer::Modify, pause);
        return true;
    }
    if (code == 422 && target.leg->timer && target.leg->timer->on_too_small(response)) {
        send_exchange(exchange_->sent_sdp, {});
        return true;
    }
    return false;
}

void Call::exchange_answered(const sip::MessagePtr& response) {
    const Line target = line(other(exchange_->from), exchange_->fork);
    if (target.dialog != nullptr && exchange_->out == sip::Method::Invite) {
        const auto cseq = response->essentials().cseq.number;
        target.leg->ack = {
            make_dialog_ack(*target.dialog, sending_address(*target.leg), env_.slot(), cseq),
            exchange_->uac};
        env_.send_ack(target.leg->ack.message, target.leg->destination);
    }
    const std::string answer(sdp_body(*response).text);
    const auto parsed = env_.session_reader().read(answer);
    const auto offer = env_.session_reader().read(exchange_->offer);
    auto spec = parsed && target.state->on_answer(*parsed)
                    ? plan(*target.leg, media::PeerRole::Answerer, *offer, &*parsed)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    if (!spec) {
        exchange_failed(488);
        return;
    }
    target.leg->media->spec = std::move(*spec);
    *target.remote_sdp = answer;
    complete_exchange([this, answer] {
        const Line source = line(exchange_->from, exchange_->fork);
        if (exchange_->is_own()) {
            answer_exchange({});
            return;
        }
        const auto said = env_.session_reader().read(answer);
        const auto asked = env_.session_reader().read(exchange_->offer);
        const auto anchored = anchor_answer(*said, *asked, *source.leg->media, *source.writer);
        if (!anchored) {
            exchange_failed(488);
            return;
        }
        (void)source.state->on_answer(sdp::shapes_written(*anchored));
        *source.remote_sdp = exchange_->offer;
        answer_exchange(*anchored);
    });
}

// The 2xx that carries the answer back, to whoever offered.
void Call::answer_exchange(const std::string& sdp) {
    const Line source = line(exchange_->from, exchange_->fork);
    if (!exchange_->is_own()) {
        const bool prack = exchange_->request->method() == sip::Method::Prack;
        HeaderList headers;
        if (!prack) {
            headers = extension_headers(source.leg->session, false);
            append(headers, timer_response_headers(*source.leg));
            append(headers, passed(*exchange_->response, pass_context(other(exchange_->from))));
        }
        const auto allow = allow_value(source.leg->session);
        if (exchange_->request->method() == sip::Method::Invite) {
            unacked(exchange_->from) = exchange_->request->essentials().cseq.number;
        }
        const auto tag = exchange_->joins ? replacement_->tag : std::string();
        const auto response = make_response(*exchange_->request, 200,
                                            {.to_tag = tag,
                                             .contact = prack ? nullptr : &source.leg->address,
                                             .allow = allow,
                                             .sdp = sdp,
                                             .headers = std::move(headers)});
        if (exchange_->joins) keep_joined_dialog(*source.leg, *response);
        env_.respond(exchange_->uas, response);
    }
    const Exchange ended = end_exchange();
    if (state_ == CallState::Connected) {
        arm_session_timer(Side::A);
        arm_session_timer(Side::B);
        env_.save_checkpoint(id_);
    }
    if (ended.done) ended.done(200);
    after_exchange();
}

// What an exchange held up.
void Call::after_exchange() {
    if (held_answer_ && !exchange_) after_prack();
    resume_parked();
    start_due_exchange();
}

// The dialog with the sender of an INVITE with Replaces.
void Call::keep_joined_dialog(Leg& leg, const sip::Message& response) {
    auto made = dialog::Dialog::from_server(*exchange_->request, response);
    if (!made) return;
    made->confirm();
    leg.dialog = made->id();
    (void)env_.dialogs().insert(std::move(*made), id_);
    update_destination(leg, *exchange_->request, replacement_->source);
}

// The answer makes the new state the only one: commit what was staged, then the whole session as
// both legs agreed it.
void Call::complete_exchange(const std::function<void()>& then) {
    const Leg& target = *line(other(exchange_->from), exchange_->fork).leg;
    // A refresh that changes nothing does not trouble the relay.
    if (!exchange_->staged && !exchange_->grown && !relay_stale_ &&
        !media::media_changed(exchange_->to_before, target.media->spec)) {
        then();
        return;
    }
    const auto finish = [this, then](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            exchange_failed(500);
            return;
        }
        take_all_ports(*reply);
        then();
    };
    if (!exchange_->staged) {
        with_media(whole_session(), finish);
        return;
    }
    exchange_->staged = false;
    with_media(relay_api::CommitLegs{session(), exchange_->stage_generation},
               [this, finish](const Result<relay_api::OperationReply>& reply) {
                   if (!succeeded(reply)) {
                       finish(reply);
                       return;
                   }
                   with_media(whole_session(), finish);
               });
}

Exchange Call::end_exchange() {
    env_.stop_timer(id_, CallTimer::Modify);
    Exchange ended = std::move(*exchange_.take());
    return ended;
}

// Its gateway is no longer called; whoever offered is told.
void Call::abandon_exchange() {
    const Exchange ended = end_exchange();
    refuse(ended.uas, *ended.request, 487, {});
    relay_stale_ = relay_stale_ || ended.touched;
    a_.media->spec = ended.from == Side::A ? ended.from_before : ended.to_before;
}

void Call::exchange_failed(int code, HeaderList challenges, sip::Warning why) {
    const Line source = line(exchange_->from, exchange_->fork);
    const Line target = line(other(exchange_->from), exchange_->fork);
    if (!exchange_->is_own()) source.state->on_rollback();
    target.state->on_rollback();
    using Fate = sdp::SdpWriterState::Fate;
    target.writer->withdraw(exchange_->to_writer_before,
                            exchange_->answered ? Fate::Accepted : Fate::Refused);
    const Exchange failed = end_exchange();
    if (!failed.is_own()) {
        const int told = challenges.empty() ? told_of_exchange(code) : code;
        HeaderList headers = std::move(challenges);
        if (told == 500) append(headers, retry_soon());
        refuse(failed.uas, *failed.request, told, why, std::move(headers));
    }
    story("change of media failed: " + std::to_string(code) + " " +
          std::string(sip::default_reason(code)));
    const bool joining = transfer_ && transfer_->lender;
    if (failed.answered && (!failed.is_own() || failed.staged || joining)) {
        // The far side runs the new session and this one the old: no state is left that both share.
        release(record::ReleasedBy::Sbc, a_answered_ ? 0 : 500,
                "a change of media could not be completed");
        return;
    }
    restore_media(failed);
    if (failed.uac && !joining) env_.save_checkpoint(id_);  // which versions were used
    if (failed.done) failed.done(code);
    if (ends_dialog(code) && !joining && state_ == CallState::Connected) {
        lose(other(failed.from));
        return;
    }
    if (defer([this] { after_exchange(); })) return;
    after_exchange();
}

void Call::restore_media(const Exchange& exchange) {
    line(exchange.from, exchange.fork).leg->media->spec = exchange.from_before;
    line(other(exchange.from), exchange.fork).leg->media->spec = exchange.to_before;
    const auto ignore = [](const Result<relay_api::OperationReply>&) {};
    if (exchange.staged) {
        // Then the whole state, for a relay that lost the stage when it restarted.
        with_media(relay_api::RevertLegs{session(), exchange.stage_generation},
                   [this, ignore](const Result<relay_api::OperationReply>&) {
                       if (state_ == CallState::Connected) with_media(whole_session(), ignore);
                   });
    } else if (exchange.touched) {
        with_media(whole_session(), ignore);
    }
}

}  // namespace portcullis::b2bua
