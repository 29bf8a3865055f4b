// SPDX-License-Identifier: BSD-2-Clause
// PRACK on both legs (RFC 3262): each leg's reliable responses are acknowledged there; only the
// descriptions in them cross.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::b2bua {

Fork* Call::find_fork(const ForkName& name) {
    auto* attempt = find_attempt(name.attempt);
    if (attempt == nullptr && winner_ && winner_->number == name.attempt) attempt = winner_.get();
    return attempt == nullptr ? nullptr : attempt->find_fork(name.remote_tag);
}

// The fork that a dialog of leg B is, or that a dialog of leg A stands for.
std::optional<ForkName> Call::fork_at(const dialog::DialogId& dialog) const {
    std::optional<ForkName> found;
    const auto look_at = [&](const Attempt& attempt) {
        for (const auto& fork : attempt.forks) {
            const bool hit = attempt.b_dialog(fork) == dialog || a_dialog(fork.a_tag) == dialog;
            const auto name = name_of(attempt, fork);
            // Forks that share A's dialog: it stands for the one that has the call, or that A
            // hears.
            if (hit && (!found || (chosen_ ? chosen_ == name : heard_ == name))) found = name;
        }
    };
    for (const auto& attempt : attempts_) look_at(*attempt);
    if (winner_) look_at(*winner_);
    return found;
}

void Call::prack(Attempt& attempt, Fork& fork, std::uint32_t rseq, const std::string& sdp) {
    auto* const dialog = find_dialog(attempt.b_dialog(fork));
    if (dialog == nullptr) return;
    const sip::CSeq cseq{.number = attempt.request->essentials().cseq.number,
                         .method = sip::Method::Invite,
                         .method_text = "INVITE"};
    InDialogParts parts;
    parts.sdp = sdp;
    parts.headers = {{"RAck", sip::print(sip::RAck{rseq, cseq})}};
    append(parts.headers, credentials_ahead(attempt.leg, *dialog, sip::Method::Prack, sdp, {}));
    const auto request =
        make_in_dialog(*dialog, sip::Method::Prack, sending_address(attempt.leg, fork.destination),
                       env_.slot(), parts);
    env_.send_and_forget(request, fork.destination, attempt.leg.trunk);
}

// One at a time is brought to A, whose answer says what its leg is to do; the others wait for their
// PRACK, and their gateways repeat them meanwhile.
void Call::next_early_offer() {
    Attempt* attempt = nullptr;
    Fork* next = nullptr;
    for (const auto& called : attempts_) {
        for (auto& fork : called->forks) {
            if (!fork.offer || !fork.offer->answer.empty()) continue;
            if (fork.offer->brought) return;
            if (next != nullptr) continue;
            attempt = called.get();
            next = &fork;
        }
    }
    // Two first offers have no place in one dialog (RFC 6337 section 2.1): without PRACK that
    // branch ends by its own timer (RFC 3262 section 3).
    const bool one_dialog = setup_.route.single_early_dialog && !told_a_.empty();
    if (next != nullptr && !one_dialog) take_early_offer(*attempt, *next);
}

// It cannot be relayed: the branch gets no PRACK, and its gateway is given up if it has no other.
void Call::drop_early_offer(Attempt& attempt, Fork& fork) {
    if (attempt.forks.size() < 2) {
        attempt_failed(attempt.number, 488, "early offer of leg b cannot be relayed", false);
        return;
    }
    story("early offer of leg b cannot be relayed");
    end_early_dialog(attempt, fork);
    next_early_offer();
}

