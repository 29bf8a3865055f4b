// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/negotiation.hpp"

#include "common/base/random.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sdp/rewrite.hpp"

namespace portcullis::b2bua {
namespace {

nat::LatchPolicy latch_policy(config::Latching latching) {
    switch (latching) {
        case config::Latching::Strict:
            return nat::LatchPolicy::Strict;
        case config::Latching::SdpAddress:
            return nat::LatchPolicy::SdpAddress;
        case config::Latching::SignalingAddress:
            return nat::LatchPolicy::SignalingAddress;
        case config::Latching::Any:
            return nat::LatchPolicy::Any;
    }
    return nat::LatchPolicy::SdpAddress;
}

// The default policy gives way to evidence of NAT; a policy that was chosen does not.
std::optional<nat::LatchPolicy> configured_policy(const policy::MediaTerms& terms) {
    if (terms.latching != config::Latching::SdpAddress) return latch_policy(terms.latching);
    if (terms.behind_nat == config::BehindNat::Always) return nat::LatchPolicy::SignalingAddress;
    if (terms.behind_nat == config::BehindNat::Never) return nat::LatchPolicy::SdpAddress;
    return std::nullopt;
}

std::optional<IpAddress> media_address(const sdp::SessionDescription& description) {
    for (const auto& media : description.media) {
        if (!media.active()) continue;
        const auto connection = sdp::connection(description, media);
        if (connection && connection->ip && !connection->ip->is_unspecified()) {
            return connection->ip;
        }
    }
    return std::nullopt;
}

sdp::AnchorRequest request(sdp::Role role, const sdp::SessionDescription& from, const LegMedia& to,
                           std::span<const sdp::LocalStream> local) {
    sdp::AnchorRequest anchor;
    anchor.role = role;
    anchor.from = &from;
    anchor.local = local;
    anchor.fallback_address = to.pool_address;
    return anchor;
}

}  // namespace

std::optional<IpFamily> media_family(const sdp::SessionDescription& description) {
    const auto address = media_address(description);
    return address ? std::optional(address->family()) : std::nullopt;
}

bool choose_pool(Leg& leg, const ConfigSnapshot& config, IpFamily family) {
    const auto* const pool = config.policy->choose_pool(leg.realm, family, random_u64());
    if (pool == nullptr) return false;
    leg.media->spec.pool = pool->name;
    leg.media->pool_address = pool->advertised_address ? *pool->advertised_address : pool->address;
    return true;
}

Result<relay_api::LegSpec> plan(const Leg& leg, media::PeerRole role,
                                const sdp::SessionDescription& offer,
                                const sdp::SessionDescription* answer) {
    const auto* const own = role == media::PeerRole::Offerer ? &offer : answer;
    nat::MediaFacts facts;
    facts.configured = configured_policy(leg.terms);
    facts.verdict.behind_nat = leg.behind_nat;
    facts.signaling_source = leg.signaling_source;
    if (own != nullptr) facts.sdp_address = media_address(*own);

    media::LegRequest request;
    request.leg = leg.media->spec.leg;
    request.pool = leg.media->spec.pool;
    request.family = leg.media->pool_address.family();
    request.role = role;
    request.offer = &offer;
    request.answer = answer;
    request.advice = nat::advise_media(facts);
    request.signaling_source = leg.signaling_source;
    request.current = leg.media->spec.streams.empty() ? nullptr : &leg.media->spec;
    auto planned = media::plan_leg(request);
    if (!planned) return std::unexpected(planned.error());
    return std::move(planned->spec);
}

Result<std::string> anchor_offer(const sdp::SessionDescription& from, const LegMedia& to,
                                 sdp::SdpWriterState& writer) {
    const auto local = media::local_streams(to.spec, to.ports);
    return sdp::anchor(request(sdp::Role::Offer, from, to, local), writer);
}

Result<std::string> anchor_answer(const sdp::SessionDescription& from,
                                  const sdp::SessionDescription& offer, const LegMedia& to,
                                  sdp::SdpWriterState& writer) {
    const auto local = media::local_streams(to.spec, to.ports);
    auto anchored = request(sdp::Role::Answer, from, to, local);
    anchored.offer = &offer;
    return sdp::anchor(anchored, writer);
}

void take_ports(Leg& leg, const std::vector<relay_api::StreamPorts>& ports) {
    leg.media->ports.clear();
    for (const auto& entry : ports) {
        if (entry.leg == leg.media->spec.leg) leg.media->ports.push_back(entry);
    }
}

}  // namespace portcullis::b2bua
