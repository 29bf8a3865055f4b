// SPDX-License-Identifier: BSD-2-Clause
// Decision: what decide() answers: refuse the call, or the targets to try in order; with its story.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/config/gateway_uri.hpp"
#include "policy/config/realm_config.hpp"
#include "policy/config/session_config.hpp"

namespace portcullis::policy {

// How media of one leg is anchored; the values of its trunk, else of its realm.
struct MediaTerms {
    config::Latching latching = config::Latching::SdpAddress;
    config::BehindNat behind_nat = config::BehindNat::Auto;

    bool operator==(const MediaTerms&) const = default;
};

// One gateway to try. The caller reserves capacity of `trunk` (Admission) before it does, and goes
// on to the next target when there is none.
struct Target {
    std::string trunk{};
    std::string gateway{};  // its name, else its URI
    // Of a gateway configured by its address. One configured by name (location.is_name()) has to be
    // located first: `endpoint` is unspecified, `transport` is what its URI says, else a guess.
    Endpoint endpoint{};
    TransportKind transport = TransportKind::Udp;
    config::GatewayUri location{};
    std::string uri{};  // "sip:198.18.0.2:5060;transport=udp": to which the called number is added
    std::string realm{};
    std::string domain{};  // URI host towards the realm; empty: address of the interface used
    std::string called{};  // after the number rules
    std::string calling{};
    MediaTerms media{};
    config::SessionConfig session{};
    std::chrono::seconds attempt_timeout{};       // no provisional response: next target
    std::chrono::seconds ring_timeout{};          // provisional, no final response
    std::vector<std::uint16_t> failover_codes{};  // sorted

    // Whether a final response `code` moves the call on to the next target.
    [[nodiscard]] bool fails_over(std::uint16_t code) const {
        return std::binary_search(failover_codes.begin(), failover_codes.end(), code);
    }
};

struct Reject {
    std::uint16_t code = 0;
    std::string reason{};                 // a phrase that names nothing of ours: may go on the wire
    std::chrono::seconds retry_after{0};  // 0: no Retry-After

    bool operator==(const Reject&) const = default;
};

struct NumberPlan;

struct Proceed {
    std::string route{};
    // The route's number rules, for the other numbers of the call's messages; nullptr: none.
    std::shared_ptr<const NumberPlan> numbers{};
    std::vector<Target> targets{};    // never empty
    MediaTerms ingress{};             // of the leg towards the caller
    config::SessionConfig session{};  // of that leg
    bool parallel = false;            // all targets at once; the first answer wins
    bool single_early_dialog = false;
    std::chrono::seconds setup_timeout{};
    std::chrono::seconds media_timeout{};      // 0: off
    std::chrono::seconds max_call_duration{};  // 0: unlimited
};

// One step of the decision, for the ladder, the dry run and the log.
struct TraceLine {
    std::string rule{};  // "route emergency", "number rule strip-00", "trunk carrier"
    std::string text{};  // "chosen: prefix +49 (3 characters)", "called: 0049301 -> +49301"

    bool operator==(const TraceLine&) const = default;
};

struct Decision {
    std::variant<Reject, Proceed> outcome;
    std::vector<TraceLine> trace{};

    [[nodiscard]] const Proceed* proceed() const { return std::get_if<Proceed>(&outcome); }
    [[nodiscard]] const Reject* reject() const { return std::get_if<Reject>(&outcome); }
};

}  // namespace portcullis::policy
