// SPDX-License-Identifier: BSD-2-Clause
// Turns session descriptions and policy into the relay's messages. Pure: values in, values out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "mediarelay/api/messages.hpp"
#include "nat/latch.hpp"
#include "nat/media_advice.hpp"
#include "signaling/sdp/rewrite.hpp"
#include "signaling/sdp/session.hpp"

namespace portcullis::media {

enum class Errc {
    HostName = 1,       // c= is a name; media addresses must be IP literals (488)
    NoAddress,          // an active stream has no c= at all (488)
    UnusableAddress,    // loopback, link-local, multicast, broadcast, or no room for RTCP (488)
    FamilyMismatch,     // the address is not of the pool's family (488, or choose another pool)
    NothingAcceptable,  // every offered stream would be refused (488)
    ShapeMismatch       // the leg's SDP and the session's m-lines differ in number (488)
};
[[nodiscard]] std::error_code make_error_code(Errc errc) noexcept;

// How the leg's peer takes part in the exchange that is planned.
enum class PeerRole : std::uint8_t { Offerer, Answerer };

struct LegRequest {
    LegId leg;
    std::string pool;                                // of the leg's realm and of `family`
    IpFamily family = IpFamily::V4;                  // of the pool
    PeerRole role = PeerRole::Offerer;               // Answerer also while its answer is awaited
    const sdp::SessionDescription* offer = nullptr;  // defines the m-lines; never null
    // Once there is one. Streams that it rejects are left out; an Answerer's remotes are its own.
    const sdp::SessionDescription* answer = nullptr;
    nat::MediaAdvice advice;  // nat::advise_media
    std::optional<IpAddress> signaling_source;
    std::uint8_t signaling_prefix = 0;  // 0: the whole address
    // The leg as it stands, for a re-offer to an Answerer: its streams keep their remotes until it
    // has answered.
    const relay_api::LegSpec* current = nullptr;
};

enum class StreamRefusal : std::uint8_t {
    None,
    ByPeer,      // port 0 in the peer's own description
    Protocol,    // not a protocol the relay forwards
    KeyedMedia,  // SRTP, which needs keys
    NoFormats    // no payload type that means anything
};
[[nodiscard]] std::string_view describe(StreamRefusal refusal);

struct LegPlan {
    relay_api::LegSpec spec;              // accepted streams, `stream` = index of the m-line
    std::vector<StreamRefusal> refusals;  // one per m-line
};

// Plans one leg. Streams that are refused are not in the spec, so sdp::anchor writes them with port
// 0. Succeeds with no stream when the peer itself offered or accepted none.
[[nodiscard]] Result<LegPlan> plan_leg(const LegRequest& request);

// Forward links both ways for every stream that both legs have.
[[nodiscard]] std::vector<relay_api::Link> plan_links(const relay_api::LegSpec& a,
                                                      const relay_api::LegSpec& b);

// `unlinked`: further legs that are received and counted, and neither heard nor fed.
[[nodiscard]] relay_api::InstallSession plan_install(
    SessionId session, std::uint32_t generation, Milliseconds media_timeout,
    const relay_api::LegSpec& a, const relay_api::LegSpec& b,
    std::span<const relay_api::LegSpec* const> unlinked = {});

// For a relay that has lost the session: every stream asks for the port it had.
void ask_for_ports(relay_api::InstallSession& install,
                   std::span<const relay_api::StreamPorts> ports);

// True when `after` asks the relay for anything that `before` did not: the leg then needs an
// UpdateLeg. Ports requested and latches restored are the past, not a difference.
[[nodiscard]] bool media_changed(const relay_api::LegSpec& before, const relay_api::LegSpec& after);

// A leg's change as one generation: Stage at the offer, then CommitLegs or RevertLegs of the same
// generation; Replace for a first answer.
[[nodiscard]] relay_api::UpdateLeg plan_update(SessionId session, std::uint32_t generation,
                                               relay_api::UpdateLeg::Mode mode,
                                               const relay_api::LegSpec& leg);

// The relay's ports of one leg in the form that sdp::anchor takes: advertised addresses applied,
// multiplexing as in `spec`. Ports of streams that `spec` lacks are left out.
[[nodiscard]] std::vector<sdp::LocalStream> local_streams(
    const relay_api::LegSpec& spec, std::span<const relay_api::StreamPorts> ports);

}  // namespace portcullis::media

template <>
struct std::is_error_code_enum<portcullis::media::Errc> : std::true_type {};
