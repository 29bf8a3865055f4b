// SPDX-License-Identifier: BSD-2-Clause
// The 2xx of leg B to the initial INVITE: the fork that answers has the call.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {

// The answer of a fork onto the relay, then, written for A, to `then`; empty when it is no answer
// to our offer or the relay cannot take it.
void Call::apply_answer(Leg& leg, const ForkName& name, Anchored then) {
    auto* const fork = find_fork(name);
    const auto offer = env_.session_reader().read(a_.media->remote_sdp);
    const auto answer = env_.session_reader().read(fork->sdp);
    const bool open = fork->b_state.state() == sdp::OfferAnswer::State::OfferSent;
    if (!answer || (open && !fork->b_state.check_early_answer(*answer))) {
        story("answer of leg b does not fit the offer");
        then({});
        return;
    }
    auto spec = plan(leg, media::PeerRole::Answerer, *offer, &*answer);
    if (!spec) {
        story("answer of leg b: " + spec.error().text());
        then({});
        return;
    }
    const auto finish = [this, name, then = std::move(then)] {
        auto* const answering = find_fork(name);
        if (answering == nullptr) return;
        const auto parsed = env_.session_reader().read(answering->sdp);
        const auto original = env_.session_reader().read(a_.media->remote_sdp);
        const auto anchored = anchor_answer(*parsed, *original, *a_.media, a_writer(*answering));
        then(anchored ? *anchored : std::string());
    };
    const bool changed = media::media_changed(leg.media->spec, *spec);
    leg.media->remote_sdp = fork->sdp;
    leg.media->spec = std::move(*spec);
    if (!changed && !relay_stale_) {
        finish();
        return;
    }
    with_media(whole_session(), [this, finish](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            const auto reason = "media relay: " + (reply ? reply->detail : reply.error().text());
            if (state_ == CallState::Connected) return;
            abandon_answered_b(reason);
            return;
        }
        take_all_ports(*reply);
        finish();
    });
}

void Call::on_answer(Attempt& attempt, const sip::MessagePtr& response,
                     const transport::Source& source) {
    if (winner_ || a_answered_) {
        on_repeated_answer(attempt, *response);
        return;
    }
    env_.stop_timer(id_, CallTimer::Attempt);
    env_.stop_timer(id_, CallTimer::Ring);
    env_.stop_timer(id_, CallTimer::Setup);
    const std::string tag(response->essentials().to_tag);
    report(attempt, trunk::Sighting::Answered, {});
    Fork& fork = fork_of(attempt, tag);
    keep_b_dialog(attempt, fork, *response, source);
    choose(attempt.number, tag);
    // An offer in the early dialog of another fork has lost with it.
    if (exchange_ && exchange_->fork != *chosen_) abandon_exchange();
    if (find_dialog(winner_->b_dialog(*find_fork(*chosen_))) == nullptr) {
        abandon_answered_b("answer of leg b makes no dialog");
        return;
    }
    b_.dialog = dialog::id_of_response(*response);
    update_destination(b_, *response, source);
    learn_timer(b_, *response);
    const auto cseq = response->essentials().cseq.number;
    Fork& answering = *find_fork(*chosen_);
    const auto body = sdp_body(*response);
    const bool settled = answering.b_state.established() &&
                         answering.b_state.state() == sdp::OfferAnswer::State::Stable;
    if (exchange_) {
        // An UPDATE or PRACK with an offer is on its way: what comes of it is the session that the
        // 2xx confirms.
        ack_b(cseq, {});
        story("the answer waits for an offer that is on its way");
        held_answer_ = [this] { answer_agreed(); };
        return;
    }
    if (settled && a_.media->remote_sdp.empty()) {
        abandon_answered_b("answer of leg b without an agreed session");
        return;
    }
    answering.said = response;
    if (settled) {
        // What was agreed reliably is not said again (RFC 6337 section 3.1.1).
        answer_settled(cseq);
        return;
    }
    // Some peers answer in the 183 and leave it out of the 200.
    if (!body.text.empty()) answering.sdp = body.text;
    if (answering.sdp.empty()) {
        abandon_answered_b("answer of leg b carries no SDP");
    } else if (winner_->sdp.empty()) {
        answer_with_delayed_offer();
    } else {
        answer_with_offer_sent(cseq);
    }
}

