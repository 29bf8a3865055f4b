// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/worker.hpp"

#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include <utility>

#include "common/base/assert.hpp"
#include "mediarelay/datapath/command_runner.hpp"
#include "mediarelay/datapath/idle_wait.hpp"
#include "mediarelay/datapath/pipeline.hpp"
#include "mediarelay/datapath/worker_clock.hpp"

namespace portcullis::relay {

namespace {

const WorkerTables kNoTables;

// Commands per turn: a flood of them must not keep packets waiting.
constexpr unsigned kCommandsPerTurn = 32;
constexpr std::uint64_t kHousekeepingLoops = 256;

}  // namespace

struct Worker::Impl {
    WorkerOptions options;
    dpdk::Ring<WorkerCommand> commands;        // producer: control
    dpdk::Ring<WorkerCompletion> completions;  // consumer: control
    dpdk::Ring<WorkerEvent> events;            // consumer: control
    WorkerCounters counters;
    SessionTable sessions;
    StageContext context;
    Pipeline pipeline;
    WorkerClock clock;
    IdleWait idle;
    std::uint64_t last_packet_us = 0;

    Impl(const WorkerOptions& wanted, Shared shared, dpdk::Ring<WorkerCommand> command_ring,
         dpdk::Ring<WorkerCompletion> completion_ring, dpdk::Ring<WorkerEvent> event_ring)
        : options(wanted),
          commands(std::move(command_ring)),
          completions(std::move(completion_ring)),
          events(std::move(event_ring)),
          sessions(wanted.flow_capacity),
          context{.worker = wanted.id,
                  .sessions = sessions,
                  .counters = counters,
                  .events = events,
                  .next_hops = shared.next_hops,
                  .handover = shared.handover,
                  .state = shared.state,
                  .state_base = wanted.id * (wanted.flow_capacity + 1),
                  .mempool = shared.mempool.get(),
                  .tables = &kNoTables} {}

