// SPDX-License-Identifier: BSD-2-Clause
// Delayed offers: an INVITE or re-INVITE without SDP, whose 2xx brings the offer and whose ACK the
// answer (RFC 3261 section 13.2.1).
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::b2bua {

// INVITE without SDP: the 2xx of B is the offer, A's ACK brings the answer, B's ACK takes it on
// (RFC 3261 section 13.2.1).
void Call::answer_with_delayed_offer(const std::string& sdp, const std::string& a_tag) {
    const auto offer = sdp::parse_session(sdp);
    auto b_spec = offer ? plan(b_, media::PeerRole::Offerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    auto a_spec = offer ? plan(a_, media::PeerRole::Answerer, *offer, nullptr)
                        : Result<relay_api::LegSpec>(std::unexpected(offer.error()));
    if (!b_spec || !a_spec || b_spec->streams.empty()) {
        abandon_answered_b("offer of leg b cannot be relayed");
        return;
    }
    b_.media.remote_sdp = sdp;
    (void)b_.media.offer_answer.on_remote_offer(*offer);
    b_.media.spec = std::move(*b_spec);
    a_.media.spec = std::move(*a_spec);
    with_media(whole_session(), [this, a_tag](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            abandon_answered_b("media relay: " + (reply ? reply->detail : reply.error().text()));
            return;
        }
        take_ports(a_, reply->ports);
        take_ports(b_, reply->ports);
        const auto original = sdp::parse_session(b_.media.remote_sdp);
        const auto anchored = anchor_offer(*original, a_);
        if (!anchored) {
            abandon_answered_b(anchored.error().text());
            return;
        }
        if (const auto ours = sdp::parse_session(*anchored)) {
            (void)a_.media.offer_answer.on_local_offer(*ours);
        }
        awaiting_delayed_answer_ = true;
        delayed_ack_cseq_ = attempt_->request->essentials().cseq.number;
        connected(a_tag, *anchored);
    });
}

void Call::finish_delayed_answer(const sip::MessagePtr& ack) {
    awaiting_delayed_answer_ = false;
    const auto body = sdp_body(*ack);
    const auto answer = sdp::parse_session(body.text);
    const auto offer = sdp::parse_session(b_.media.remote_sdp);
    auto spec = answer && a_.media.offer_answer.on_answer(*answer)
                    ? plan(a_, media::PeerRole::Answerer, *offer, &*answer)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    if (!spec) {
        ack_b(delayed_ack_cseq_, {});
        release(record::ReleasedBy::Sbc, 488, "ACK of leg a carries no usable answer");
        return;
    }
    a_.media.remote_sdp = body.text;
    a_.media.spec = std::move(*spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        const auto said = sdp::parse_session(a_.media.remote_sdp);
        const auto asked = sdp::parse_session(b_.media.remote_sdp);
        const auto anchored = anchor_answer(*said, *asked, b_);
        ack_b(delayed_ack_cseq_, anchored ? *anchored : std::string());
        if (attempt_) env_.bury(tombstone());
        if (!succeeded(reply) || !anchored) {
            release(record::ReleasedBy::Sbc, 500, "media relay refused the answer of leg a");
            return;
        }
        take_ports(a_, reply->ports);
        if (const auto ours = sdp::parse_session(*anchored)) {
            (void)b_.media.offer_answer.on_answer(*ours);
        }
        env_.save_checkpoint(id_);
    });
}

// The 2xx to an offerless re-INVITE is the target's offer; the peer that asked answers in its ACK.
void Call::modify_offer_delayed(const sip::MessagePtr& response) {
    Leg& source = leg_of(modify_->from);
    Leg& target = leg_of(other(modify_->from));
    delayed_ack_cseq_ = response->essentials().cseq.number;
    modify_->offer = std::string(sdp_body(*response).text);
    const auto offer = sdp::parse_session(modify_->offer);
    if (!offer || !target.media.offer_answer.on_remote_offer(*offer)) {
        finish_delayed_modify(nullptr);
        return;
    }
    auto target_spec = plan(target, media::PeerRole::Offerer, *offer, nullptr);
    auto source_spec = plan(source, media::PeerRole::Answerer, *offer, nullptr);
    if (!target_spec || !source_spec) {
        finish_delayed_modify(nullptr);
        return;
    }
    target.media.spec = std::move(*target_spec);
    source.media.spec = std::move(*source_spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        Leg& asking = leg_of(modify_->from);
        const auto said = sdp::parse_session(modify_->offer);
        if (succeeded(reply)) {
            take_ports(a_, reply->ports);
            take_ports(b_, reply->ports);
        }
        const auto anchored = anchor_offer(*said, asking);
        const auto ours = anchored ? sdp::parse_session(*anchored)
                                   : Result<sdp::SessionDescription>(fail(sdp::Errc::Syntax));
        if (!succeeded(reply) || !ours || !asking.media.offer_answer.on_local_offer(*ours)) {
            finish_delayed_modify(nullptr);
            return;
        }
        env_.respond(
            modify_->uas,
            make_response(
                *modify_->request, 200,
                {.to_tag = {}, .contact = &asking.address, .sdp = *anchored, .headers = {}}));
    });
}

// `ack` null: the offer could not be carried across, so the target gets an ACK that refuses every
// stream by leaving the call (13.2.2.4 leaves nothing gentler), and the peer a 488.
void Call::finish_delayed_modify(const sip::MessagePtr& ack) {
    Leg& source = leg_of(modify_->from);
    Leg& target = leg_of(other(modify_->from));
    const auto send_ack = [this, &target](const std::string& sdp) {
        auto* const dialog = dialog_of(target.side);
        if (dialog == nullptr) return;
        target.last_ack =
            make_dialog_ack(*dialog, sending_address(target), env_.slot(), delayed_ack_cseq_, sdp);
        target.acked_cseq = delayed_ack_cseq_;
        env_.send_ack(target.last_ack, target.destination);
    };
    const auto answer = ack ? sdp::parse_session(sdp_body(*ack).text)
                            : Result<sdp::SessionDescription>(fail(sdp::Errc::Syntax));
    const auto offer = sdp::parse_session(modify_->offer);
    auto spec = offer && answer && source.media.offer_answer.on_answer(*answer)
                    ? plan(source, media::PeerRole::Answerer, *offer, &*answer)
                    : Result<relay_api::LegSpec>(fail(sdp::Errc::AnswerMismatch));
    const auto anchored = spec ? anchor_answer(*answer, *offer, target)
                               : Result<std::string>(fail(sdp::Errc::AnswerMismatch));
    send_ack(anchored ? *anchored : std::string());
    if (!anchored) {
        release(record::ReleasedBy::Sbc, 0, "delayed offer could not be answered");
        return;
    }
    if (const auto ours = sdp::parse_session(*anchored)) {
        (void)target.media.offer_answer.on_answer(*ours);
    }
    source.media.spec = std::move(*spec);
    source.media.remote_sdp = std::string(sdp_body(*ack).text);
    target.media.remote_sdp = modify_->offer;
    (void)end_modify();
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 0, "media relay refused a delayed answer");
            return;
        }
        take_ports(a_, reply->ports);
        take_ports(b_, reply->ports);
        env_.save_checkpoint(id_);
    });
}

}  // namespace portcullis::b2bua