// INVITE without offer: the reliable response of B brings it, A's PRACK the answer, and B's PRACK
// takes that on (RFC 3262 section 5).
void Call::take_early_offer(Attempt& attempt, Fork& fork) {
    const auto offer = env_.session_reader().read(fork.sdp);
    auto b_spec = offer ? plan(attempt.leg, media::PeerRole::Offerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    auto a_spec = offer ? plan(a_, media::PeerRole::Answerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    if (!b_spec || !a_spec || b_spec->streams.empty() || !fork.b_state.on_remote_offer(*offer)) {
        drop_early_offer(attempt, fork);
        return;
    }
    fork.offer->brought = true;
    attempt.leg.media->spec = std::move(*b_spec);
    // What A hears by an answer of before goes on until it has answered this one.
    const auto streams = a_.media->spec.streams.size();
    if (a_.media->remote_sdp.empty() || a_spec->streams.size() > streams) {
        a_.media->spec = std::move(*a_spec);
    }
    const auto name = name_of(attempt, fork);
    hear(name);
    story("the far side offers in a reliable response");
    with_media(whole_session(), [this, name](const Result<relay_api::OperationReply>& reply) {
        auto* const calling = find_attempt(name.attempt);
        auto* const offering = find_fork(name);
        if (calling == nullptr || offering == nullptr) return;
        if (succeeded(reply)) take_all_ports(*reply);
        const auto said = env_.session_reader().read(offering->sdp);
        const auto anchored = succeeded(reply) ? anchor_offer(*said, *a_.media, a_writer(*offering))
                                               : Result<std::string>(fail(sdp::Errc::Syntax));
        if (!anchored) {
            drop_early_offer(*calling, *offering);
            return;
        }
        send_early(*offering, {offering->offer->code, offering->a_tag, *anchored, {}, true, {}});
    });
}

void Call::on_prack(transaction::ServerId id, const sip::MessagePtr& request,
                    const std::optional<ForkName>& name) {
    const auto value = request->header(sip::HeaderId::RAck);
    const auto rack = value ? sip::parse_rack(*value) : Result<sip::RAck>{};
    if (!value || !rack) {
        refuse(id, *request, 400, "RAck is missing or malformed");
        return;
    }
    const auto body = sdp_body(*request);
    if (body.error != 0) {
        refuse(id, *request, body.error, "body of the PRACK is not SDP");
        return;
    }
    const std::string tag(request->essentials().to_tag);
    if (!early_ || !early_->on_prack(*rack, tag)) {
        refuse(id, *request, 481, "no such reliable response");
        return;
    }
    arm_early_timer();
    using State = sdp::OfferAnswer::State;
    auto* const fork = name ? find_fork(*name) : nullptr;
    if (fork == nullptr) {
        // Of a fork that is over, or behind the 2xx (section 3).
        env_.respond(id, make_response(*request, 200));
        const bool lives = tag == only_a_tag_ || (a_.dialog && a_.dialog->local_tag == tag);
        if (!lives) env_.dialogs().erase(a_dialog(tag));
    } else if (fork->a_state.state() == State::OfferSent) {
        env_.respond(id, make_response(*request, 200));
        take_early_answer(*name, std::string(body.text));
    } else if (!body.text.empty()) {
        on_offer_request(id, request, Side::A, name);
    } else {
        env_.respond(id, make_response(*request, 200));
    }
    after_prack();
}

// A's answer to the early offer of B.
void Call::take_early_answer(const ForkName& name, const std::string& sdp) {
    auto* const fork = find_fork(name);
    const auto answer = env_.session_reader().read(sdp);
    const auto offer = env_.session_reader().read(fork->sdp);
    auto spec = answer && fork->a_state.on_answer(*answer)
                    ? plan(a_, media::PeerRole::Answerer, *offer, &*answer)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    if (!spec) {
        release(record::ReleasedBy::Sbc, 488, "PRACK of leg a carries no usable answer",
                warned("PRACK carries no usable answer"));
        return;
    }
    fork->offer->answer = sdp;
    a_.media->remote_sdp = sdp;
    a_.media->spec = std::move(*spec);
    with_media(whole_session(), [this, name](const Result<relay_api::OperationReply>& reply) {
        auto* const attempt = find_attempt(name.attempt);
        auto* const offering = find_fork(name);
        if (attempt == nullptr || offering == nullptr || !offering->offer) return;
        const auto said = env_.session_reader().read(offering->offer->answer);
        const auto asked = env_.session_reader().read(offering->sdp);
        const auto anchored =
            succeeded(reply) ? anchor_answer(*said, *asked, *attempt->leg.media, offering->b_writer)
                             : Result<std::string>(fail(sdp::Errc::AnswerMismatch));
        if (!anchored) {
            release(record::ReleasedBy::Sbc, 500, "media relay refused the answer of leg a");
            return;
        }
        take_all_ports(*reply);
        (void)offering->b_state.on_answer(sdp::shapes_written(*anchored));
        prack(*attempt, *offering, offering->offer->rseq, *anchored);
        next_early_offer();
    });
}

// What waited for the PRACK, or for an exchange, goes on: the next provisional response, or the
// 2xx.
void Call::after_prack() {
    if (state_ == CallState::Releasing || a_answered_ || !early_) return;
    while (const auto ready = early_->next(env_.clock().now())) emit_early(*ready);
    if (early_->holds_final() || exchange_ || !held_answer_) return;
    const auto answer = std::exchange(held_answer_, {});
    answer();
}

}  // namespace portcullis::b2bua