void Call::on_repeated_answer(const Attempt& attempt, const sip::Message& response) {
    const Leg& leg = leg_at(winner_side_);
    const bool ours = winner_.get() == &attempt && leg.dialog &&
                      leg.dialog->remote_tag == response.essentials().to_tag;
    if (ours) {
        if (leg.ack.message) env_.send_ack(leg.ack.message, leg.destination);
        return;
    }
    story("a second branch answered and is ended");
    env_.refuse_fork(tombstone(attempt), response);
}

// The attempt becomes leg B; every other one is cancelled, and its late 2xx is met by a tombstone.
void Call::choose(std::uint32_t number, const std::string& remote_tag) {
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [number](const auto& known) { return known->number == number; });
    winner_ = std::move(*at);
    winner_->loop.release();
    attempts_.erase(at);
    // What DNS may still say of another target comes too late.
    locating_ = 0;
    targets_.clear();
    chosen_ = ForkName{number, remote_tag};
    linked_ = number;
    b_ = std::move(winner_->leg);
    while (!attempts_.empty()) {
        const auto loser = attempts_.front()->number;
        if (attempts_.front()->invite) {
            env_.cancel(attempts_.front()->invite,
                        {{"Reason", "SIP;cause=200;text=\"Call completed elsewhere\""}});
        }
        drop_attempt(loser, 487, "another gateway answered");
    }
    record_.b_sip_call_id = winner_->call_id;
    record_.b_realm = b_.realm;
    record_.b_trunk = b_.trunk;
    record_.b_gateway = winner_->target.gateway;
    record_.from_number = winner_->target.calling;
    record_.to_number = winner_->target.called;
}

void Call::answer_settled(std::uint32_t cseq) {
    ack_b(cseq, {});
    answer_agreed();
}

void Call::answer_agreed() {
    Fork& fork = *find_fork(*chosen_);
    const bool told = fork.a_state.state() == sdp::OfferAnswer::State::Stable;
    if (told && heard_ == *chosen_ && !relay_stale_) {
        connect({});
        return;
    }
    // The relay may have another fork's media, which A heard last.
    if (fork.offer) {
        apply_early_offer(fork);
        return;
    }
    const bool said = told && !setup_.route.single_early_dialog;
    apply_answer(b_, *chosen_, [this, said](const std::string& anchored) {
        connect(said ? std::string() : anchored);
    });
}

// What the fork offered and A answered stands on the relay.
void Call::apply_early_offer(const Fork& fork) {
    const auto offer = env_.session_reader().read(fork.sdp);
    const auto answer = env_.session_reader().read(fork.offer->answer);
    if (offer && answer) {
        auto b_spec = plan(b_, media::PeerRole::Offerer, *offer, nullptr);
        auto a_spec = plan(a_, media::PeerRole::Answerer, *offer, &*answer);
        if (b_spec) b_.media->spec = std::move(*b_spec);
        if (a_spec) a_.media->spec = std::move(*a_spec);
        a_.media->remote_sdp = fork.offer->answer;
    }
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            abandon_answered_b("media relay: " + (reply ? reply->detail : reply.error().text()));
            return;
        }
        take_all_ports(*reply);
        connect({});
    });
}

void Call::answer_with_offer_sent(std::uint32_t cseq) {
    apply_answer(b_, *chosen_, [this, cseq](const std::string& anchored) {
        if (anchored.empty()) {
            abandon_answered_b("answer of leg b cannot be relayed");
            return;
        }
        Fork& fork = *find_fork(*chosen_);
        if (const auto answer = env_.session_reader().read(fork.sdp)) {
            (void)fork.b_state.on_answer(*answer);
        }
        ack_b(cseq, {});
        connect(anchored);
    });
}

void Call::ack_b(std::uint32_t cseq, const std::string& sdp) {
    auto* const dialog = dialog_of(Side::B);
    if (dialog == nullptr) return;
    b_.ack = {make_dialog_ack(*dialog, sending_address(b_), env_.slot(), cseq, sdp),
              winner_->invite};
    env_.send_ack(b_.ack.message, b_.destination);
}

// RFC 3262 section 3: a 2xx waits for the PRACK of a reliable response with a description.
void Call::connect(const std::string& sdp) {
    if (!early_->holds_final()) {
        connected(sdp);
        return;
    }
    story("the answer waits for leg a's PRACK");
    held_answer_ = [this, sdp] { connected(sdp); };
}

