// SPDX-License-Identifier: BSD-2-Clause
// CallCheckpoint: what of a confirmed call survives its process; fields are only ever appended.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "signaling/b2bua/leg.hpp"
#include "signaling/dialog/dialog.hpp"
#include "signaling/record/call_record.hpp"

namespace portcullis::b2bua {

// How the parts of a checkpoint are held: owned when it is read, referred to when it is written.
template <class T>
using Owned = T;
template <class T>
using Referred = const T&;

template <template <class> class As>
struct BasicLegCheckpoint {
    As<std::string> realm;
    As<std::string> trunk;
    As<LegAddress> address;
    As<std::string> destination_interface;
    TransportKind destination_transport = TransportKind::Udp;
    Endpoint destination;
    IpAddress signaling_source;
    bool behind_nat = false;
    std::uint8_t latching = 0;
    std::uint8_t nat_policy = 0;
    As<LegMedia> media;
    As<dialog::DialogState> dialog;
    PeerAbilities peer;
    dialog::SessionTimer timer{dialog::SessionTimerTerms{}};
    As<std::string> server_name;  // of the destination
    auto fields() {
        return std::tie(realm, trunk, address, destination_interface, destination_transport,
                        destination, signaling_source, behind_nat, latching, nat_policy, media,
                        dialog, peer, timer, server_name);
    }
};

template <template <class> class As>
struct BasicCallCheckpoint {
    static constexpr std::uint16_t kFormat = 2;
    std::uint16_t format = kFormat;
    std::uint64_t call = 0;
    BasicLegCheckpoint<As> a;
    BasicLegCheckpoint<As> b;
    std::uint32_t generation = 0;
    std::int64_t media_timeout_ms = 0;
    std::int64_t started_us = 0;  // wall clock, since 1970
    std::int64_t ringing_us = 0;  // 0: did not
    std::int64_t answered_us = 0;
    std::int64_t max_duration_s = 0;
    As<std::string> from_number;
    As<std::string> to_number;
    As<std::string> from_number_original;
    As<std::string> to_number_original;
    As<std::string> route;
    As<std::string> gateway;
    As<std::vector<record::Attempt>> attempts;
    std::uint64_t config_revision = 0;
    // The steady clock, which goes on for as long as the machine runs; 0: not known.
    std::int64_t started_steady_us = 0;
    std::int64_t answered_steady_us = 0;
    auto fields() {
        return std::tie(format, call, a, b, generation, media_timeout_ms, started_us, ringing_us,
                        answered_us, max_duration_s, from_number, to_number, from_number_original,
                        to_number_original, route, gateway, attempts, config_revision,
                        started_steady_us, answered_steady_us);
    }
};

using LegCheckpoint = BasicLegCheckpoint<Owned>;
using CallCheckpoint = BasicCallCheckpoint<Owned>;

// Refers to both.
[[nodiscard]] BasicLegCheckpoint<Referred> checkpoint_of(const Leg& leg,
                                                         const dialog::DialogState& dialog);
[[nodiscard]] Leg restore_leg(Side side, const LegCheckpoint& checkpoint);

}  // namespace portcullis::b2bua
