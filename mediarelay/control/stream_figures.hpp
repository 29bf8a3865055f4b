// SPDX-License-Identifier: BSD-2-Clause
// Stream figures: what the workers' flows counted, in the words of the control protocol. Pure.
#pragma once

#include <optional>

#include "mediarelay/api/types.hpp"
#include "mediarelay/control/session_plan.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// `wall_offset_us`: what to add to CLOCK_MONOTONIC for microseconds since 1970. `rtcp` is empty for
// a muxed stream. `carried`: figures of flows that the stream had before, which are added.
[[nodiscard]] relay_api::StreamStats stream_figures(const StreamKey& key,
                                                    const relay_api::StreamSpec& spec,
                                                    const FlowStats& rtp,
                                                    const std::optional<FlowStats>& rtcp,
                                                    const relay_api::StreamStats& carried,
                                                    std::int64_t wall_offset_us);

}  // namespace portcullis::relay
