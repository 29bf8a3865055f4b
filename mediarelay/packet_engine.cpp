// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/packet_engine.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "mediarelay/buffer_plan.hpp"
#include "mediarelay/privileges.hpp"

namespace portcullis::relay {

namespace {

std::uint16_t worker_count(const EngineOptions& options) {
    return std::clamp<std::uint16_t>(options.settings.workers, 1, kMaxWorkers);
}

// Calls matter more than what becomes of them after a crash: a relay without room for its flows'
// records runs without them.
Result<StateFile> open_state(const std::filesystem::path& path, std::uint32_t slots,
                             LeftState& left) {
    auto state = StateFile::open(path, slots, left);
    if (state || state.error().code == std::errc::device_or_resource_busy) return state;
    log::component("relay").error("no_flow_records reason=\"{}\" after_a_crash=\"{}\"",
                                  state.error().text(), "calls lose their latches and ports");
    return StateFile::anonymous(slots);
}

}  // namespace

Result<std::unique_ptr<PacketEngine>> PacketEngine::create(const EngineOptions& options,
                                                           const NextHopTable& next_hops,
                                                           LeftState& left) {
    std::unique_ptr<PacketEngine> engine(new PacketEngine());
    if (auto started = engine->start_memory(options); !started) {
        return std::unexpected(started.error());
    }
    if (auto started = engine->start_workers(options, next_hops, left); !started) {
        return std::unexpected(started.error());
    }
    return engine;
}

void PacketEngine::stop_workers() {
    lcores_.clear();
    for (const auto& gateway : gateways_) gateway->abandon();
    // Packets on their way between workers belong to pools that go with their ports.
    if (handover_) handover_->drain();
}

std::vector<std::uint64_t> PacketEngine::loops() const {
    std::vector<std::uint64_t> loops;
    for (const auto& worker : workers_) loops.push_back(worker->counters().loops.get());
    return loops;
}

Status PacketEngine::start_memory(const EngineOptions& options) {
    const std::uint32_t memory_mb = options.settings.memory_mb;
    huge_pages_ = !options.no_huge && hugepages_available(memory_mb);
    if (!huge_pages_) {
        log::component("relay").info("hugepages=no reason=\"{}\"",
                                     options.no_huge ? "--no-huge" : "none are free");
    }
    dpdk::EalOptions eal;
    eal.huge_pages = huge_pages_;
    eal.memory_mib = memory_mb;
    eal.control_cpu = first_cpu();
    auto started = dpdk::Eal::start(eal);
    if (!started) return std::unexpected(started.error());
    eal_.emplace(std::move(*started));
    auto mempool =
        dpdk::Mempool::create("packets", shared_buffers(worker_count(options), memory_mb));
    if (!mempool) return std::unexpected(mempool.error());
    mempool_.emplace(std::move(*mempool));
    return {};
}

Status PacketEngine::start_workers(const EngineOptions& options, const NextHopTable& next_hops,
                                   LeftState& left) {
    const std::uint16_t count = worker_count(options);
    WorkerOptions worker_options;
    worker_options.idle.busy = options.settings.polling == config::Polling::Busy;
    auto state =
        open_state(options.state_file, state_slots(count, worker_options.flow_capacity), left);
    if (!state) return std::unexpected(state.error());
    state_.emplace(std::move(*state));
    auto handover = HandoverRings::create(count);
    if (!handover) return std::unexpected(handover.error());
    handover_.emplace(std::move(*handover));
    for (std::uint16_t id = 0; id < count; ++id) {
        worker_options.id = static_cast<WorkerId>(id);
        auto worker = Worker::create(worker_options, {*mempool_, next_hops, *state_, *handover_});
        if (!worker) return std::unexpected(worker.error());
        workers_.push_back(std::move(*worker));
        links_.push_back(std::make_unique<LiveWorker>(*workers_.back()));
        gateways_.push_back(
            std::make_unique<WorkerGateway>(static_cast<WorkerId>(id), *links_.back()));
        gateway_pointers_.push_back(gateways_.back().get());
    }
    for (std::uint16_t id = 0; id < count; ++id) {
        std::optional<std::uint32_t> cpu;
        if (id < options.settings.cores.size()) cpu = options.settings.cores[id];
        auto lcore = dpdk::Lcore::start(
            "pc-worker-" + std::to_string(id), cpu,
            [worker = workers_[id].get()](std::stop_token stop) { worker->run(std::move(stop)); });
        if (!lcore) return std::unexpected(lcore.error());
        lcores_.push_back(std::move(*lcore));
    }
    return {};
}

}  // namespace portcullis::relay