// The 2xx to A under the tag of the fork that answered; all other early dialogs end here
// (13.2.2.4).
void Call::connected(std::string sdp) {
    const auto now = env_.clock().now();
    Fork& fork = *find_fork(*chosen_);
    using State = sdp::OfferAnswer::State;
    const bool a_has_answer = fork.a_state.state() == State::Stable && fork.a_state.established();
    const bool frozen = setup_.route.single_early_dialog && !told_a_.empty();
    // What A was told reliably, or in the dialog that all forks share, is what it keeps for now.
    const bool differs = (a_has_answer || frozen) && !sdp.empty() && sdp != told_a_;
    if (a_has_answer) {
        sdp.clear();
    } else if (frozen) {
        sdp = told_a_;
    }
    if (!sdp.empty() && !awaiting_delayed_answer_) {
        (void)fork.a_state.on_answer(sdp::shapes_written(sdp));
    }
    HeaderList headers = extension_headers(a_.session, false);
    append(headers, timer_response_headers(a_));
    if (fork.said) append(headers, headers_back(b_, *fork.said));
    const auto allow = allow_value(a_.session);
    auto body = carried_body(fork.said.get(), sdp, passed_parts(a_.session, b_.session));
    const auto response = make_response(*setup_.invite, 200,
                                        {.to_tag = fork.a_tag,
                                         .contact = &a_.address,
                                         .allow = allow,
                                         .sdp = std::move(body.text),
                                         .headers = std::move(headers),
                                         .content_type = body.content_type,
                                         .source = setup_.source.remote});
    for (const auto& other : winner_->forks) {
        if (other.a_tag != fork.a_tag) env_.dialogs().erase(a_dialog(other.a_tag));
        if (other.remote_tag != fork.remote_tag) env_.dialogs().erase(winner_->b_dialog(other));
    }
    a_.dialog = a_dialog(fork.a_tag);
    if (auto* const early = find_dialog(*a_.dialog)) {
        early->confirm();
    } else {
        auto made = dialog::Dialog::from_server(*setup_.invite, *response);
        if (!made) {
            a_.dialog.reset();
            abandon_answered_b("INVITE of leg a makes no dialog");
            return;
        }
        made->confirm();
        (void)env_.dialogs().insert(std::move(*made), id_);
    }
    update_destination(a_, *setup_.invite, setup_.source);
    a_.media->offer_answer = fork.a_state;
    a_.media->writer = a_writer(fork);
    b_.media->offer_answer = fork.b_state;
    b_.media->writer = fork.b_writer;
    if (!fork.sdp.empty()) b_.media->remote_sdp = fork.sdp;
    if (const auto& dead = early_->unacknowledged(); !dead.empty() && dead != fork.a_tag) {
        env_.dialogs().erase(a_dialog(dead));
    }
    early_->stop();
    env_.stop_timer(id_, CallTimer::Early);
    told_a_ = std::string();
    chosen_.reset();
    heard_.reset();
    a_answered_ = true;
    state_ = CallState::Connected;
    answered_ = now;
    record_.answered_at = env_.clock().wall_now();
    record_.setup_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    if (record_.pdd_ms == 0) record_.pdd_ms = record_.setup_ms;
    record_attempt(*winner_, 200, "OK");
    egress_token_ = std::move(winner_->token);
    if (awaiting_delayed_answer_) {
        env_.bury(tombstone(*winner_));
    } else {
        leave_winner();
    }
    story("answered");
    env_.respond(setup_.uas, response);
    unacked_a_ = setup_.invite->essentials().cseq.number;
    if (setup_.route.max_call_duration.count() > 0) {
        env_.start_timer(id_, CallTimer::Duration, setup_.route.max_call_duration);
    }
    arm_session_timer(Side::A);
    arm_session_timer(Side::B);
    env_.save_checkpoint(id_);
    // A agreed to what another fork, or an earlier response, said: it learns the rest now.
    exchange_due_ = differs;
}

// The winner's leg is settled: what still answers its INVITE is met by its tombstone.
void Call::leave_winner() {
    env_.bury(tombstone(*winner_));
    leg_at(winner_side_).ack = {};
    winner_.reset();
}

// B has answered but the call cannot go on: its 2xx is ACKed and the dialog ended at once.
void Call::abandon_answered_b(const std::string& cause) {
    if (b_.dialog) ack_b(winner_->request->essentials().cseq.number, {});
    release(record::ReleasedBy::Sbc, 488, cause);
}

}  // namespace portcullis::b2bua
