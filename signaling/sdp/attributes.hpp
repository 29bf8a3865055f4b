// SPDX-License-Identifier: BSD-2-Clause
// Typed access to what the lines of a description say. Malformed attributes count as absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/sdp/session.hpp"

namespace portcullis::sdp {

// a=rtpmap (RFC 8866 section 6.6). Views the lines.
struct RtpMap {
    std::uint8_t payload_type = 0;
    std::string_view encoding;
    std::uint32_t clock_rate = 8000;  // Hz
    std::uint8_t channels = 1;
    bool operator==(const RtpMap&) const = default;
};

// a=rtcp (RFC 3605): a port, and an address only when it differs from the media's.
struct RtcpAttribute {
    std::uint16_t port = 0;
    std::optional<IpAddress> address;
    bool operator==(const RtcpAttribute&) const = default;
};

// a=group (RFC 5888).
struct Group {
    std::string semantics;
    std::vector<std::string> mids;
    bool operator==(const Group&) const = default;
};

enum class Direction : std::uint8_t { SendRecv, SendOnly, RecvOnly, Inactive };

// How a description holds a stream. NullAddress is the old form c=0.0.0.0 (RFC 3264 section 8.4).
enum class Hold : std::uint8_t { None, SendOnly, RecvOnly, Inactive, NullAddress };

// The value of the first a=`name`, empty for a flag; nothing when there is none. Views the lines.
[[nodiscard]] std::optional<std::string_view> find_attribute(const std::vector<Line>& lines,
                                                             std::string_view name);

// Payload types of the m-line in their order, each with its rtpmap or its static assignment
// (RFC 3551 table 4 and 5); a dynamic type without rtpmap is left out. Empty for non-RTP media.
[[nodiscard]] std::vector<RtpMap> rtp_maps(const MediaDescription& media);
// Whether rtp_maps() of RTP without keys would give any.
[[nodiscard]] bool has_rtp_map(const MediaDescription& media);
// The parameters of a=fmtp for one format; nothing when there is none. Views the lines.
[[nodiscard]] std::optional<std::string_view> fmtp(const MediaDescription& media,
                                                   std::string_view format);

// As written: the media level's, else the session level's, else sendrecv (RFC 8866 section 6.7).
[[nodiscard]] Direction direction(const SessionDescription& session, const MediaDescription& media);
// With c=0.0.0.0 taken into account: a party with no address to receive on does not receive.
[[nodiscard]] Direction effective_direction(const SessionDescription& session,
                                            const MediaDescription& media);
[[nodiscard]] Direction reverse(Direction direction);
[[nodiscard]] std::string_view name(Direction direction);
[[nodiscard]] constexpr bool sends(Direction d) {
    return d == Direction::SendRecv || d == Direction::SendOnly;
}
[[nodiscard]] constexpr bool receives(Direction d) {
    return d == Direction::SendRecv || d == Direction::RecvOnly;
}

[[nodiscard]] Hold hold(const SessionDescription& session, const MediaDescription& media);
// True when at least one stream is active and none of the active ones receives: the describing
// party has put the other on hold.
[[nodiscard]] bool is_hold(const SessionDescription& session);

// The media's c=, else the session's; nothing when neither exists.
[[nodiscard]] std::optional<Connection> connection(const SessionDescription& session,
                                                   const MediaDescription& media);

[[nodiscard]] std::optional<RtcpAttribute> rtcp(const MediaDescription& media);
[[nodiscard]] bool has_rtcp_mux(const MediaDescription& media);
// Milliseconds.
[[nodiscard]] std::optional<std::uint16_t> ptime(const MediaDescription& media);
[[nodiscard]] std::optional<std::uint16_t> maxptime(const MediaDescription& media);
// The token after a=mid:. Views the lines.
[[nodiscard]] std::optional<std::string_view> mid(const MediaDescription& media);
[[nodiscard]] std::vector<Group> groups(const SessionDescription& session);
// Values of a=crypto (RFC 4568), uninterpreted: they hold keys, never log them. Views the lines.
[[nodiscard]] std::vector<std::string_view> crypto(const MediaDescription& media);

// Transport protocols by what they need from a relay.
enum class ProtocolKind : std::uint8_t {
    Rtp,       // RTP/AVP, RTP/AVPF
    KeyedRtp,  // RTP/SAVP, RTP/SAVPF and their UDP/TLS/ forms
    Udptl,     // T.38 (ITU-T T.38 annex D)
    Udp,       // "udp" and UDP/BFCP: any datagrams
    Other
};
[[nodiscard]] ProtocolKind protocol_kind(std::string_view protocol);

// How many streams have a port.
[[nodiscard]] std::size_t active_streams(const SessionDescription& session);

}  // namespace portcullis::sdp
