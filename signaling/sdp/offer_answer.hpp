// SPDX-License-Identifier: BSD-2-Clause
// OfferAnswer: the offer/answer state of one dialog (RFC 3264, RFC 6337).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/result.hpp"
#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// What later descriptions of a dialog are checked against: one m-line without its particulars.
struct StreamShape {
    std::string media;
    std::string protocol;
    bool rejected = false;
    auto fields() { return std::tie(media, protocol, rejected); }
    bool operator==(const StreamShape&) const = default;
};

// Of a description that anchor() wrote, which needs no second parse.
[[nodiscard]] std::vector<StreamShape> shapes_written(std::string_view description);

// One per dialog, made and used by its shard; keeps shapes only, never the descriptions.
//
//                 on_local_offer            on_answer
//       Stable ------------------> OfferSent --------> Stable
//              ------------------> OfferReceived ----> Stable
//                 on_remote_offer           on_answer (ours)
//       on_rollback returns to Stable with the previous session (RFC 6337 section 3.4).
//
// A refused event changes nothing.
class OfferAnswer {
 public:
    enum class State : std::uint8_t { Stable, OfferSent, OfferReceived, kMax = OfferReceived };

    // We send an offer. Errors: Glare unless Stable; OfferMismatch (RFC 3264 section 8).
    Status on_local_offer(std::vector<StreamShape> offer);
    // The peer sends an offer. Errors: Glare (answer 491 or, for an unanswered offer of the peer's
    // own, 500: RFC 6337 section 2.2); OfferMismatch (488).
    Status on_remote_offer(const SessionDescription& offer);
    // The answer to the outstanding offer: the peer's in OfferSent, ours in OfferReceived. Errors:
    // NoOffer; AnswerMismatch, after which the offer is still outstanding.
    Status on_answer(const SessionDescription& answer);
    Status on_answer(const std::vector<StreamShape>& answer);
    // An answer in an unreliable provisional response: checked, but the offer stays outstanding
    // until the final response repeats it (RFC 6337 section 3.1.1).
    [[nodiscard]] Status check_early_answer(const SessionDescription& answer) const;
    // The offer failed: its transaction ended in an error, or timed out.
    void on_rollback();

    [[nodiscard]] State state() const { return state_; }
    // True once any offer was answered.
    [[nodiscard]] bool established() const { return established_; }
    // M-lines of the agreed session; empty before the first answer.
    [[nodiscard]] const std::vector<StreamShape>& agreed() const { return agreed_; }

    auto fields() { return std::tie(state_, established_, agreed_, offered_); }

 private:
    Status begin(std::vector<StreamShape> offer, State next);
    [[nodiscard]] Status check_answer(const std::vector<StreamShape>& answer) const;

    State state_ = State::Stable;
    bool established_ = false;
    std::vector<StreamShape> agreed_;
    std::vector<StreamShape> offered_;
};

}  // namespace portcullis::sdp
