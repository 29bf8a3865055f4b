// SPDX-License-Identifier: BSD-2-Clause
// negotiation: a leg's descriptions planned for the relay, and written for the other leg.
#pragma once

#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "signaling/b2bua/config_snapshot.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/media/media_plan.hpp"
#include "signaling/sdp/session.hpp"
#include "signaling/sip/warning.hpp"

namespace portcullis::b2bua {

[[nodiscard]] inline bool succeeded(const Result<relay_api::OperationReply>& reply) {
    return reply && reply->outcome == relay_api::Outcome::Ok;
}

// The family of the first active stream's address; nothing when none is an address.
[[nodiscard]] std::optional<IpFamily> media_family(const sdp::SessionDescription& description);

// Gives the leg a media pool of its realm and `family`. False: the realm has none.
[[nodiscard]] bool choose_pool(Leg& leg, const ConfigSnapshot& config, IpFamily family);

// Plans the leg's streams with the terms of its trunk and what is known of NAT before its peer.
[[nodiscard]] Result<relay_api::LegSpec> plan(const Leg& leg, media::PeerRole role,
                                              const sdp::SessionDescription& offer,
                                              const sdp::SessionDescription* answer);

// What `from` says, anchored on the relay's ports of a leg, for the peer of that leg.
[[nodiscard]] Result<std::string> anchor_offer(const sdp::SessionDescription& from,
                                               const LegMedia& to, sdp::SdpWriterState& writer);
[[nodiscard]] Result<std::string> anchor_answer(const sdp::SessionDescription& from,
                                                const sdp::SessionDescription& offer,
                                                const LegMedia& to, sdp::SdpWriterState& writer);

// What is wrong with a description, for its sender (RFC 3261 section 20.43: 301 addresses, 304
// media types, 307 what was not understood).
[[nodiscard]] sip::Warning warning_of(const Error& error);

// Every stream of `spec` that `ports` has an entry for keeps to that port.
void take_ports(Leg& leg, const std::vector<relay_api::StreamPorts>& ports);

}  // namespace portcullis::b2bua
