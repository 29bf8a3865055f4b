// SPDX-License-Identifier: BSD-2-Clause
// Leg: one side of a call: who its peer is, where its requests go, what its SDP says.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/resting.hpp"
#include "mediarelay/api/types.hpp"
#include "policy/decision.hpp"
#include "signaling/b2bua/peer.hpp"
#include "signaling/dialog/dialog_id.hpp"
#include "signaling/dialog/session_timer.hpp"
#include "signaling/record/logged_message.hpp"
#include "signaling/sdp/offer_answer.hpp"
#include "signaling/sdp/writer_state.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/transaction/transaction_user.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::b2bua {

using record::Side;

[[nodiscard]] constexpr Side other(Side side) { return side == Side::A ? Side::B : Side::A; }

// Our own address on a leg: what Via and Contact say.
struct LegAddress {
    std::string interface;
    TransportKind transport = TransportKind::Udp;
    Endpoint local;
    std::string contact_user;  // opaque; says nothing of either side
    std::string domain;        // URI host towards the realm; empty: the local address

    [[nodiscard]] std::string uri_host() const {
        return domain.empty() ? local.address.host_text() : domain;
    }
    auto fields() { return std::tie(interface, transport, local, contact_user, domain); }
};

// The media half of a leg: what the peer said, what we said, what the relay has.
struct LegMedia {
    relay_api::LegSpec spec;
    std::vector<relay_api::StreamPorts> ports;
    IpAddress pool_address;
    sdp::SdpWriterState writer;
    std::string remote_sdp;  // the peer's current description
    sdp::OfferAnswer offer_answer;
    auto fields() { return std::tie(spec, ports, pool_address, writer, remote_sdp, offer_answer); }
};

// The ACK of a 2xx, repeated for each repeated 2xx while the INVITE's transaction lives (13.2.2.4).
struct SentAck {
    sip::MessagePtr message;
    transaction::ClientId invite;
};

// A value owned by its Call. The dialog itself lives in the shard's DialogTable under `dialog`.
struct Leg {
    Side side = Side::A;
    std::string realm;
    std::string trunk;
    LegAddress address;
    transport::Destination destination;  // of the next in-dialog request
    IpAddress signaling_source;          // where the peer's messages come from
    bool behind_nat = false;
    policy::MediaTerms terms;
    config::SessionConfig session;
    PeerAbilities peer;
    std::optional<dialog::SessionTimer> timer;
    Resting<LegMedia> media;
    std::string call_id;                     // of all its dialogs
    std::optional<dialog::DialogId> dialog;  // the confirmed one
    SentAck ack;                             // the last one, while it may be repeated
};

}  // namespace portcullis::b2bua
