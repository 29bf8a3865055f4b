// SPDX-License-Identifier: BSD-2-Clause
// Delayed offers: an INVITE or re-INVITE without SDP, whose 2xx brings the offer and whose ACK the
// answer (RFC 3261 section 13.2.1).
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::b2bua {

// INVITE without SDP: the 2xx of B is the offer, A's ACK brings the answer, B's ACK takes it on.
void Call::answer_with_delayed_offer() {
    Fork& fork = *find_fork(*chosen_);
    const auto offer = env_.session_reader().read(fork.sdp);
    auto b_spec = offer ? plan(b_, media::PeerRole::Offerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    auto a_spec = offer ? plan(a_, media::PeerRole::Answerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    if (!b_spec || !a_spec || b_spec->streams.empty()) {
        abandon_answered_b("offer of leg b cannot be relayed");
        return;
    }
    b_.media->remote_sdp = fork.sdp;
    (void)fork.b_state.on_remote_offer(*offer);
    b_.media->spec = std::move(*b_spec);
    a_.media->spec = std::move(*a_spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            abandon_answered_b("media relay: " + (reply ? reply->detail : reply.error().text()));
            return;
        }
        take_all_ports(*reply);
        Fork& answering = *find_fork(*chosen_);
        const auto original = env_.session_reader().read(b_.media->remote_sdp);
        const auto anchored = anchor_offer(*original, *a_.media, a_writer(answering));
        if (!anchored) {
            abandon_answered_b(anchored.error().text());
            return;
        }
        (void)answering.a_state.on_local_offer(sdp::shapes_written(*anchored));
        awaiting_delayed_answer_ = true;
        delayed_ack_cseq_ = winner_->request->essentials().cseq.number;
        connected(*anchored);
    });
}

void Call::finish_delayed_answer(const sip::MessagePtr& ack) {
    awaiting_delayed_answer_ = false;
    const auto body = sdp_body(*ack);
    const auto answer = env_.session_reader().read(body.text);
    const auto offer = env_.session_reader().read(b_.media->remote_sdp);
    auto spec = answer && a_.media->offer_answer.on_answer(*answer)
                    ? plan(a_, media::PeerRole::Answerer, *offer, &*answer)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    if (!spec) {
        ack_b(delayed_ack_cseq_, {});
        release(record::ReleasedBy::Sbc, 488, "ACK of leg a carries no usable answer");
        return;
    }
    a_.media->remote_sdp = body.text;
    a_.media->spec = std::move(*spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        const auto said = env_.session_reader().read(a_.media->remote_sdp);
        const auto asked = env_.session_reader().read(b_.media->remote_sdp);
        const auto anchored = anchor_answer(*said, *asked, *b_.media, b_.media->writer);
        ack_b(delayed_ack_cseq_, anchored ? *anchored : std::string());
        if (winner_) leave_winner();
        if (!succeeded(reply) || !anchored) {
            release(record::ReleasedBy::Sbc, 500, "media relay refused the answer of leg a");
            return;
        }
        take_all_ports(*reply);
        (void)b_.media->offer_answer.on_answer(sdp::shapes_written(*anchored));
        env_.save_checkpoint(id_);
    });
}

// The 2xx to an offerless re-INVITE is the target's offer; the peer that asked answers in its ACK.
void Call::exchange_offer_delayed(const sip::MessagePtr& response) {
    Leg& source = leg_at(exchange_->from);
    Leg& target = leg_at(other(exchange_->from));
    exchange_->delayed_ack_cseq = response->essentials().cseq.number;
    exchange_->offer = std::string(sdp_body(*response).text);
    const auto offer = env_.session_reader().read(exchange_->offer);
    if (!offer || !target.media->offer_answer.on_remote_offer(*offer)) {
        finish_delayed_exchange(nullptr);
        return;
    }
    auto target_spec = plan(target, media::PeerRole::Offerer, *offer, nullptr);
    auto source_spec = plan(source, media::PeerRole::Answerer, *offer, nullptr);
    if (!target_spec || !source_spec) {
        finish_delayed_exchange(nullptr);
        return;
    }
    target.media->spec = std::move(*target_spec);
    source.media->spec = std::move(*source_spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        Leg& asking = leg_at(exchange_->from);
        const auto said = env_.session_reader().read(exchange_->offer);
        if (succeeded(reply)) take_all_ports(*reply);
        const auto anchored = anchor_offer(*said, *asking.media, asking.media->writer);
        if (!succeeded(reply) || !anchored ||
            !asking.media->offer_answer.on_local_offer(sdp::shapes_written(*anchored))) {
            finish_delayed_exchange(nullptr);
            return;
        }
        HeaderList headers = extension_headers(asking.session, false);
        append(headers, timer_response_headers(asking));
        const auto allow = allow_value(asking.session);
        unacked(asking.side) = exchange_->request->essentials().cseq.number;
        const auto tag = exchange_->joins ? replacement_->tag : std::string();
        const auto offering = make_response(*exchange_->request, 200,
                                            {.to_tag = tag,
                                             .contact = &asking.address,
                                             .allow = allow,
                                             .sdp = *anchored,
                                             .headers = std::move(headers)});
        if (exchange_->joins) keep_joined_dialog(asking, *offering);
        env_.respond(exchange_->uas, offering);
        arm_session_timer(Side::A);
        arm_session_timer(Side::B);
    });
}

// `ack` null: the offer could not be carried across, so the target gets an ACK that refuses every
// stream by leaving the call (13.2.2.4 leaves nothing gentler), and the peer a 488.
void Call::finish_delayed_exchange(const sip::MessagePtr& ack) {
    Leg& source = leg_at(exchange_->from);
    Leg& target = leg_at(other(exchange_->from));
    const auto send_ack = [this, &target](const std::string& sdp) {
        auto* const dialog = dialog_of(target.side);
        if (dialog == nullptr) return;
        target.ack = {make_dialog_ack(*dialog, sending_address(target), env_.slot(),
                                      exchange_->delayed_ack_cseq, sdp),
                      exchange_->uac};
        env_.send_ack(target.ack.message, target.destination);
    };
    const auto answer = ack ? env_.session_reader().read(sdp_body(*ack).text)
                            : Result<sdp::SessionDescription>(fail(sdp::Errc::Syntax));
    const auto offer = env_.session_reader().read(exchange_->offer);
    auto spec = offer && answer && source.media->offer_answer.on_answer(*answer)
                    ? plan(source, media::PeerRole::Answerer, *offer, &*answer)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    const auto anchored = spec ? anchor_answer(*answer, *offer, *target.media, target.media->writer)
                               : Result<std::string>(fail(sdp::Errc::AnswerMismatch));
    send_ack(anchored ? *anchored : std::string());
    if (!anchored) {
        release(record::ReleasedBy::Sbc, 0, "delayed offer could not be answered");
        return;
    }
    (void)target.media->offer_answer.on_answer(sdp::shapes_written(*anchored));
    source.media->spec = std::move(*spec);
    source.media->remote_sdp = std::string(sdp_body(*ack).text);
    target.media->remote_sdp = exchange_->offer;
    const Exchange ended = end_exchange();
    if (ended.done) ended.done(200);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 0, "media relay refused a delayed answer");
            return;
        }
        take_all_ports(*reply);
        env_.save_checkpoint(id_);
    });
}

}  // namespace portcullis::b2bua
