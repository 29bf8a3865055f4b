// SPDX-License-Identifier: BSD-2-Clause
// call_parts: what a Call is made from, and the requests it has under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "signaling/b2bua/attempt.hpp"

namespace portcullis::b2bua {

// Which INVITE made the call, and what policy decided about it.
struct CallSetup {
    transaction::ServerId uas;
    sip::MessagePtr invite;
    transport::Source source;
    std::string realm;
    std::string trunk;
    std::string called;  // as received
    std::string calling;
    policy::Proceed route;
    policy::CallToken ingress_token;
    std::uint64_t config_revision = 0;
    std::string replaces{};  // for the INVITE to the other side, as that side knows the dialog
};

// What the route says of a call beyond its targets.
struct RouteTerms {
    std::shared_ptr<const policy::NumberPlan> numbers;
    bool parallel = false;
    bool single_early_dialog = false;
    std::chrono::seconds setup_timeout{};
    std::chrono::seconds media_timeout{};
    std::chrono::seconds max_call_duration{};
};

// What a call keeps of the CallSetup it was made from.
struct KeptSetup {
    transaction::ServerId uas;
    sip::MessagePtr invite;  // null once the call is established
    std::string caller;      // what a transfer has to know of it then (caller_text)
    transport::Source source;
    policy::CallToken ingress_token;
    RouteTerms route;
    std::string replaces;
};

enum class CallState : std::uint8_t { Allocating, Calling, Early, Connected, Releasing };
[[nodiscard]] std::string_view name(CallState state);

// A call lays its media and dialogs by when nothing has happened for so long.
inline constexpr std::chrono::seconds kRestAfter{1};

struct CallEvent {
    WallTime at;
    std::string text;
};

// One leg's end of an exchange: of the confirmed dialog, or of a fork's early one.
struct Line {
    Leg* leg = nullptr;
    sdp::OfferAnswer* state = nullptr;
    sdp::SdpWriterState* writer = nullptr;
    std::string* remote_sdp = nullptr;
    transport::Destination* destination = nullptr;
    dialog::Dialog* dialog = nullptr;
};
// A request that passes through without changing anything here.
struct Passing {
    transaction::ServerId uas;
    sip::MessagePtr request;
    transaction::ClientId uac;
    Side from = Side::A;
    std::optional<ForkName> fork{};
    HeaderList extra{};
    auth::ChallengeCount challenges{};
};
// The sender of an INVITE with Replaces is taking a leg's place.
struct Replacement {
    Leg replaced;
    policy::CallToken token;
    transport::Source source;
    std::string tag;  // ours, in the new dialog
};
// An offer that waits for the ACK of the other side's INVITE (14.1).
struct Parked {
    transaction::ServerId uas;
    sip::MessagePtr request;
    Side from = Side::A;
};

// A session that we refresh (RFC 4028).
struct Refresh {
    transaction::ClientId uac;
    Side side = Side::A;
    sip::Method method = sip::Method::Update;
    auth::ChallengeCount challenges;
};

}  // namespace portcullis::b2bua
