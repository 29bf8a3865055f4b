// SPDX-License-Identifier: BSD-2-Clause
#include "tests/relay/relay_rig.hpp"

#include <rte_ethdev.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "mediarelay/dpdk/eal.hpp"

namespace portcullis::relay::test {

namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return std::move(*result);
}

dpdk::Mempool make_mempool() {
    start_eal();
    return value_of(dpdk::Mempool::create("rig", 4095, 0));
}

struct PoolRow {
    std::size_t port;
    std::uint16_t vlan;
    const char* address;
};
constexpr PoolRow kPools[] = {{0, 0, "198.18.0.1"},
                              {1, 0, "198.18.1.1"},
                              {1, 0, "fd00:18:1::1"},
                              {1, 100, "198.18.2.1"},
                              {0, 0, "fd00:18::1"}};

}  // namespace

void start_eal() {
    static dpdk::Eal eal =
        value_of(dpdk::Eal::start({.program = "relay-test",
                                   .file_prefix = "pc-relay-test-" + std::to_string(::getpid()),
                                   .huge_pages = false,
                                   .memory_mib = 128}));
}

RelayRig::RelayRig(const RigOptions& options)
    : mempool_(make_mempool()),
      state_(value_of(StateFile::anonymous(state_slots(options.workers, options.flow_capacity)))),
      handover_(value_of(HandoverRings::create(options.workers, 64))) {
    const auto queues = static_cast<std::uint16_t>(options.queue_per_worker ? options.workers : 1U);
    for (std::uint8_t i = 0; i < 2; ++i) {
        ports_.push_back(std::make_unique<RingPort>("wire" + std::to_string(i), mempool_, queues,
                                                    options.tx_ring));
    }
    for (std::size_t i = 0; i < std::size(kPools); ++i) {
        owners_.push_back(std::make_shared<PoolOwners>());
    }
    const auto hop = [&](NextHopId id, std::size_t port, std::uint16_t vlan) {
        next_hops_.store(id, {.state = NextHop::State::Reachable,
                              .port = ports_[port]->id(),
                              .vlan = vlan,
                              .mtu = 1500,
                              .destination = mac(static_cast<std::uint8_t>(50 + id)),
                              .source = mac(static_cast<std::uint8_t>(1 + port))});
    };
    hop(kToCore, 0, 0);
    hop(kToPeer, 1, 0);
    hop(kToVlan, 1, 100);
    next_hops_.store(kToOurselves, {.state = NextHop::State::Local,
                                    .port = ports_[1]->id(),
                                    .mtu = 65535,
                                    .destination = mac(2),
                                    .source = mac(2)});
    for (std::uint32_t i = 0; i < options.workers; ++i) {
        tables_.push_back(std::make_unique<WorkerTables>(tables_for(i, options)));
        workers_.push_back(value_of(Worker::create({.id = static_cast<WorkerId>(i),
                                                    .flow_capacity = options.flow_capacity,
                                                    .event_capacity = options.event_capacity},
                                                   {.mempool = mempool_,
                                                    .next_hops = next_hops_,
                                                    .state = state_,
                                                    .handover = handover_})));
        EXPECT_EQ(command(SwapTables{tables_.back().get()}, i), WorkerCompletion::Result::Done);
    }
}

RelayRig::~RelayRig() = default;

WorkerTables RelayRig::tables_for(std::uint32_t worker, const RigOptions& options) const {
    WorkerTables tables;
    for (std::uint32_t i = 0; i < 2; ++i) {
        PortBinding binding{.port = ports_[i]->id(),
                            .mac = mac(static_cast<std::uint8_t>(1 + i)),
                            .offloads = options.offloads};
        if (options.queue_per_worker) {
            binding.rx_queue = binding.tx_queue = static_cast<std::uint16_t>(worker);
        } else if (worker == i) {
            binding.rx_queue = binding.tx_queue = 0;
        } else {
            binding.tx_worker = static_cast<WorkerId>(i);
        }
        tables.ports.push_back(binding);
    }
    std::vector<MediaPool> pools;
    for (std::size_t i = 0; i < std::size(kPools); ++i) {
        pools.push_back({.index = static_cast<PoolIndex>(i),
                         .port = ports_[kPools[i].port]->id(),
                         .vlan = kPools[i].vlan,
                         .address = IpAddress::parse(kPools[i].address).value(),
                         .ports = {20000, 39999},
                         .owners = owners_[i]});
    }
    tables.pools = PoolTable(std::move(pools));
    return tables;
}

