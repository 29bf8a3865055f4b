// SPDX-License-Identifier: BSD-2-Clause
#include <array>

#include "common/base/text.hpp"
#include "signaling/sdp/attributes.hpp"

namespace portcullis::sdp {
namespace {

struct StaticType {
    std::uint8_t payload_type;
    std::string_view encoding;
    std::uint32_t clock_rate;
    std::uint8_t channels;
};

// RFC 3551 tables 4 and 5.
constexpr std::array<StaticType, 24> kStaticTypes{{
    {0, "PCMU", 8000, 1},   {3, "GSM", 8000, 1},    {4, "G723", 8000, 1},   {5, "DVI4", 8000, 1},
    {6, "DVI4", 16000, 1},  {7, "LPC", 8000, 1},    {8, "PCMA", 8000, 1},   {9, "G722", 8000, 1},
    {10, "L16", 44100, 2},  {11, "L16", 44100, 1},  {12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},
    {14, "MPA", 90000, 1},  {15, "G728", 8000, 1},  {16, "DVI4", 11025, 1}, {17, "DVI4", 22050, 1},
    {18, "G729", 8000, 1},  {25, "CelB", 90000, 1}, {26, "JPEG", 90000, 1}, {28, "nv", 90000, 1},
    {31, "H261", 90000, 1}, {32, "MPV", 90000, 1},  {33, "MP2T", 90000, 1}, {34, "H263", 90000, 1},
}};

constexpr std::size_t kPayloadTypes = 128;
constexpr std::size_t kMaxEncodingName = 64;

bool is_encoding_name(std::string_view name) {
    if (name.empty() || name.size() > kMaxEncodingName) return false;
    for (const char c : name) {
        // token (RFC 8866 section 9) as far as registered subtypes use it.
        if (!text::is_alpha(c) && !text::is_digit(c) && c != '-' && c != '.' && c != '_' &&
            c != '+') {
            return false;
        }
    }
    return true;
}

// "<payload type> <encoding name>/<clock rate>[/<channels>]"
std::optional<RtpMap> parse_rtpmap(std::string_view value) {
    const auto [number, rest] = text::cut(text::trim(value), ' ');
    const auto [encoding, rates] = text::cut(text::trim(rest), '/');
    const auto [clock, channels] = text::cut(rates, '/');
    const auto payload_type = text::to_number<std::uint8_t>(number);
    const auto clock_rate = text::to_number<std::uint32_t>(clock);
    if (!payload_type || *payload_type > 127 || !clock_rate || *clock_rate == 0)
        return std::nullopt;
    if (!is_encoding_name(encoding)) return std::nullopt;
    // The last part is a channel count for audio and free otherwise: anything else counts as 1.
    const auto count = text::to_number<std::uint8_t>(channels).value_or(1);
    return RtpMap{*payload_type, encoding, *clock_rate, count == 0 ? std::uint8_t{1} : count};
}

std::optional<RtpMap> static_type(std::uint8_t payload_type) {
    for (const auto& row : kStaticTypes) {
        if (row.payload_type == payload_type) {
            return RtpMap{row.payload_type, row.encoding, row.clock_rate, row.channels};
        }
    }
    return std::nullopt;
}

}  // namespace

bool has_rtp_map(const MediaDescription& media) {
    const auto is_static = [](std::string_view format) {
        const auto number = text::to_number<std::uint8_t>(format);
        return number && static_type(*number);
    };
    // The usual case needs no list of all. A static type may be mapped anew, to nothing known less.
    if (media.formats.empty() || protocol_kind(media.protocol) != ProtocolKind::Rtp) return false;
    return is_static(media.formats.front()) || !rtp_maps(media).empty();
}

std::vector<RtpMap> rtp_maps(const MediaDescription& media) {
    const auto kind = protocol_kind(media.protocol);
    if (kind != ProtocolKind::Rtp && kind != ProtocolKind::KeyedRtp) return {};
    // One pass over the formats and one over the lines, however many there are. `places` holds for
    // each payload type its place in `out`, counted from 1.
    std::vector<RtpMap> out;
    out.reserve(media.formats.size());
    std::array<std::uint8_t, kPayloadTypes> places{};
    for (const auto format : media.formats) {
        const auto number = text::to_number<std::uint8_t>(format);
        if (!number || *number >= kPayloadTypes || places[*number] != 0) continue;
        out.push_back({.payload_type = *number, .encoding = {}});
        places[*number] = static_cast<std::uint8_t>(out.size());
    }
    for (const auto& line : media.lines) {
        if (line.type != 'a' || line.attribute() != "rtpmap") continue;
        const auto map = parse_rtpmap(line.attribute_value());
        if (!map || places[map->payload_type] == 0) continue;
        // The first rtpmap of a type counts.
        auto& listed = out[places[map->payload_type] - 1U];
        if (listed.encoding.empty()) listed = *map;
    }
    for (auto& map : out) {
        if (map.encoding.empty()) map = static_type(map.payload_type).value_or(map);
    }
    std::erase_if(out, [](const RtpMap& map) { return map.encoding.empty(); });
    return out;
}

}  // namespace portcullis::sdp
