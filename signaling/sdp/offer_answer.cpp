// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/offer_answer.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "signaling/sdp/errc.hpp"

namespace portcullis::sdp {
namespace {

std::vector<StreamShape> shapes_of(const SessionDescription& session) {
    std::vector<StreamShape> out;
    out.reserve(session.media.size());
    for (const auto& media : session.media) {
        out.push_back({std::string(media.media), std::string(media.protocol), !media.active()});
    }
    return out;
}

std::string at(std::size_t index, std::string_view what) {
    return "m-line " + std::to_string(index + 1) + ": " + std::string(what);
}

}  // namespace

Status OfferAnswer::on_local_offer(const SessionDescription& offer) {
    return begin(offer, State::OfferSent);
}

Status OfferAnswer::on_remote_offer(const SessionDescription& offer) {
    return begin(offer, State::OfferReceived);
}

Status OfferAnswer::begin(const SessionDescription& offer, State next) {
    if (state_ != State::Stable) return fail(Errc::Glare);
    // RFC 3264 section 8: m-lines are never removed. Their media type may change in place (section
    // 8.3.3): fax turns m=audio into m=image.
    if (offer.media.size() < agreed_.size())
        return fail(Errc::OfferMismatch, "m-lines are missing");
    offered_ = shapes_of(offer);
    state_ = next;
    return {};
}

Status OfferAnswer::check_answer(const SessionDescription& answer) const {
    if (state_ == State::Stable) return fail(Errc::NoOffer);
    // RFC 3264 section 6: as many m-lines, in the same order.
    if (answer.media.size() != offered_.size()) {
        return fail(Errc::AnswerMismatch, "number of m-lines differs");
    }
    for (std::size_t i = 0; i < offered_.size(); ++i) {
        const auto& media = answer.media[i];
        if (!media.active()) continue;  // rejected: its other fields carry no meaning
        if (offered_[i].rejected)
            return fail(Errc::AnswerMismatch, at(i, "was offered with port 0"));
        if (!text::iequals(offered_[i].media, media.media)) {
            return fail(Errc::AnswerMismatch, at(i, "media type differs"));
        }
        if (!text::iequals(offered_[i].protocol, media.protocol)) {
            return fail(Errc::AnswerMismatch, at(i, "protocol differs"));
        }
    }
    return {};
}

Status OfferAnswer::check_early_answer(const SessionDescription& answer) const {
    return check_answer(answer);
}

Status OfferAnswer::on_answer(const SessionDescription& answer) {
    if (auto status = check_answer(answer); !status) return status;
    // A stream that the answer rejects is out of use, whatever the offer said; the slot keeps the
    // offer's media type, because an answerer may write anything beside port 0.
    agreed_ = std::exchange(offered_, {});
    for (std::size_t i = 0; i < agreed_.size(); ++i) {
        agreed_[i].rejected = !answer.media[i].active();
    }
    established_ = true;
    state_ = State::Stable;
    return {};
}

void OfferAnswer::on_rollback() {
    offered_.clear();
    state_ = State::Stable;
}

}  // namespace portcullis::sdp