WorkerCompletion::Result RelayRig::command(const CommandBody& body, std::size_t index) {
    Worker& worker = *workers_.at(index);
    if (!worker.submit({.token = ++token_, .body = body})) throw std::runtime_error("ring full");
    WorkerCompletion completion;
    for (int i = 0; i < 100; ++i) {
        (void)worker.poll_once();
        while (worker.next_completion(completion)) {
            if (completion.token == token_) return completion.result;
        }
    }
    throw std::runtime_error("no completion");
}

FlowConfig RelayRig::config(PoolIndex pool, std::uint16_t local_port, const std::string& remote,
                            NextHopId next_hop, LegId leg, Component component) {
    FlowConfig config;
    config.name = {.session = SessionId{1}, .leg = leg, .stream = 0, .component = component};
    config.pool = pool;
    config.local_port = local_port;
    config.settings.remote = Endpoint::parse(remote);
    config.settings.next_hop = next_hop;
    return config;
}

void RelayRig::install(FlowIndex flow, const FlowConfig& config, const FlowLinks& links,
                       std::size_t worker) {
    owners_.at(config.pool)->set(config.local_port, static_cast<WorkerId>(worker));
    ASSERT_EQ(command(InstallFlow{flow, config, links}, worker), WorkerCompletion::Result::Done);
}

void RelayRig::run() {
    bool moved = true;
    while (moved) {
        moved = false;
        for (auto& worker : workers_) moved = worker->poll_once() || moved;
    }
}

DecodedFrame RelayRig::only_frame(std::size_t index) {
    run();
    DecodedFrame decoded;
    std::size_t count = 0;
    for (std::size_t port = 0; port < ports_.size(); ++port) {
        for (std::uint16_t queue = 0; queue < ports_[port]->port().tx_queues(); ++queue) {
            while (auto bytes = ports_[port]->take(queue)) {
                EXPECT_EQ(port, index);
                decoded = decode(*bytes);
                EXPECT_EQ(decoded.fault, "");
                ++count;
            }
        }
    }
    EXPECT_EQ(count, 1U);
    return decoded;
}

void RelayRig::expect_silence() {
    run();
    for (auto& port : ports_) {
        for (std::uint16_t queue = 0; queue < port->port().tx_queues(); ++queue) {
            EXPECT_FALSE(port->take(queue).has_value());
        }
    }
}

void RelayRig::expect_books_balance() {
    run();
    for (auto& port : ports_) {
        for (std::uint16_t queue = 0; queue < port->port().tx_queues(); ++queue) {
            while (port->take(queue)) {
            }
        }
    }
    for (const auto& worker : workers_) {
        const WorkerCounters& counters = worker->counters();
        std::uint64_t total = 0;
        for (const auto& outcome : counters.outcomes) total += outcome.get();
        EXPECT_EQ(counters.rx_frames.get() + counters.handed_in.get() + counters.copies_made.get(),
                  total);
    }
    EXPECT_EQ(mempool_.in_use(), 0U);
}

std::vector<WorkerEvent> RelayRig::events(std::size_t worker) {
    std::vector<WorkerEvent> events;
    WorkerEvent event;
    while (workers_.at(worker)->next_event(event)) events.push_back(event);
    return events;
}

void CallTest::install_call(PoolIndex peer_pool, const std::string& peer_remote,
                            NextHopId peer_hop) {
    FlowConfig core = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
    FlowConfig peer = rig_.config(peer_pool, 30000, peer_remote, peer_hop, LegId{2});
    core.rtcp_mux = peer.rtcp_mux = true;
    rig_.install(1, core, {.rtp = 2, .rtcp = 2});
    rig_.install(2, peer, {.rtp = 1, .rtcp = 1});
}

}  // namespace portcullis::relay::test
