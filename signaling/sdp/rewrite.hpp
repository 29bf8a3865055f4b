// SPDX-License-Identifier: BSD-2-Clause
// Anchors a description: what one side said, said again to the other side with the relay's
// addresses and nothing else of the first side (topology hiding). The pass-list is in README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/base/result.hpp"
#include "common/net/endpoint.hpp"
#include "signaling/sdp/session.hpp"
#include "signaling/sdp/writer_state.hpp"

namespace portcullis::sdp {

// The relay's side of one stream of the leg that will receive the description, as it shall be
// written: with the pool's advertised address where there is one.
struct LocalStream {
    std::uint16_t stream = 0;  // index of the m-line
    Endpoint rtp;
    Endpoint rtcp;          // equals rtp when the leg multiplexes
    bool rtcp_mux = false;  // this leg multiplexes RTP and RTCP (RFC 5761)
};

enum class Role : std::uint8_t { Offer, Answer };

struct AnchorRequest {
    Role role = Role::Offer;
    // What the other leg's peer said. Not kept.
    const SessionDescription* from = nullptr;
    // Streams with a relay port, in any order; m-lines that are not named go out with port 0.
    std::span<const LocalStream> local;
    // Answers: the offer that the receiver of this answer sent; rejected m-lines repeat its media
    // type, protocol and first format. May be null.
    const SessionDescription* offer = nullptr;
    // For o= and c= when no stream has a relay port.
    IpAddress fallback_address;
};

// True when a stream can cross at all: it has a port, a known media type and a protocol that the
// relay forwards (plain RTP with a known payload type, UDPTL, UDP). Others are written with port 0.
[[nodiscard]] bool is_anchorable(const MediaDescription& media);

// Writes the description for the far side and advances `writer`. m-lines keep their order and
// number. An offer repeats a=rtcp-mux where `from` offered it; an answer where the leg multiplexes.
// Errors: Unanchorable when two entries of `local` name one stream or one is past the last m-line.
[[nodiscard]] Result<std::string> anchor(const AnchorRequest& request, SdpWriterState& writer);

}  // namespace portcullis::sdp
