// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/handover.hpp"

namespace portcullis::relay {

Result<HandoverRings> HandoverRings::create(std::uint32_t workers, std::uint32_t capacity) {
    HandoverRings rings;
    rings.workers_ = workers;
    rings.rings_.reserve(std::size_t{workers} * workers);
    for (std::uint32_t from = 0; from < workers; ++from) {
        for (std::uint32_t to = 0; to < workers; ++to) {
            auto ring = dpdk::Ring<HandoverPacket>::create(
                "handover_" + std::to_string(from) + "_" + std::to_string(to), capacity);
            if (!ring) return std::unexpected(ring.error());
            rings.rings_.push_back(std::move(*ring));
        }
    }
    return rings;
}

void HandoverRings::drain() {
    for (auto& ring : rings_) {
        HandoverPacket packet;
        while (ring.pop(packet)) rte_pktmbuf_free(packet.mbuf);
    }
}

}  // namespace portcullis::relay
