// SPDX-License-Identifier: BSD-2-Clause
// leg_factory: legs as their first message makes them, and where their requests go.
#pragma once

#include <optional>
#include <string>

#include "signaling/b2bua/config_snapshot.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/dialog/dialog.hpp"
#include "signaling/shard/slot.hpp"

namespace portcullis::b2bua {

// Towards the sender of a request.
[[nodiscard]] Leg uas_leg(const ConfigSnapshot& config, shard::Slot slot,
                          const transport::Source& source, const std::string& realm,
                          const std::string& trunk);

// Towards a gateway; none when its realm has no interface that reaches it.
[[nodiscard]] std::optional<Leg> uac_leg(const ConfigSnapshot& config, shard::Slot slot,
                                         const policy::Target& target);

// Where requests in `dialog`, which the message made or refreshed, go (RFC 3261 section 12.2.1.1).
// Notes in `leg` whether its peer is behind NAT.
[[nodiscard]] transport::Destination destination_of(Leg& leg, const dialog::Dialog& dialog,
                                                    const sip::Message& message,
                                                    const transport::Source& source);

// What DNS is to be asked for before `destination` is right: the name of the next hop, where it is
// another than the peer was reached by so far (RFC 3263 section 4). Nothing where a connection of
// the peer's or an address behind NAT is the way, or where the name is none (RFC 7118 section 5).
[[nodiscard]] std::optional<config::GatewayUri> hop_to_locate(const Leg& leg,
                                                              const dialog::Dialog& dialog);

// What may cross from one leg to another.
[[nodiscard]] PassContext pass_context(const ConfigSnapshot& config, const Leg& from,
                                       const Leg& to);

}  // namespace portcullis::b2bua
