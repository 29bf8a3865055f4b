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

std::vector<StreamShape> shapes_written(std::string_view description) {
    std::vector<StreamShape> out;
    constexpr std::string_view kStart = "\nm=";
    for (auto at = description.find(kStart); at != std::string_view::npos;
         at = description.find(kStart, at + 1)) {
        const auto line = text::cut(description.substr(at + kStart.size()), '\r').first;
        const auto [media, rest] = text::cut(line, ' ');
        const auto [port, formats] = text::cut(rest, ' ');
        const auto protocol = text::cut(formats, ' ').first;
        out.push_back({std::string(media), std::string(protocol), port == "0"});
    }
    return out;
}

Status OfferAnswer::on_local_offer(std::vector<StreamShape> offer) {
    return begin(std::move(offer), State::OfferSent);
}

Status OfferAnswer::on_remote_offer(const SessionDescription& offer) {
    return begin(shapes_of(offer), State::OfferReceived);
}

Status OfferAnswer::begin(std::vector<StreamShape> offer, State next) {
    if (state_ != State::Stable) return fail(Errc::Glare);
    // RFC 3264 section 8: m-lines are never removed. Their media type may change in place (section
    // 8.3.3): fax turns m=audio into m=image.
    if (offer.size() < agreed_.size()) return fail(Errc::OfferMismatch, "m-lines are missing");
    offered_ = std::move(offer);
    state_ = next;
    return {};
}

Status OfferAnswer::check_answer(const std::vector<StreamShape>& answer) const {
    if (state_ == State::Stable) return fail(Errc::NoOffer);
    // RFC 3264 section 6: as many m-lines, in the same order.
    if (answer.size() != offered_.size()) {
        return fail(Errc::AnswerMismatch, "number of m-lines differs");
    }
    for (std::size_t i = 0; i < offered_.size(); ++i) {
        const auto& stream = answer[i];
        if (stream.rejected) continue;  // its other fields carry no meaning
        if (offered_[i].rejected)
            return fail(Errc::AnswerMismatch, at(i, "was offered with port 0"));
        if (!text::iequals(offered_[i].media, stream.media)) {
            return fail(Errc::AnswerMismatch, at(i, "media type differs"));
        }
        if (!text::iequals(offered_[i].protocol, stream.protocol)) {
            return fail(Errc::AnswerMismatch, at(i, "protocol differs"));
        }
    }
    return {};
}

Status OfferAnswer::check_early_answer(const SessionDescription& answer) const {
    return check_answer(shapes_of(answer));
}

Status OfferAnswer::on_answer(const SessionDescription& answer) {
    return on_answer(shapes_of(answer));
}

Status OfferAnswer::on_answer(const std::vector<StreamShape>& answer) {
    if (auto status = check_answer(answer); !status) return status;
    // A stream that the answer rejects is out of use, whatever the offer said; the slot keeps the
    // offer's media type, because an answerer may write anything beside port 0.
    agreed_ = std::exchange(offered_, {});
    for (std::size_t i = 0; i < agreed_.size(); ++i) agreed_[i].rejected = answer[i].rejected;
    established_ = true;
    state_ = State::Stable;
    return {};
}

void OfferAnswer::on_rollback() {
    offered_.clear();
    state_ = State::Stable;
}

}  // namespace portcullis::sdp
