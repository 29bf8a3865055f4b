// SPDX-License-Identifier: BSD-2-Clause
// The new party of a transfer takes the place of the leg that asked.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

// How long a leg that was replaced may take to hang up by itself.
constexpr std::chrono::seconds kRetiredLimit{5};

}  // namespace

void Call::on_transfer_response(Attempt& attempt, const sip::MessagePtr& response,
                                const transport::Source& source) {
    const int code = response->status_code();
    const std::string tag(response->essentials().to_tag);
    if (sip::is_provisional(code)) {
        if (code == 100 || code == 199 || !attempt.has_room_for(tag)) return;
        Fork& fork = fork_of(attempt, tag);
        attempt.leg.peer.learn(*response);
        keep_b_dialog(attempt, fork, *response, source);
        const auto judged = attempt.reliable.on_response(*response);
        using Verdict = dialog::ReliableReceiver::Verdict;
        const auto body = sdp_body(*response);
        if (!body.text.empty() && judged.verdict != Verdict::Early) fork.sdp = body.text;
        if (judged.verdict == Verdict::Fresh) prack(attempt, fork, judged.rseq, {});
        notify_transfer(code);
        return;
    }
    const auto number = attempt.number;
    attempt.leg.peer.learn(*response);
    Fork& fork = fork_of(attempt, tag);
    keep_b_dialog(attempt, fork, *response, source);
    const auto body = sdp_body(*response);
    if (!body.text.empty()) fork.sdp = body.text;
    Leg& leg = attempt.leg;
    leg.dialog = attempt.b_dialog(fork);
    auto* const dialog = find_dialog(*leg.dialog);
    if (dialog == nullptr) {
        attempt_failed(number, 502, "answer makes no dialog", false);
        return;
    }
    leg.destination = destination_of(leg, *dialog, *response, source);
    leg.signaling_source = source.remote.address;
    learn_timer(leg, *response);
    const auto cseq = response->essentials().cseq.number;
    leg.ack = {make_dialog_ack(*dialog, sending_address(leg, leg.destination), env_.slot(), cseq),
               attempt.invite};
    env_.send_ack(leg.ack.message, leg.destination);
    const auto offer = env_.session_reader().read(transfer_offer());
    const auto answer = env_.session_reader().read(fork.sdp);
    (void)leg.media->offer_answer.on_answer(answer ? *answer : sdp::SessionDescription{});
    auto spec = offer && answer ? plan(leg, media::PeerRole::Answerer, *offer, &*answer)
                                : Result<relay_api::LegSpec>(fail(sip::Errc::MalformedValue));
    if (!spec) {
        env_.refuse_fork(tombstone(attempt), *response);
        attempt_failed(number, 488, "answer of the new party cannot be relayed", false);
        return;
    }
    leg.media->remote_sdp = fork.sdp;
    leg.media->spec = std::move(*spec);
    replace_leg(number);
}

// The attempt's leg takes the referrer's place; other gateways that were called are given up.
void Call::replace_leg(std::uint32_t number) {
    const Side side = transfer_->from;
    notify_transfer(200);
    for (const auto timer : {CallTimer::Attempt, CallTimer::Ring}) env_.stop_timer(id_, timer);
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [number](const auto& known) { return known->number == number; });
    winner_ = std::move(*at);
    winner_side_ = side;
    attempts_.erase(at);
    while (!attempts_.empty()) {
        if (attempts_.front()->invite) env_.cancel(attempts_.front()->invite, {});
        drop_attempt(attempts_.front()->number, 487, "another gateway answered");
    }
    retire(side);
    leg_at(side) = std::move(winner_->leg);
    leg_at(side).side = side;
    (side == Side::A ? setup_.ingress_token : egress_token_) = std::move(winner_->token);
    record_attempt(*winner_, 200, "transferred");
    env_.watch(id_, side, leg_at(side).call_id);
    for (const auto& fork : winner_->forks) {
        // Who hangs up one of these does not hang up the call.
        const auto dialog = winner_->b_dialog(fork);
        if (dialog != leg_at(side).dialog) env_.dialogs().erase(dialog);
    }
    story("transferred to " + winner_->target.called + " on " + leg_at(side).trunk);
    leave_winner();
    transfer_.reset();
    forget_setup();
    with_media(whole_session(), [this, side](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 0, "media relay refused a transfer");
            return;
        }
        take_all_ports(*reply);
        arm_session_timer(side);
        env_.save_checkpoint(id_);
        tell_of_new_party(side);
    });
}

// The leg that stays learns what the new party said, unless it was told the same before.
void Call::tell_of_new_party(Side joined) {
    const Leg& fresh = leg_at(joined);
    const Leg& staying = leg_at(other(joined));
    const auto said = env_.session_reader().read(fresh.media->remote_sdp);
    auto writer = staying.media->writer;
    const auto anchored = said ? anchor_offer(*said, *staying.media, writer)
                               : Result<std::string>(fail(sip::Errc::MalformedValue));
    if (!anchored || *anchored == staying.media->writer.last()) return;
    start_own_exchange(joined, fresh.media->remote_sdp, {});
}

// The leg that was replaced: it may still hang up by itself, and is hung up if it does not.
void Call::retire(Side side) {
    Leg& leg = leg_at(side);
    env_.stop_timer(id_, side == Side::A ? CallTimer::SessionA : CallTimer::SessionB);
    unacked(side).reset();
    exchange_due_ = false;
    if (!leg.dialog || find_dialog(*leg.dialog) == nullptr) return;
    retired_.push_back(std::move(leg));
    env_.start_timer(id_, CallTimer::Retired, kRetiredLimit);
}

void Call::end_retired() {
    for (auto& leg : std::exchange(retired_, {})) {
        bye(leg, {});
        if (leg.dialog) env_.dialogs().erase(*leg.dialog);
    }
}

// A request of a leg that was replaced. True: answered.
bool Call::on_retired_request(transaction::ServerId id, const sip::Message& request,
                              const dialog::DialogId& dialog) {
    const auto at = std::find_if(retired_.begin(), retired_.end(),
                                 [&dialog](const Leg& leg) { return leg.dialog == dialog; });
    if (at == retired_.end()) return false;
    const bool hangs_up = request.method() == sip::Method::Bye;
    env_.respond(id, make_response(request, hangs_up ? 200 : 481));
    if (!hangs_up) return true;
    env_.dialogs().erase(dialog);
    retired_.erase(at);
    return true;
}

}  // namespace portcullis::b2bua
