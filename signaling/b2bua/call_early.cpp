// SPDX-License-Identifier: BSD-2-Clause
// Provisional responses of leg B: early dialogs, forks, early media (RFC 3261 section 12.1, RFC
// 3262, RFC 6228).
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

using Verdict = dialog::ReliableReceiver::Verdict;

// Provisional codes that A may see; others say no more than "in progress" (RFC 3261 section 21.1).
int mapped_provisional(int code) { return code == 180 || code == 181 || code == 182 ? code : 183; }

}  // namespace

void Call::on_invite_response(Attempt& attempt, const sip::MessagePtr& response,
                              const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code) && !attempt.ringing) {
        attempt.ringing = true;
        attempt.due = env_.clock().now() + attempt.target.ring_timeout;
        arm_attempt_timer(false);
        arm_attempt_timer(true);
    }
    if (transfer_ && code < 300) {
        on_transfer_response(attempt, response, source);
        return;
    }
    if (sip::is_provisional(code)) {
        on_provisional(attempt, response, source);
        return;
    }
    if (sip::is_success(code)) {
        on_answer(attempt, response, source);
        return;
    }
    if (repeat_invite(attempt, *response)) return;
    attempt_rejected(attempt, *response);
}

void Call::on_provisional(Attempt& attempt, const sip::MessagePtr& response,
                          const transport::Source& source) {
    const int code = response->status_code();
    if (code == 100 || a_answered_) return;
    const auto judged = attempt.reliable.on_response(*response);
    // Those repeated are acknowledged by their PRACK's own retransmissions.
    if (judged.verdict == Verdict::Repeated || judged.verdict == Verdict::Early) return;
    const auto tag = response->essentials().to_tag;
    if (!attempt.has_room_for(tag)) return;
    Fork& fork = fork_of(attempt, tag);
    attempt.leg.peer.learn(*response);
    attempt.leg.destination.flow = source.flow;
    keep_b_dialog(attempt, fork, *response, source);
    const bool reliable = judged.verdict == Verdict::Fresh;
    if (code == 199) {
        if (reliable) prack(attempt, fork, judged.rseq, {});
        story("a branch of the far side gave up (199)");
        tell_199(fork,
                 passed_reason(*response, b2bua::pass_context(*env_.config(), attempt.leg, a_)));
        end_early_dialog(attempt, fork);
        next_early_offer();
        return;
    }
    if (state_ == CallState::Calling) state_ = CallState::Early;
    const auto body = sdp_body(*response);
    const bool offers = reliable && !body.text.empty() && attempt.sdp.empty() && !fork.offer &&
                        !fork.b_state.established();
    if (offers) {
        fork.sdp = body.text;
        fork.offer = EarlyOffer{.code = mapped_provisional(code), .rseq = judged.rseq};
        next_early_offer();
        return;
    }
    if (reliable) prack(attempt, fork, judged.rseq, {});
    on_early(attempt, fork, response, reliable);
}

// 12.1: each remote tag is a dialog of its own, and A sees one dialog of ours for each, unless its
// realm cannot live with that.
Fork& Call::fork_of(Attempt& attempt, std::string_view remote_tag) {
    if (auto* const known = attempt.find_fork(remote_tag)) return *known;
    Fork fork;
    fork.remote_tag = remote_tag;
    fork.a_tag = only_a_tag_.empty() ? shard::make_tag(env_.slot()) : only_a_tag_;
    if (setup_.route.single_early_dialog) only_a_tag_ = fork.a_tag;
    fork.a_state = a_.media->offer_answer;
    fork.a_writer = a_.media->writer;
    fork.b_state = attempt.leg.media->offer_answer;
    fork.b_writer = attempt.leg.media->writer;
    fork.destination = attempt.leg.destination;
    attempt.forks.push_back(std::move(fork));
    return attempt.forks.back();
}

