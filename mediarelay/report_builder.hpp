// SPDX-License-Identifier: BSD-2-Clause
// ReportBuilder: gathers a RelayReport from the running parts.
#pragma once

#include <vector>

#include "mediarelay/configurator.hpp"
#include "mediarelay/control/relay_report.hpp"
#include "mediarelay/packet_engine.hpp"

namespace portcullis::relay {

// Control thread. Keeps the workers' last sleep figures, for the share of time they were awake.
class ReportBuilder {
 public:
    // Call about once a second.
    void sample(const PacketEngine& engine, TimePoint now);
    // Devices, pools, workers and memory; the caller adds the rest.
    [[nodiscard]] RelayReport build(const PacketEngine& engine, const Configurator& configurator,
                                    const MediaPools& pools) const;

 private:
    struct Sample {
        std::uint64_t slept_us = 0;
        double busy_ratio = 0;
    };
    std::vector<Sample> samples_;
    TimePoint sampled_at_;
};

}  // namespace portcullis::relay
