// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/attributes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/text.hpp"
#include "signaling/sdp/connection_line.hpp"

namespace portcullis::sdp {
namespace {

constexpr std::array<std::pair<std::string_view, Direction>, 4> kDirections{{
    {"sendrecv", Direction::SendRecv},
    {"sendonly", Direction::SendOnly},
    {"recvonly", Direction::RecvOnly},
    {"inactive", Direction::Inactive},
}};

constexpr std::array<std::pair<std::string_view, ProtocolKind>, 10> kProtocols{{
    {"RTP/AVP", ProtocolKind::Rtp},
    {"RTP/AVPF", ProtocolKind::Rtp},
    {"RTP/SAVP", ProtocolKind::KeyedRtp},
    {"RTP/SAVPF", ProtocolKind::KeyedRtp},
    {"UDP/TLS/RTP/SAVP", ProtocolKind::KeyedRtp},
    {"UDP/TLS/RTP/SAVPF", ProtocolKind::KeyedRtp},
    {"udptl", ProtocolKind::Udptl},
    {"udp", ProtocolKind::Udp},
    {"UDP/BFCP", ProtocolKind::Udp},
    {"UDP/UDPTL", ProtocolKind::Udptl},
}};

std::optional<Direction> find_direction(const std::vector<Line>& lines) {
    for (const auto& line : lines) {
        if (line.type != 'a') continue;
        for (const auto& [word, direction] : kDirections) {
            if (text::trim(line.value) == word) return direction;
        }
    }
    return std::nullopt;
}

std::optional<Connection> find_connection(const std::vector<Line>& lines) {
    for (const auto& line : lines) {
        if (line.type == 'c') return parse_connection(line.value);
    }
    return std::nullopt;
}

// RFC 3264 8.4: an address of all zeros says "do not send to me"; RFC 4566 and later use it in
// IPv6 too.
bool has_null_address(const SessionDescription& session, const MediaDescription& media) {
    const auto where = connection(session, media);
    return where && where->ip && where->ip->is_unspecified();
}

std::optional<std::uint16_t> milliseconds(const MediaDescription& media, std::string_view name) {
    const auto value = find_attribute(media.lines, name);
    if (!value) return std::nullopt;
    const auto number = text::to_number<std::uint16_t>(text::trim(*value));
    return number && *number > 0 ? number : std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_attribute(const std::vector<Line>& lines,
                                               std::string_view name) {
    for (const auto& line : lines) {
        if (line.type == 'a' && text::trim(line.attribute()) == name) return line.attribute_value();
    }
    return std::nullopt;
}

std::optional<std::string_view> fmtp(const MediaDescription& media, std::string_view format) {
    for (const auto& line : media.lines) {
        if (line.type != 'a' || line.attribute() != "fmtp") continue;
        const auto [which, parameters] = text::cut(text::trim(line.attribute_value()), ' ');
        if (which == format) return text::trim(parameters);
    }
    return std::nullopt;
}

Direction direction(const SessionDescription& session, const MediaDescription& media) {
    if (const auto own = find_direction(media.lines)) return *own;
    return find_direction(session.lines).value_or(Direction::SendRecv);
}

Direction effective_direction(const SessionDescription& session, const MediaDescription& media) {
    const Direction written = direction(session, media);
    if (!has_null_address(session, media)) return written;
    return sends(written) ? Direction::SendOnly : Direction::Inactive;
}

Direction reverse(Direction direction) {
    switch (direction) {
        case Direction::SendOnly:
            return Direction::RecvOnly;
        case Direction::RecvOnly:
            return Direction::SendOnly;
        default:
            return direction;
    }
}

std::string_view name(Direction direction) {
    return kDirections[static_cast<std::size_t>(direction)].first;
}

Hold hold(const SessionDescription& session, const MediaDescription& media) {
    if (has_null_address(session, media)) return Hold::NullAddress;
    switch (direction(session, media)) {
        case Direction::SendRecv:
            return Hold::None;
        case Direction::SendOnly:
            return Hold::SendOnly;
        case Direction::RecvOnly:
            return Hold::RecvOnly;
        case Direction::Inactive:
            return Hold::Inactive;
    }
    return Hold::None;
}

bool is_hold(const SessionDescription& session) {
    bool any = false;
    for (const auto& media : session.media) {
        if (!media.active()) continue;
        if (receives(effective_direction(session, media))) return false;
        any = true;
    }
    return any;
}

std::optional<Connection> connection(const SessionDescription& session,
                                     const MediaDescription& media) {
    if (auto own = find_connection(media.lines)) return own;
    return find_connection(session.lines);
}

std::optional<RtcpAttribute> rtcp(const MediaDescription& media) {
    const auto value = find_attribute(media.lines, "rtcp");
    if (!value) return std::nullopt;
    const auto [port, where] = text::cut(text::trim(*value), ' ');
    const auto number = text::to_number<std::uint16_t>(port);
    if (!number || *number == 0) return std::nullopt;
    RtcpAttribute out{*number, std::nullopt};
    if (!text::trim(where).empty()) {
        const auto address = parse_connection(where);
        if (!address || !address->ip) return std::nullopt;
        out.address = address->ip;
    }
    return out;
}

bool has_rtcp_mux(const MediaDescription& media) {
    return find_attribute(media.lines, "rtcp-mux").has_value();
}

std::optional<std::uint16_t> ptime(const MediaDescription& media) {
    return milliseconds(media, "ptime");
}

std::optional<std::uint16_t> maxptime(const MediaDescription& media) {
    return milliseconds(media, "maxptime");
}

std::optional<std::string_view> mid(const MediaDescription& media) {
    const auto value = find_attribute(media.lines, "mid");
    if (!value || text::trim(*value).empty()) return std::nullopt;
    return text::trim(*value);
}

std::vector<Group> groups(const SessionDescription& session) {
    std::vector<Group> out;
    for (const auto& line : session.lines) {
        if (line.type != 'a' || line.attribute() != "group") continue;
        auto [semantics, rest] = text::cut(text::trim(line.attribute_value()), ' ');
        Group group{std::string(semantics), {}};
        while (!(rest = text::trim(rest)).empty()) {
            const auto [word, tail] = text::cut(rest, ' ');
            group.mids.emplace_back(word);
            rest = tail;
        }
        out.push_back(std::move(group));
    }
    return out;
}

std::vector<std::string_view> crypto(const MediaDescription& media) {
    std::vector<std::string_view> out;
    for (const auto& line : media.lines) {
        if (line.type == 'a' && line.attribute() == "crypto") out.push_back(line.attribute_value());
    }
    return out;
}

ProtocolKind protocol_kind(std::string_view protocol) {
    for (const auto& [word, kind] : kProtocols) {
        if (text::iequals(word, protocol)) return kind;
    }
    return ProtocolKind::Other;
}

std::size_t active_streams(const SessionDescription& session) {
    return static_cast<std::size_t>(
        std::count_if(session.media.begin(), session.media.end(),
                      [](const MediaDescription& media) { return media.active(); }));
}

}  // namespace portcullis::sdp