void Call::keep_b_dialog(Attempt& attempt, Fork& fork, const sip::Message& response,
                         const transport::Source& source) {
    // 12.1.2: a 2xx without tag comes from a peer of RFC 2543 and makes a dialog all the same.
    const bool answers = sip::is_success(response.status_code());
    if (response.essentials().to_tag.empty() && !answers) return;
    const auto id = attempt.b_dialog(fork);
    if (auto* const known = find_dialog(id)) {
        if (answers) (void)known->confirm_from(response);
    } else {
        auto made = dialog::Dialog::from_client(*attempt.request, response);
        if (!made) return;
        (void)env_.dialogs().insert(std::move(*made), id_);
    }
    if (const auto* const kept = find_dialog(id)) {
        fork.destination = destination_of(attempt.leg, *kept, response, source);
    }
}

void Call::on_early(Attempt& attempt, Fork& fork, const sip::MessagePtr& response, bool reliable) {
    const int code = mapped_provisional(response->status_code());
    const auto body = sdp_body(*response);
    const auto policy = attempt.leg.session.early_media;
    const bool another_is_heard =
        policy == config::EarlyMedia::First && heard_ && *heard_ != name_of(attempt, fork);
    // What is open may be the offer of an UPDATE, which no provisional response answers.
    const bool updating = exchange_ && exchange_->fork == name_of(attempt, fork);
    const bool answers = !body.text.empty() && !a_.media->remote_sdp.empty() && !updating &&
                         fork.b_state.state() == sdp::OfferAnswer::State::OfferSent;
    if (!answers || (fork.sdp == body.text && !reliable)) {
        send_early(
            fork, {code, fork.a_tag, {}, headers_back(attempt.leg, *response), reliable, response});
        return;
    }
    fork.sdp = body.text;
    fork.said = response;
    if (reliable) {
        const auto answer = env_.session_reader().read(fork.sdp);
        if (!answer || !fork.b_state.on_answer(*answer)) {
            story("reliable answer of leg b does not fit the offer");
        }
    }
    if (policy == config::EarlyMedia::None || another_is_heard) {
        story(std::string("early media is not passed: ") +
              (another_is_heard ? "another early dialog is heard" : "policy of the trunk"));
        send_early(fork,
                   {code, fork.a_tag, {}, headers_back(attempt.leg, *response), reliable, {}});
        return;
    }
    story("early media from the far side");
    apply_early(name_of(attempt, fork), code, reliable);
}

void Call::apply_early(const ForkName& name, int code, bool reliable) {
    auto* const attempt = find_attempt(name.attempt);
    auto* const fork = find_fork(name);
    if (attempt == nullptr || fork == nullptr) return;
    hear(name);
    apply_answer(attempt->leg, name, [this, name, code, reliable](const std::string& sdp) {
        auto* const answering = find_fork(name);
        if (answering == nullptr) return;
        if (!record_.early_media_at && !sdp.empty()) {
            record_.early_media_at = env_.clock().wall_now();
        }
        send_early(*answering,
                   {code, answering->a_tag, sdp, headers_back(leg(Side::B), *answering->said),
                    reliable, answering->said});
    });
}

// What of a response of leg B goes to A.
HeaderList Call::headers_back(const Leg& from, const sip::Message& response) {
    return passed(response, b2bua::pass_context(*env_.config(), from, a_));
}

// From now on A hears that fork.
void Call::hear(const ForkName& name) {
    if (linked_ != name.attempt) relay_stale_ = true;
    linked_ = name.attempt;
    heard_ = name;
}

// With one early dialog for all forks, it has one o= line as well.
sdp::SdpWriterState& Call::a_writer(Fork& fork) {
    return setup_.route.single_early_dialog ? a_.media->writer : fork.a_writer;
}

void Call::send_early(Fork& fork, EarlyResponse response) {
    if (a_answered_ || state_ == CallState::Releasing) return;
    if (fork.a_state.state() == sdp::OfferAnswer::State::Stable && fork.a_state.established()) {
        response.sdp.clear();  // A has its answer already (RFC 6337 section 3.1.1)
    }
    if (!response.sdp.empty()) {
        // One dialog can not have two answers: the first one stands (13.2.1).
        if (setup_.route.single_early_dialog && !told_a_.empty()) response.sdp = told_a_;
        told_a_ = response.sdp;
    }
    if (!record_.ringing_at && response.code == 180) {
        record_.ringing_at = env_.clock().wall_now();
    }
    if (record_.pdd_ms == 0) {
        record_.pdd_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(env_.clock().now() - started_)
                .count();
    }
    if (const auto ready = early_->push(std::move(response), env_.clock().now())) {
        emit_early(*ready);
    }
}

