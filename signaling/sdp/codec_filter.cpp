// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/codec_filter.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

#include "common/base/text.hpp"
#include "signaling/sdp/attributes.hpp"

namespace portcullis::sdp {
namespace {

// "opus" matches any clock rate, "opus/48000" one.
bool matches(const RtpMap& map, std::string_view rule) {
    const auto [encoding, clock] = text::cut(rule, '/');
    if (!text::iequals(encoding, map.encoding)) return false;
    return encoding.size() == rule.size() ||
           text::to_number<std::uint32_t>(clock) == map.clock_rate;
}

bool any_matches(const RtpMap& map, const std::vector<std::string>& rules) {
    return std::any_of(rules.begin(), rules.end(),
                       [&map](const std::string& rule) { return matches(map, rule); });
}

// Payload formats that accompany a codec and are no codec themselves.
bool is_companion(const RtpMap& map) {
    return text::iequals(map.encoding, "telephone-event") || text::iequals(map.encoding, "CN") ||
           text::iequals(map.encoding, "red");
}

// Those that `order` names first, each rule taking all it matches; the rest as they stood.
std::vector<RtpMap> ordered(std::vector<RtpMap> maps, const std::vector<std::string>& order) {
    std::vector<RtpMap> out;
    out.reserve(maps.size());
    const auto take_if = [&](auto&& wanted) {
        for (const auto& map : maps) {
            if (wanted(map)) out.push_back(map);
        }
        std::erase_if(maps, wanted);
    };
    for (const auto& rule : order) {
        take_if([&rule](const RtpMap& map) { return matches(map, rule); });
    }
    take_if([](const RtpMap&) { return true; });
    return out;
}

std::vector<RtpMap> allowed(const std::vector<RtpMap>& maps, const CodecRules& rules) {
    const auto codec_stays = [&rules](const RtpMap& map) {
        return !is_companion(map) && !any_matches(map, rules.deny) &&
               (rules.allow.empty() || any_matches(map, rules.allow));
    };
    std::vector<RtpMap> kept;
    for (const auto& map : maps) {
        const bool accompanies =
            is_companion(map) && !any_matches(map, rules.deny) &&
            std::any_of(maps.begin(), maps.end(), [&](const RtpMap& codec) {
                return codec_stays(codec) && codec.clock_rate == map.clock_rate;
            });
        if (codec_stays(map) || accompanies) kept.push_back(map);
    }
    return ordered(std::move(kept), rules.order);
}

// The payload type that an attribute speaks of, if it speaks of one.
std::optional<std::uint8_t> subject(const Line& line) {
    if (line.type != 'a') return std::nullopt;
    const auto name = line.attribute();
    if (name != "rtpmap" && name != "fmtp" && name != "rtcp-fb") return std::nullopt;
    return text::to_number<std::uint8_t>(text::cut(text::trim(line.attribute_value()), ' ').first);
}

void keep_only(MediaDescription& media, const std::vector<RtpMap>& kept) {
    std::bitset<256> stays;
    const auto offered = std::exchange(media.formats, {});
    for (const auto& map : kept) {
        stays.set(map.payload_type);
        const auto written =
            std::find_if(offered.begin(), offered.end(), [&map](std::string_view format) {
                return text::to_number<std::uint8_t>(format) == map.payload_type;
            });
        media.formats.push_back(*written);
    }
    std::erase_if(media.lines, [&stays](const Line& line) {
        const auto type = subject(line);
        return type && !stays.test(*type);
    });
}

}  // namespace

std::size_t filter_codecs(SessionDescription& session, const CodecRules& rules) {
    std::size_t emptied = 0;
    for (auto& media : session.media) {
        if (!media.active() || !text::iequals(media.media, rules.media)) continue;
        const auto kind = protocol_kind(media.protocol);
        if (kind != ProtocolKind::Rtp && kind != ProtocolKind::KeyedRtp) continue;
        const auto kept = allowed(rtp_maps(media), rules);
        if (kept.empty()) {
            // The formats stay: an m-line without any would not be one (RFC 8866 section 9).
            media.port = 0;
            ++emptied;
        } else {
            keep_only(media, kept);
        }
    }
    return emptied;
}

}  // namespace portcullis::sdp
