// SPDX-License-Identifier: BSD-2-Clause
// One m-line of a media plan: its remotes, latch and payloads. Internal to the library.
#pragma once

#include "common/base/result.hpp"
#include "mediarelay/api/types.hpp"
#include "signaling/media/media_plan.hpp"
#include "signaling/sdp/session.hpp"

namespace portcullis::media {

// Why the relay cannot carry `media` at all; None when it can.
[[nodiscard]] StreamRefusal judge_stream(const sdp::MediaDescription& media);

// Plans stream `index`, which judge_stream accepted. `peer`: the peer's own description, null while
// it is awaited.
[[nodiscard]] Result<relay_api::StreamSpec> plan_stream(const LegRequest& request,
                                                        std::size_t index,
                                                        const sdp::SessionDescription* peer);

}  // namespace portcullis::media
