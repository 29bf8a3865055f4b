// SPDX-License-Identifier: BSD-2-Clause
// Mean opinion score estimated from loss, jitter and codec by a simplified E-model (ITU-T G.107).
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::relay {

struct MosInput {
    std::string_view encoding;     // as in a=rtpmap, any case; unknown: as PCMU
    std::uint64_t expected = 0;    // packets
    std::uint64_t lost = 0;        // packets, at most `expected`
    std::uint32_t jitter_us = 0;   // interarrival jitter
    std::uint32_t one_way_ms = 0;  // network delay if known, else 0
};

// MOS x 100, 100-450; 0 when nothing was expected. The formula is in README.md.
[[nodiscard]] std::uint16_t mos_x100(const MosInput& input);

}  // namespace portcullis::relay
