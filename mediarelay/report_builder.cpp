// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/report_builder.hpp"

#include <algorithm>

namespace portcullis::relay {

void ReportBuilder::sample(const PacketEngine& engine, TimePoint now) {
    samples_.resize(engine.workers().size());
    const auto elapsed = std::chrono::duration<double, std::micro>(now - sampled_at_).count();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
        const std::uint64_t slept = engine.workers()[i]->counters().slept_us.get();
        const auto rested = static_cast<double>(slept - samples_[i].slept_us);
        samples_[i].busy_ratio = std::clamp(1.0 - rested / elapsed, 0.0, 1.0);
        samples_[i].slept_us = slept;
    }
    sampled_at_ = now;
}

RelayReport ReportBuilder::build(const PacketEngine& engine, const Configurator& configurator,
                                 const MediaPools& pools) const {
    RelayReport report;
    report.huge_pages = engine.huge_pages();
    report.mempool_available = engine.mempool().available();
    report.mempool_in_use = engine.mempool().in_use();
    for (const auto& worker : engine.workers()) {
        const auto& counters = worker->counters();
        WorkerReport one;
        one.id = worker->id();
        for (std::size_t i = 0; i < kOutcomeCount; ++i)
            one.outcomes[i] = counters.outcomes[i].get();
        one.rx_frames = counters.rx_frames.get();
        one.tx_frames = counters.tx_frames.get();
        one.events_dropped = counters.events_dropped.get();
        one.flows = counters.flows.get();
        if (report.workers.size() < samples_.size()) {
            one.busy_ratio = samples_[report.workers.size()].busy_ratio;
        }
        report.workers.push_back(one);
    }
    for (const auto& open : configurator.open_devices()) {
        DeviceReport one;
        one.device = open->link.name;
        one.driver = config::name_of(open->driver);
        if (open->pool) {
            report.mempool_available += open->pool->available();
            report.mempool_in_use += open->pool->in_use();
        }
        one.up = open->link.up;
        const auto counters = open->port->counters();
        one.rx_packets = counters.rx_packets;
        one.tx_packets = counters.tx_packets;
        one.rx_missed = counters.rx_missed;
        if (open->xdp) {
            one.xdp_mode = open->xdp->mode();
            one.xdp_attached = open->xdp->attached();
            one.xdp_foreign = open->xdp->foreign();
            one.xdp_losses = open->xdp->losses();
            const auto frames = open->xdp->counters();
            one.xdp_frames = {{"passed", frames.passed},
                              {"redirected", frames.redirected},
                              {"no_socket", frames.no_socket},
                              {"fragment", frames.fragments},
                              {"banned", frames.banned}};
        }
        report.devices.push_back(std::move(one));
    }
    for (const auto& name : configurator.missing()) {
        DeviceReport one;
        one.device = name;
        report.devices.push_back(std::move(one));
    }
    for (const auto& pool : pools.pools()) {
        report.pools.push_back({pool->name, pool->address.text(), pool->allocator.range(),
                                pool->draining, pool->allocator.counts()});
    }
    return report;
}

}  // namespace portcullis::relay
