// SPDX-License-Identifier: BSD-2-Clause
// Which address to write in SDP for a relay port, and which latch policy a peer's media needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/net/ip_address.hpp"
#include "nat/classify.hpp"
#include "nat/latch.hpp"

namespace portcullis::nat {

// What is known of a peer when its SDP is planned.
struct MediaFacts {
    std::optional<LatchPolicy> configured;  // of the trunk, realm or media profile; wins if set
    NatVerdict verdict;                     // of the SIP message that carried the SDP
    IpAddress signaling_source;             // where that message came from
    std::optional<IpAddress> sdp_address;   // the first active stream's c=; empty: no SDP yet
};

enum class AdviceReason : std::uint8_t {
    Configured,
    Default,           // SDP is believed
    PeerBehindNat,     // the SIP message came through NAT, so the SDP address is the inside one
    PrivateSdpAddress  // SDP names a private address and the message came from a public one
};

struct MediaAdvice {
    LatchPolicy policy = LatchPolicy::SdpAddress;
    AdviceReason reason = AdviceReason::Default;
    bool operator==(const MediaAdvice&) const = default;
};

// sdp-address unless there is evidence that SDP cannot be true. Without NAT, an SDP address that
// differs from the signaling source is believed: media servers stand apart from their proxies.
[[nodiscard]] MediaAdvice advise_media(const MediaFacts& facts);

// The pool's public address behind 1:1 NAT, else the bound one.
[[nodiscard]] inline const IpAddress& media_address(const IpAddress& bound,
                                                    const std::optional<IpAddress>& advertised) {
    return advertised ? *advertised : bound;
}

[[nodiscard]] std::string_view describe(AdviceReason reason);

}  // namespace portcullis::nat
