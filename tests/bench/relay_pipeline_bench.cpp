// SPDX-License-Identifier: BSD-2-Clause
// What one packet costs a worker: plain forwarding of 172-byte RTP between memory ports, streams in
// random order. Counts the worker's whole turn (receive, all stages, send), not the making of
// input.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstring>
#include <random>

#include "mediarelay/datapath/worker.hpp"
#include "mediarelay/dpdk/mbuf_ptr.hpp"
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

constexpr std::uint32_t kBatch = 1024;  // what lies in the receive ring at a time

// A relay with `flows` flows, half of them on each side, linked in pairs.
class Bench {
 public:
    explicit Bench(std::uint32_t flows) : flows_(flows), sequence_(flows + 1, 0) {
        start_eal();
        pool_.emplace(dpdk::Mempool::create("bench", 4095, 256).value());
        for (std::uint8_t i = 0; i < 2; ++i) {
            ports_[i] = std::make_unique<RingPort>("bench" + std::to_string(i), *pool_, 1, 2048);
            hops_.store(static_cast<NextHopId>(1 + i),
                        {.state = NextHop::State::Reachable,
                         .port = ports_[i]->id(),
                         .mtu = 1500,
                         .destination = mac(50),
                         .source = mac(static_cast<std::uint8_t>(1 + i))});
        }
        state_.emplace(StateFile::anonymous(state_slots(1, flows)).value());
        handover_.emplace(HandoverRings::create(1).value());
        worker_ =
            Worker::create(
                {.id = 0, .flow_capacity = flows},
                {.mempool = *pool_, .next_hops = hops_, .state = *state_, .handover = *handover_})
                .value();
        fill_tables();
        command(SwapTables{&tables_});
        for (FlowIndex flow = 1; flow <= flows; ++flow) install(flow);
    }

    // Puts a batch of packets of random flows into the receive rings.
    void feed() {
        for (std::uint32_t i = 0; i < kBatch; ++i) {
            const auto flow = static_cast<FlowIndex>(1 + random_() % flows_);
            Bytes& bytes = template_[side(flow)];
            const std::uint16_t number = sequence_[flow]++;
            put16(bytes, 28,
                  static_cast<std::uint16_t>(flow & 0xffff));  // last octets of the source
            put16(bytes, 34, 4000);
            put16(bytes, 36, port_of(flow));
            put16(bytes, 44, number);
            ports_[side(flow)]->inject(bytes);
        }
    }
    // The worker's time for the batch.
    double run() {
        const auto start = std::chrono::steady_clock::now();
        while (worker_->poll_once()) {
        }
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    void collect() {
        for (auto& port : ports_) {
            while (port->take()) {
            }
        }
    }
    [[nodiscard]] std::uint64_t forwarded() const {
        return worker_->counters().outcome(Outcome::Forwarded);
    }

 private:
    static std::size_t side(FlowIndex flow) { return (flow - 1) % 2; }
    static std::uint16_t port_of(FlowIndex flow) {
        return static_cast<std::uint16_t>(20000 + (flow - 1) / 2 * 2);
    }
    static void put16(Bytes& bytes, std::size_t at, std::uint16_t value) {
        bytes[at] = static_cast<std::byte>(value >> 8);
        bytes[at + 1] = static_cast<std::byte>(value & 0xff);
    }
    void command(const CommandBody& body) {
        while (!worker_->submit({.token = 1, .body = body})) (void)worker_->poll_once();
        (void)worker_->poll_once();
        WorkerCompletion completion;
        while (worker_->next_completion(completion)) {
            if (completion.result != WorkerCompletion::Result::Done) std::abort();
        }
    }
    void fill_tables() {
        std::vector<MediaPool> pools;
        for (std::uint16_t i = 0; i < 2; ++i) {
            const auto owners = std::make_shared<PoolOwners>();
            for (std::uint32_t port = 20000; port < 60000; port += 2) {
                owners->set(static_cast<std::uint16_t>(port), 0);
            }
            tables_.ports.push_back({.port = ports_[i]->id(),
                                     .rx_queue = 0,
                                     .tx_queue = 0,
                                     .mac = mac(static_cast<std::uint8_t>(1 + i))});
            pools.push_back({.index = i,
                             .port = ports_[i]->id(),
                             .address = IpAddress::v4(0xc6120001U + (std::uint32_t{i} << 8)),
                             .ports = {20000, 59999},
                             .owners = owners});
            template_[i] = frame({.destination = mac(static_cast<std::uint8_t>(1 + i)),
                                  .from = "10." + std::to_string(i) + ".0.0:4000",
                                  .to = i == 0 ? "198.18.0.1:20000" : "198.18.1.1:20000",
                                  .payload = rtp()});
        }
        tables_.pools = PoolTable(std::move(pools));
    }
    void install(FlowIndex flow) {
        FlowConfig config;
        config.name = {.session = SessionId{(flow + 1) / 2},
                       .leg = LegId{static_cast<std::uint32_t>(side(flow))}};
        config.pool = static_cast<PoolIndex>(side(flow));
        config.local_port = port_of(flow);
        config.settings.remote =
            Endpoint{IpAddress::v4(0x0a000000U + (static_cast<std::uint32_t>(side(flow)) << 16) +
                                   (flow & 0xffffU)),
                     4000};
        config.settings.next_hop = static_cast<NextHopId>(1 + side(flow));
        const FlowIndex other = side(flow) == 0 ? flow + 1 : flow - 1;
        command(InstallFlow{flow, config, {.rtp = other}});
    }

    std::uint32_t flows_;
    std::vector<std::uint16_t> sequence_;
    std::mt19937 random_{1};
    std::optional<dpdk::Mempool> pool_;
    std::array<std::unique_ptr<RingPort>, 2> ports_;
    NextHopTable hops_{4};
    std::optional<StateFile> state_;
    std::optional<HandoverRings> handover_;
    WorkerTables tables_;
    std::array<Bytes, 2> template_;
    std::unique_ptr<Worker> worker_;
};

void forward(benchmark::State& state) {
    Bench bench(static_cast<std::uint32_t>(state.range(0)));
    // Every flow latches before the clock starts.
    for (std::int64_t i = 0; i < state.range(0) / 64 + 20; ++i) {
        bench.feed();
        (void)bench.run();
        bench.collect();
    }
    const std::uint64_t before = bench.forwarded();
    std::uint64_t packets = 0;
    for (auto _ : state) {
        bench.feed();
        state.SetIterationTime(bench.run());
        bench.collect();
        packets += kBatch;
    }
    if (bench.forwarded() - before != packets) state.SkipWithError("packets were dropped");
    state.SetItemsProcessed(static_cast<std::int64_t>(packets));
    state.counters["ns/packet"] =
        benchmark::Counter(static_cast<double>(packets) * 1e-9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(forward)->Arg(1000)->Arg(20000)->UseManualTime()->Repetitions(5)->ReportAggregatesOnly();

}  // namespace
}  // namespace portcullis::relay::test

BENCHMARK_MAIN();