    void run_commands();
    bool poll_ports();
    bool poll_handover();
    void rest();
};

void Worker::Impl::run_commands() {
    WorkerCommand command;
    for (unsigned i = 0; i < kCommandsPerTurn; ++i) {
        // Completions are never dropped: without room for one, commands wait.
        if (completions.free_count() == 0 || !commands.pop(command)) return;
        const auto result = run_command(context, command.body);
        if (!command.wants_completion && result == WorkerCompletion::Result::Done) continue;
        const bool pushed = completions.push({.token = command.token, .result = result});
        PORTCULLIS_ASSERT(pushed);
    }
}

bool Worker::Impl::poll_ports() {
    bool any = false;
    for (const PortBinding& binding : context.tables->ports) {
        if (binding.rx_queue == kNoQueue) continue;
        Burst& burst = pipeline.packets;
        std::array<rte_mbuf*, Burst::kCapacity> received;
        const std::uint16_t count =
            rte_eth_rx_burst(binding.port, binding.rx_queue, received.data(), Burst::kCapacity);
        if (count == 0) continue;
        any = true;
        context.counters.rx_frames.add(count);
        for (std::uint16_t i = 0; i < count; ++i) {
            rte_prefetch0(static_cast<std::byte*>(received[i]->buf_addr) + received[i]->data_off);
            burst.add(received[i], 0);
        }
        pipeline.run(context);
    }
    return any;
}

bool Worker::Impl::poll_handover() {
    bool any = false;
    for (std::uint32_t from = 0; from < context.handover.workers(); ++from) {
        std::array<HandoverPacket, Burst::kCapacity> packets;
        const unsigned count = context.handover.ring(static_cast<WorkerId>(from), context.worker)
                                   .pop_burst(packets.data(), Burst::kCapacity);
        if (count == 0) continue;
        any = true;
        context.counters.handed_in.add(count);
        Burst& burst = pipeline.packets;
        for (unsigned i = 0; i < count; ++i) {
            if (packets[i].kind == HandoverPacket::Kind::Receive) {
                burst.add(packets[i].mbuf, packets[i].passes);
            }
        }
        if (burst.count != 0) pipeline.run(context);
        for (unsigned i = 0; i < count; ++i) {
            if (packets[i].kind != HandoverPacket::Kind::Transmit) continue;
            burst.out[burst.count] = kNoFlow;
            burst.ports[burst.count] = packets[i].mbuf->port;
            burst.add(packets[i].mbuf, 0);
        }
        if (burst.count != 0) pipeline.transmit(context);
    }
    return any;
}

void Worker::Impl::rest() {
    const std::uint64_t now = clock.now_us();
    const IdleLadder& ladder = options.idle;
    if (ladder.busy || now - last_packet_us < static_cast<std::uint64_t>(ladder.spin.count())) {
        rte_pause();
        return;
    }
    idle.sleep(sessions.count() != 0 ? ladder.session_sleep : ladder.idle_sleep,
               [this] { return !commands.empty() && completions.free_count() != 0; });
    clock.resync();
    counters.sleeps.add(1);
    counters.slept_us.add(clock.now_us() - now);
}

Result<std::unique_ptr<Worker>> Worker::create(const WorkerOptions& options, Shared shared) {
    if (shared.state.slots() < (options.id + 1U) * (options.flow_capacity + 1U) ||
        options.id >= shared.handover.workers()) {
        return fail(dpdk::Errc::NoMemory,
                    "flow records or handover rings of worker " + std::to_string(options.id));
    }
    const std::string number = std::to_string(options.id);
    auto commands =
        dpdk::Ring<WorkerCommand>::create("commands_" + number, options.command_capacity);
    if (!commands) return std::unexpected(commands.error());
    auto completions =
        dpdk::Ring<WorkerCompletion>::create("completions_" + number, options.command_capacity);
    if (!completions) return std::unexpected(completions.error());
    auto events = dpdk::Ring<WorkerEvent>::create("events_" + number, options.event_capacity);
    if (!events) return std::unexpected(events.error());
    return std::unique_ptr<Worker>(new Worker(std::make_unique<Impl>(
        options, shared, std::move(*commands), std::move(*completions), std::move(*events))));
}

Worker::Worker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Worker::~Worker() = default;

void Worker::run(std::stop_token stop) {
    IdleWait::ask_for_short_sleeps();
    const std::stop_callback wake(stop, [this] { impl_->idle.wake(); });
    while (!stop.stop_requested()) {
        if (!poll_once()) impl_->rest();
    }
}

bool Worker::poll_once() {
    Impl& self = *impl_;
    const std::uint64_t loops = self.counters.loops.get();
    self.counters.loops.set(loops + 1);
    if (loops % kHousekeepingLoops == 0) self.clock.resync();
    self.run_commands();
    self.context.now_us = self.clock.now_us();
    const bool from_ports = self.poll_ports();
    const bool from_workers = self.poll_handover();
    if (!from_ports && !from_workers) return false;
    self.last_packet_us = self.context.now_us;
    self.counters.busy_loops.add(1);
    return true;
}

bool Worker::submit(const WorkerCommand& command) {
    if (!impl_->commands.push(command)) return false;
    impl_->idle.wake();
    return true;
}

bool Worker::next_completion(WorkerCompletion& completion) {
    return impl_->completions.pop(completion);
}

bool Worker::next_event(WorkerEvent& event) { return impl_->events.pop(event); }

FlowStats Worker::flow_stats(FlowIndex flow) const { return impl_->sessions.stats(flow); }
const WorkerCounters& Worker::counters() const { return impl_->counters; }
WorkerId Worker::id() const { return impl_->options.id; }
std::uint32_t Worker::flow_capacity() const { return impl_->options.flow_capacity; }
std::uint32_t Worker::state_slot(FlowIndex flow) const { return impl_->context.state_base + flow; }

}  // namespace portcullis::relay
