// SPDX-License-Identifier: BSD-2-Clause
// Outcome: what became of a packet. One list gives the enum, the words and the metric labels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::relay {

// X(name, metric label, is a drop, words)
#define PORTCULLIS_RELAY_OUTCOMES(X)                                                           \
    X(Forwarded, "forwarded", false, "sent to the linked flow's peer")                         \
    X(Copied, "copied", false, "a copy, sent to a copy link's peer")                           \
    X(HandedOver, "handed_over", false, "given to the worker that owns the port pair")         \
    X(HandedToSender, "handed_to_sender", false, "given to the worker that sends on the port") \
    X(Looped, "looped", false, "addressed to one of our own media ports, received again")      \
    X(Runt, "runt", true, "shorter than an Ethernet header")                                   \
    X(Segmented, "segmented", true, "spread over several buffers")                             \
    X(NotOurMac, "not_our_mac", true, "addressed to another station")                          \
    X(NotIp, "not_ip", true, "neither IPv4 nor IPv6")                                          \
    X(BadIpv4, "bad_ipv4", true, "IPv4 header or total length is wrong")                       \
    X(Ipv4Fragment, "ipv4_fragment", true, "fragment of an IPv4 packet")                       \
    X(BadIpv6, "bad_ipv6", true, "IPv6 header or payload length is wrong")                     \
    X(Ipv6Fragment, "ipv6_fragment", true, "fragment of an IPv6 packet")                       \
    X(Ipv6Extension, "ipv6_extension", true, "IPv6 extension header before UDP")               \
    X(NotUdp, "not_udp", true, "another transport than UDP")                                   \
    X(BadUdp, "bad_udp", true, "UDP length is wrong")                                          \
    X(NotOurAddress, "not_our_address", true, "no media pool has the destination address")     \
    X(OutsidePool, "outside_pool", true, "our address, but outside the pools' port ranges")    \
    X(UnknownPort, "unknown_port", true, "media port without a session")                       \
    X(HandoverFull, "handover_full", true, "the owning worker's ring is full")                 \
    X(BadSource, "bad_source", true, "source address that can not be a peer")                  \
    X(SourceRefused, "source_refused", true, "source that the latch policy refuses")           \
    X(Stun, "stun", true, "STUN without ICE")                                                  \
    X(Dtls, "dtls", true, "DTLS without DTLS-SRTP")                                            \
    X(NotMedia, "not_media", true, "neither RTP nor RTCP (RFC 7983)")                          \
    X(BadRtp, "bad_rtp", true, "RTP header does not fit the packet")                           \
    X(BadRtcp, "bad_rtcp", true, "RTCP compound packet is malformed")                          \
    X(ReceiveOff, "receive_off", true, "the stream takes no packets from this peer (hold)")    \
    X(NoLink, "no_link", true, "received and counted, linked to nobody")                       \
    X(SendOff, "send_off", true, "the linked stream sends nothing to its peer (hold)")         \
    X(NoRemote, "no_remote", true, "where to send is not known yet")                           \
    X(NoNextHop, "no_next_hop", true, "the way to the peer is not resolved")                   \
    X(TooBig, "too_big", true, "larger than the MTU of the way out")                           \
    X(NoHeadroom, "no_headroom", true, "no room before the packet for its new header")         \
    X(NoBuffer, "no_buffer", true, "the packet buffers are used up")                           \
    X(LoopLimit, "loop_limit", true, "came back to our own media ports too often")             \
    X(NoPort, "no_port", true, "the way out leads to a port that is gone")                     \
    X(TransmitFull, "transmit_full", true, "the port's transmit queue is full")

enum class Outcome : std::uint8_t {
#define X(name, label, drop, words) name,
    PORTCULLIS_RELAY_OUTCOMES(X)
#undef X
};

struct OutcomeText {
    std::string_view label;  // metric label value
    bool is_drop;
    std::string_view words;
};

inline constexpr std::array kOutcomes{
#define X(name, label, drop, words) OutcomeText{label, drop, words},
    PORTCULLIS_RELAY_OUTCOMES(X)
#undef X
};

inline constexpr std::size_t kOutcomeCount = kOutcomes.size();

[[nodiscard]] constexpr const OutcomeText& text(Outcome outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)];
}

[[nodiscard]] constexpr bool is_drop(Outcome outcome) { return text(outcome).is_drop; }

}  // namespace portcullis::relay
