// SPDX-License-Identifier: BSD-2-Clause
// Exchange: one offer on its way from a leg to the other, and its answer on the way back.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mediarelay/api/types.hpp"
#include "signaling/auth/digest_client.hpp"
#include "signaling/b2bua/attempt.hpp"

namespace portcullis::b2bua {

// A call has one at a time. The offer comes in a re-INVITE, an UPDATE, a PRACK or the 2xx to a
// re-INVITE without one (RFC 6337 section 2); or it is our own, when the far side of a leg changed.
struct Exchange {
    Side from = Side::A;
    // The request that brought it; null: our own.
    transaction::ServerId uas;
    sip::MessagePtr request;
    // What carries it on.
    sip::Method out = sip::Method::Invite;
    transaction::ClientId uac;
    // While the call is set up: whose early dialogs it runs in.
    std::optional<ForkName> fork;
    sip::MessagePtr response;  // the target's 2xx
    std::string offer;         // of the offering side; empty until a delayed one comes
    std::string sent_sdp;      // as it was carried on, to be sent again
    relay_api::LegSpec from_before;
    relay_api::LegSpec to_before;
    sdp::SdpWriterState to_writer_before;
    std::uint32_t stage_generation = 0;
    std::uint32_t delayed_ack_cseq = 0;
    auth::ChallengeCount challenges;
    unsigned glares = 0;  // how often our own met a 491
    bool joins = false;   // the request is an INVITE with Replaces
    bool staged = false;
    bool grown = false;        // streams were added to the relay session ahead of the answer
    bool delayed = false;      // the request brought no offer
    bool progressing = false;  // a provisional response came
    bool overdue = false;      // we have cancelled it, nobody else
    bool answered = false;     // the target's 2xx came
    bool touched = false;      // the relay was asked for anything
    // Told the status that it ended with.
    std::function<void(int)> done;

    [[nodiscard]] bool is_own() const { return request == nullptr; }
};

// A request that fails so has found its dialog gone (RFC 3261 sections 12.2.1.2 and 14.1); no
// response at all is a 408 as well.
[[nodiscard]] constexpr bool ends_dialog(int code) { return code == 408 || code == 481; }

}  // namespace portcullis::b2bua
