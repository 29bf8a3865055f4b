// SPDX-License-Identifier: BSD-2-Clause
// Attempt and Fork: a gateway that is being called, and the early dialogs that answer it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/rare.hpp"
#include "policy/admission.hpp"
#include "policy/decision.hpp"
#include "signaling/auth/digest_client.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/b2bua/loop_guard.hpp"
#include "signaling/dialog/reliable_provisional.hpp"

namespace portcullis::b2bua {

// The offer that a fork makes in a reliable response to an INVITE without one (RFC 3262 section 5).
struct EarlyOffer {
    int code = 183;          // of the response, as A sees it
    std::uint32_t rseq = 0;  // its PRACK waits for A's answer
    bool brought = false;    // to A
    std::string answer{};    // A's
};

// An early or answered dialog of the far side, and the one that leg A sees for it (RFC 3261 section
// 12.1). Until the answer, both dialogs' offer/answer states live here.
struct Fork {
    std::string remote_tag;
    std::string a_tag;
    std::string sdp;       // the last description it sent
    sip::MessagePtr said;  // the response with it
    sdp::OfferAnswer a_state;
    sdp::OfferAnswer b_state;
    sdp::SdpWriterState a_writer;
    sdp::SdpWriterState b_writer;
    Rare<EarlyOffer> offer;
    transport::Destination destination;  // of requests in its dialog
};

// One gateway that is being called. Owned by its call; each has a leg of its own: Call-ID, tags,
// ports and latch.
struct Attempt {
    std::uint32_t number = 0;  // of the call; what waits for something names its attempt by it
    policy::Target target;
    policy::CallToken token;
    LoopGuard::Token loop;
    Leg leg;
    std::string call_id;
    std::string from_tag;
    transaction::ClientId invite;
    sip::MessagePtr request;
    std::string sdp;  // of the request
    TimePoint started;
    TimePoint due;  // no provisional response until then; afterwards, no answer
    std::vector<Fork> forks;
    dialog::ReliableReceiver reliable;
    auth::ChallengeCount challenges;
    HeaderList credentials;  // the answer to the last challenge
    unsigned repeats = 0;    // the INVITE was sent again: 401, 407, 422
    bool ringing = false;    // a provisional response came

    [[nodiscard]] Fork* find_fork(std::string_view remote_tag) {
        const auto at = std::find_if(forks.begin(), forks.end(), [remote_tag](const Fork& fork) {
            return fork.remote_tag == remote_tag;
        });
        return at == forks.end() ? nullptr : &*at;
    }
    // A far side that invents forks without end gets no further ones.
    [[nodiscard]] bool has_room_for(std::string_view remote_tag) {
        constexpr std::size_t kMaxForks = 16;
        return forks.size() < kMaxForks || find_fork(remote_tag) != nullptr;
    }
    [[nodiscard]] dialog::DialogId b_dialog(const Fork& fork) const {
        return {call_id, from_tag, fork.remote_tag};
    }
};

using AttemptPtr = std::unique_ptr<Attempt>;

// Names a fork while its call is set up.
struct ForkName {
    std::uint32_t attempt = 0;
    std::string remote_tag;
    bool operator==(const ForkName&) const = default;
};

}  // namespace portcullis::b2bua
