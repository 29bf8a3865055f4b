// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/media/media_plan.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "signaling/media/stream_plan.hpp"
#include "signaling/sdp/attributes.hpp"

namespace portcullis::media {
namespace {

const relay_api::StreamPorts* find_ports(std::span<const relay_api::StreamPorts> ports, LegId leg,
                                         std::uint16_t stream) {
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const auto& row) {
        return row.leg == leg && row.stream == stream;
    });
    return found == ports.end() ? nullptr : &*found;
}

bool has_stream(const relay_api::LegSpec& leg, std::uint16_t stream) {
    return std::any_of(leg.streams.begin(), leg.streams.end(),
                       [stream](const auto& row) { return row.stream == stream; });
}

// What a leg asks for now, without what it was restored from.
relay_api::LegSpec without_past(relay_api::LegSpec leg) {
    for (auto& stream : leg.streams) {
        stream.requested_port = 0;
        stream.restored_rtp_latch.reset();
        stream.restored_rtcp_latch.reset();
    }
    return leg;
}

}  // namespace

Result<LegPlan> plan_leg(const LegRequest& request) {
    PORTCULLIS_ASSERT(request.offer != nullptr);
    const auto& offer = *request.offer;
    if (request.answer != nullptr && request.answer->media.size() != offer.media.size()) {
        return fail(Errc::ShapeMismatch);
    }
    const auto* peer = request.role == PeerRole::Offerer ? request.offer : request.answer;
    LegPlan plan;
    plan.spec.leg = request.leg;
    plan.spec.pool = request.pool;
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        auto refusal = judge_stream(offer.media[i]);
        if (refusal == StreamRefusal::None && request.answer != nullptr) {
            refusal = judge_stream(request.answer->media[i]);
        }
        plan.refusals.push_back(refusal);
        if (refusal != StreamRefusal::None) continue;
        auto stream = plan_stream(request, i, peer);
        if (!stream) return std::unexpected(stream.error());
        plan.spec.streams.push_back(*std::move(stream));
    }
    // RFC 3264 section 6: an offer of which nothing can be accepted is refused as a whole. One that
    // offers no stream, or whose answerer rejects all, is a session without media.
    if (request.answer == nullptr && plan.spec.streams.empty() && sdp::active_streams(offer) > 0) {
        const auto ours =
            std::find_if(plan.refusals.begin(), plan.refusals.end(),
                         [](auto refusal) { return refusal != StreamRefusal::ByPeer; });
        return fail(Errc::NothingAcceptable, std::string(describe(*ours)));
    }
    return plan;
}

std::vector<relay_api::Link> plan_links(const relay_api::LegSpec& a, const relay_api::LegSpec& b) {
    std::vector<relay_api::Link> links;
    for (const auto& stream : a.streams) {
        if (!has_stream(b, stream.stream)) continue;
        links.push_back({a.leg, stream.stream, b.leg, stream.stream});
        links.push_back({b.leg, stream.stream, a.leg, stream.stream});
    }
    return links;
}

relay_api::InstallSession plan_install(SessionId session, std::uint32_t generation,
                                       Milliseconds media_timeout, const relay_api::LegSpec& a,
                                       const relay_api::LegSpec& b,
                                       std::span<const relay_api::LegSpec* const> unlinked) {
    relay_api::InstallSession install{session, generation, media_timeout, {}, plan_links(a, b)};
    install.legs.reserve(2 + unlinked.size());
    install.legs.push_back(a);
    install.legs.push_back(b);
    for (const auto* const leg : unlinked) install.legs.push_back(*leg);
    return install;
}

void ask_for_ports(relay_api::InstallSession& install,
                   std::span<const relay_api::StreamPorts> ports) {
    for (auto& leg : install.legs) {
        for (auto& stream : leg.streams) {
            const auto* had = find_ports(ports, leg.leg, stream.stream);
            if (had != nullptr) stream.requested_port = had->rtp.port;
        }
    }
}

bool media_changed(const relay_api::LegSpec& before, const relay_api::LegSpec& after) {
    return without_past(before) != without_past(after);
}

relay_api::UpdateLeg plan_update(SessionId session, std::uint32_t generation,
                                 relay_api::UpdateLeg::Mode mode, const relay_api::LegSpec& leg) {
    return {session, generation, mode, leg};
}

std::vector<sdp::LocalStream> local_streams(const relay_api::LegSpec& spec,
                                            std::span<const relay_api::StreamPorts> ports) {
    std::vector<sdp::LocalStream> out;
    for (const auto& stream : spec.streams) {
        const auto* drawn = find_ports(ports, spec.leg, stream.stream);
        if (drawn == nullptr) continue;
        out.push_back(
            {stream.stream,
             {nat::media_address(drawn->rtp.address, drawn->advertised), drawn->rtp.port},
             {nat::media_address(drawn->rtcp.address, drawn->advertised), drawn->rtcp.port},
             stream.rtcp_mux});
    }
    return out;
}

}  // namespace portcullis::media