void Call::emit_early(const EarlyAnswers::Ready& ready) {
    const auto& early = ready.response;
    HeaderList headers = early.headers;
    if (ready.rseq) {
        headers.emplace_back("Require", "100rel");
        headers.emplace_back("RSeq", std::to_string(*ready.rseq));
    }
    const auto allow = allow_value(a_.session);
    auto body = carried_body(early.original.get(), early.sdp,
                             passed_parts(a_.session, leg(Side::B).session));
    const auto response = make_response(*setup_.invite, early.code,
                                        {.to_tag = early.to_tag,
                                         .contact = &a_.address,
                                         .allow = allow,
                                         .sdp = std::move(body.text),
                                         .headers = std::move(headers),
                                         .content_type = body.content_type,
                                         .source = setup_.source.remote});
    if (auto made = dialog::Dialog::from_server(*setup_.invite, *response)) {
        if (find_dialog(made->id()) == nullptr) {
            (void)env_.dialogs().insert(std::move(*made), id_);
        }
    }
    env_.respond(setup_.uas, response);
    last_tag_ = early.to_tag;
    if (!ready.rseq) return;
    early_->sent(response);
    arm_early_timer();
    const auto said = sdp::shapes_written(early.sdp);
    const auto fork = fork_at(a_dialog(early.to_tag));
    auto* const answering = fork ? find_fork(*fork) : nullptr;
    if (early.sdp.empty() || answering == nullptr) return;
    // What was sent reliably is final (RFC 6337 section 3.1.1).
    if (answering->offer && answering->offer->answer.empty()) {
        (void)answering->a_state.on_local_offer(said);
    } else {
        (void)answering->a_state.on_answer(said);
    }
}

// RFC 6228: that branch is over, though the INVITE is not.
void Call::tell_199(const Fork& fork, HeaderList headers) {
    if (a_answered_ || !setup_.invite->lists(sip::HeaderId::Supported, "199")) return;
    // A 199 of ours is not reliable (RFC 3262 section 3: then it is not for who requires that).
    if (early_ && early_->is_required()) return;
    if (setup_.route.single_early_dialog || find_dialog(a_dialog(fork.a_tag)) == nullptr) return;
    env_.respond(setup_.uas, make_response(*setup_.invite, 199,
                                           {.to_tag = fork.a_tag,
                                            .contact = &a_.address,
                                            .allow = {},
                                            .sdp = {},
                                            .headers = std::move(headers)}));
}

void Call::end_early_dialog(Attempt& attempt, Fork& fork) {
    if (heard_ == name_of(attempt, fork)) heard_.reset();
    if (exchange_ && exchange_->fork == name_of(attempt, fork)) abandon_exchange();
    env_.dialogs().erase(attempt.b_dialog(fork));
    drop_a_dialog(fork);
    std::erase_if(attempt.forks, [&fork](const Fork& known) { return &known == &fork; });
}

// A dialog that A has with a fork which is over is no way into the call; what A was told reliably
// it may still acknowledge.
void Call::drop_a_dialog(const Fork& fork) {
    if (setup_.route.single_early_dialog || !early_) return;
    early_->forget(fork.a_tag);
    if (early_->unacknowledged() != fork.a_tag) env_.dialogs().erase(a_dialog(fork.a_tag));
}

void Call::arm_early_timer() {
    if (const auto due = early_->due_at()) {
        env_.start_timer(id_, CallTimer::Early,
                         std::max<Duration>(*due - env_.clock().now(), Milliseconds(1)));
    } else {
        env_.stop_timer(id_, CallTimer::Early);
    }
}

void Call::on_early_timer() {
    using Due = dialog::ReliableSender::Due;
    switch (early_->on_time(env_.clock().now())) {
        case Due::Resend:
            if (early_->outstanding()) env_.respond(setup_.uas, early_->outstanding());
            break;
        case Due::GiveUp:  // RFC 3262 section 3
            release(record::ReleasedBy::Sbc, 504, "leg a did not acknowledge a reliable response",
                    warned("no PRACK came for a reliable response"));
            return;
        case Due::Nothing:
            break;
    }
    arm_early_timer();
}

}  // namespace portcullis::b2bua
