// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/media/stream_plan.hpp"

#include <algorithm>
#include <utility>

#include "signaling/sdp/attributes.hpp"

namespace portcullis::media {
namespace {

using nat::LatchPolicy;

static_assert(std::to_underlying(LatchPolicy::Strict) ==
              std::to_underlying(relay_api::LatchPolicy::Strict));
static_assert(std::to_underlying(LatchPolicy::SdpAddress) ==
              std::to_underlying(relay_api::LatchPolicy::SdpAddress));
static_assert(std::to_underlying(LatchPolicy::SignalingAddress) ==
              std::to_underlying(relay_api::LatchPolicy::SignalingAddress));
static_assert(std::to_underlying(LatchPolicy::Any) ==
              std::to_underlying(relay_api::LatchPolicy::Any));

std::string at(std::size_t index, std::string_view what) {
    return "m-line " + std::to_string(index + 1) + ": " + std::string(what);
}

std::vector<relay_api::PayloadSpec> payloads_of(const sdp::MediaDescription& media) {
    std::vector<relay_api::PayloadSpec> out;
    for (auto& map : sdp::rtp_maps(media)) {
        out.push_back({map.payload_type, map.clock_rate, std::string(map.encoding)});
    }
    return out;
}

// The address that the peer's description names for the stream; nothing when it names none on
// purpose (c=0.0.0.0) or when the source of the SIP message will be used instead.
Result<std::optional<IpAddress>> remote_address(const LegRequest& request, std::size_t index,
                                                const sdp::SessionDescription& peer) {
    const auto where = sdp::connection(peer, peer.media[index]);
    // An address behind NAT is not sent to, so what it is does not matter.
    const bool by_signaling = request.advice.policy == LatchPolicy::SignalingAddress;
    if (!where) return fail(Errc::NoAddress, at(index, "no c= line"));
    if (!where->ip) return fail(Errc::HostName, at(index, "c= is not an IP address"));
    if (where->ip->is_unspecified()) return std::nullopt;
    // No NAT explains these: whoever writes them wants media sent where none may go.
    if (!where->ip->is_usable_target()) {
        return fail(Errc::UnusableAddress, at(index, where->ip->text()));
    }
    if (where->ip->family() != request.family) {
        if (by_signaling) return std::nullopt;
        return fail(Errc::FamilyMismatch, at(index, where->ip->text()));
    }
    return where->ip;
}

// a=rtcp (RFC 3605); nothing: the relay takes the next port.
Result<std::optional<Endpoint>> rtcp_remote(std::size_t index, const sdp::MediaDescription& media,
                                            const Endpoint& rtp) {
    if (const auto written = sdp::rtcp(media)) {
        const bool usable = written->address && written->address->is_usable_target() &&
                            written->address->family() == rtp.address.family();
        return Endpoint{usable ? written->address.value_or(rtp.address) : rtp.address,
                        written->port};
    }
    if (rtp.port == 0xffff) return fail(Errc::UnusableAddress, at(index, "no port left for RTCP"));
    return std::nullopt;
}

Status set_remotes(const LegRequest& request, std::size_t index,
                   const sdp::SessionDescription& peer, relay_api::StreamSpec& stream) {
    const auto& media = peer.media[index];
    const auto address = remote_address(request, index, peer);
    if (!address) return std::unexpected(address.error());
    const std::optional<IpAddress>& named = *address;
    if (!named) return {};
    const Endpoint rtp{*named, media.port};
    stream.rtp_remote = rtp;
    if (stream.rtcp_mux) return {};
    auto rtcp = rtcp_remote(index, media, rtp);
    if (!rtcp) return std::unexpected(rtcp.error());
    stream.rtcp_remote = *rtcp;
    return {};
}

void set_latch(const LegRequest& request, relay_api::StreamSpec& stream) {
    const auto policy = request.advice.policy;
    stream.latch = static_cast<relay_api::LatchPolicy>(std::to_underlying(policy));
    if (policy != LatchPolicy::SignalingAddress && policy != LatchPolicy::Any) return;
    stream.latch_address = request.signaling_source;
    stream.latch_prefix = request.signaling_prefix;
}

const relay_api::StreamSpec* find_stream(const relay_api::LegSpec* leg, std::size_t index) {
    if (leg == nullptr) return nullptr;
    const auto found = std::find_if(leg->streams.begin(), leg->streams.end(),
                                    [index](const auto& s) { return s.stream == index; });
    return found == leg->streams.end() ? nullptr : &*found;
}

}  // namespace

StreamRefusal judge_stream(const sdp::MediaDescription& media) {
    if (!media.active()) return StreamRefusal::ByPeer;
    if (sdp::is_anchorable(media)) return StreamRefusal::None;
    switch (sdp::protocol_kind(media.protocol)) {
        case sdp::ProtocolKind::KeyedRtp:
            return StreamRefusal::KeyedMedia;
        case sdp::ProtocolKind::Rtp:
            return sdp::rtp_maps(media).empty() ? StreamRefusal::NoFormats
                                                : StreamRefusal::Protocol;
        default:
            return StreamRefusal::Protocol;
    }
}

Result<relay_api::StreamSpec> plan_stream(const LegRequest& request, std::size_t index,
                                          const sdp::SessionDescription* peer) {
    const auto& offered = request.offer->media[index];
    const bool mux_offered = sdp::has_rtcp_mux(offered) &&
                             sdp::protocol_kind(offered.protocol) == sdp::ProtocolKind::Rtp;
    relay_api::StreamSpec stream;
    const auto* current = find_stream(request.current, index);
    if (peer == nullptr && current != nullptr) {
        stream = *current;
        stream.rtcp_mux = stream.rtcp_mux && mux_offered;
        return stream;
    }
    stream.stream = static_cast<std::uint16_t>(index);
    set_latch(request, stream);
    if (peer == nullptr) {
        stream.payloads = payloads_of(offered);
        return stream;
    }
    const auto& media = peer->media[index];
    // RFC 5761 section 5.1.1: in force when offered and answered. An offerer's wish is always met.
    stream.rtcp_mux = mux_offered && sdp::has_rtcp_mux(media);
    stream.payloads = payloads_of(media);
    const auto direction = sdp::effective_direction(*peer, media);
    stream.receive = sdp::sends(direction);
    stream.send = sdp::receives(direction);
    if (auto status = set_remotes(request, index, *peer, stream); !status) {
        return std::unexpected(status.error());
    }
    return stream;
}

}  // namespace portcullis::media
