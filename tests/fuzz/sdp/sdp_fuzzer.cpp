// SPDX-License-Identifier: BSD-2-Clause
// Any bytes as a session description: parse, print, parse again, plan, filter and anchor. What is
// anchored must parse, keep its m-lines and be printable ASCII.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/assert.hpp"
#include "signaling/media/media_plan.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/codec_filter.hpp"
#include "signaling/sdp/offer_answer.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sdp/printer.hpp"
#include "signaling/sdp/rewrite.hpp"

namespace {

using namespace portcullis;

void read_attributes(const sdp::SessionDescription& session) {
    (void)sdp::groups(session);
    (void)sdp::is_hold(session);
    for (const auto& media : session.media) {
        (void)sdp::hold(session, media);
        (void)sdp::rtcp(media);
        (void)sdp::crypto(media);
        (void)sdp::mid(media);
        (void)sdp::ptime(media);
        (void)sdp::maxptime(media);
        for (const auto& map : sdp::rtp_maps(media)) {
            (void)sdp::fmtp(media, std::to_string(map.payload_type));
        }
    }
}

void check_anchored(const std::string& body, std::size_t media) {
    for (const char c : body) {
        PORTCULLIS_ASSERT(c == '\r' || c == '\n' || (c >= ' ' && c < '\x7f'));
    }
    const auto again = sdp::parse_session(body);
    PORTCULLIS_ASSERT(again.has_value());
    PORTCULLIS_ASSERT(again->media.size() == media);
    const auto written = sdp::shapes_written(body);
    PORTCULLIS_ASSERT(written.size() == media);
    for (std::size_t i = 0; i < media; ++i) {
        PORTCULLIS_ASSERT(written[i].media == again->media[i].media &&
                          written[i].protocol == again->media[i].protocol &&
                          written[i].rejected != again->media[i].active());
    }
}

void anchor_it(const sdp::SessionDescription& session, sdp::Role role,
               const std::vector<sdp::LocalStream>& local) {
    sdp::SdpWriterState writer;
    const auto address = IpAddress::v4(0xc6120101U);
    const auto first = sdp::anchor({role, &session, local, nullptr, address}, writer);
    PORTCULLIS_ASSERT(first.has_value());
    check_anchored(*first, session.media.size());
    // The same again is the same to the last byte.
    const auto second = sdp::anchor({role, &session, local, nullptr, address}, writer);
    PORTCULLIS_ASSERT(second.has_value() && *second == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto session = sdp::parse_session({reinterpret_cast<const char*>(data), size});
    if (!session) return 0;
    const auto printed = sdp::print_session(*session);
    // Printing writes CRLF where LF was read, so it may grow past a limit of its own.
    const auto again = sdp::parse_session(printed, {.bytes = 2 * 65536, .line_bytes = 2 * 4096});
    PORTCULLIS_ASSERT(again.has_value() && *again == *session);
    read_attributes(*session);

    media::LegRequest request;
    request.leg = LegId{1};
    request.pool = "pool";
    request.offer = &*session;
    request.advice.policy = nat::LatchPolicy::SignalingAddress;
    std::vector<sdp::LocalStream> local;
    if (const auto plan = media::plan_leg(request)) {
        std::vector<relay_api::StreamPorts> ports;
        for (const auto& stream : plan->spec.streams) {
            const auto port = static_cast<std::uint16_t>(20000 + 2 * stream.stream);
            const auto address = IpAddress::v4(0xc6120101U);
            ports.push_back({LegId{1},
                             stream.stream,
                             {address, port},
                             {address, static_cast<std::uint16_t>(port + 1)},
                             std::nullopt});
        }
        local = media::local_streams(plan->spec, ports);
    }
    anchor_it(*session, sdp::Role::Offer, local);
    anchor_it(*session, sdp::Role::Answer, local);
    (void)sdp::filter_codecs(*session, {.allow = {"PCMA", "opus/48000"}, .order = {"PCMA"}});
    anchor_it(*session, sdp::Role::Offer, local);

    sdp::OfferAnswer state;
    PORTCULLIS_ASSERT(state.on_remote_offer(*session).has_value());
    PORTCULLIS_ASSERT(state.on_answer(*session).has_value());
    return 0;
}
