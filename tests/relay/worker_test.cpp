// SPDX-License-Identifier: BSD-2-Clause
// Workers as wholes: several of them, their rings, their threads, their sleep.
#include <time.h>

#include <thread>

#include "mediarelay/datapath/tick_clock.hpp"
#include "mediarelay/dpdk/lcore.hpp"
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

using Done = WorkerCompletion::Result;

class TwoWorkers : public CallTest {
 protected:
    explicit TwoWorkers(bool queue_per_worker = true)
        : CallTest({.workers = 2, .queue_per_worker = queue_per_worker}) {}
    // The whole call on worker 1, slots 1 and 2 of its own table.
    void install_on_second() {
        FlowConfig core = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
        FlowConfig peer = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
        rig_.install(1, core, {.rtp = 2}, 1);
        rig_.install(2, peer, {.rtp = 1}, 1);
    }
};

TEST_F(TwoWorkers, PacketOnTheWrongWorkerIsHandedToTheOwner) {
    install_on_second();
    rig_.port(0).inject(from_core(rtp()));  // queue 0: worker 0 polls it
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    EXPECT_EQ(rig_.outcome(Outcome::HandedOver, 0), 1U);
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded, 1), 1U);
    EXPECT_EQ(rig_.worker(1).counters().handed_in.get(), 1U);
    EXPECT_EQ(rig_.worker(1).flow_stats(1).rx_packets, 1U);
    rig_.expect_books_balance();
}

TEST_F(TwoWorkers, PacketOnTheOwnersQueueIsNot) {
    install_on_second();
    rig_.port(0).inject(from_core(rtp()), 0, 1);
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    EXPECT_EQ(rig_.outcome(Outcome::HandedOver, 0), 0U);
    EXPECT_EQ(rig_.worker(1).counters().rx_frames.get(), 1U);
}

TEST_F(TwoWorkers, FullHandoverRingDropsAndCounts) {
    install_on_second();
    for (int i = 0; i < 100; ++i) rig_.port(0).inject(from_core(rtp()));
    while (rig_.worker(0).poll_once()) {
    }
    EXPECT_EQ(rig_.outcome(Outcome::HandedOver, 0), 64U);
    EXPECT_EQ(rig_.outcome(Outcome::HandoverFull, 0), 36U);
    rig_.run();
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded, 1), 64U);
    rig_.expect_books_balance();
}

// A session is re-installed with another owner: the table says who, at once.
TEST_F(TwoWorkers, OwnerMoves) {
    install_on_second();
    ASSERT_EQ(rig_.command(RemoveFlow{1}, 1), Done::Done);
    ASSERT_EQ(rig_.command(RemoveFlow{2}, 1), Done::Done);
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.port(0).inject(from_core(rtp()), 0, 1);
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    EXPECT_EQ(rig_.outcome(Outcome::HandedOver, 1), 1U);
    EXPECT_EQ(rig_.worker(0).flow_stats(1).rx_packets, 1U);
}

// Devices of one queue (a veth under AF_XDP): worker 0 polls and serves port 0, worker 1 port 1.
class OneQueueEach : public TwoWorkers {
 protected:
    OneQueueEach() : TwoWorkers(false) {}
};

TEST_F(OneQueueEach, PacketLeavesByTheWorkerThatHasTheQueue) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);  // on worker 0
    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    EXPECT_EQ(rig_.outcome(Outcome::HandedToSender, 0), 1U);
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded, 1), 1U);
    EXPECT_EQ(rig_.worker(0).flow_stats(2).tx_packets, 1U);
    EXPECT_EQ(rig_.worker(1).counters().tx_frames.get(), 1U);

    rig_.port(1).inject(from_peer(rtp()));  // received by worker 1, owned and sent by worker 0
    EXPECT_EQ(rig_.only_frame(0).to, "198.18.0.2:4000");
    EXPECT_EQ(rig_.outcome(Outcome::HandedOver, 1), 1U);
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded, 0), 1U);
    rig_.expect_books_balance();
}

// Two workers on threads of their own, both directions at once, nothing lost.
TEST_F(OneQueueEach, OnThreads) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    auto first = dpdk::Lcore::start("w0", std::nullopt,
                                    [this](std::stop_token stop) { rig_.worker(0).run(stop); });
    auto second = dpdk::Lcore::start("w1", std::nullopt,
                                     [this](std::stop_token stop) { rig_.worker(1).run(stop); });
    ASSERT_TRUE(first && second);
    constexpr int kPackets = 2000;
    int heard[2] = {0, 0};
    int sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while ((heard[0] < kPackets || heard[1] < kPackets) &&
           std::chrono::steady_clock::now() < deadline) {
        // At most 16 on the way: the rings hold them all, so none may be lost.
        if (sent < kPackets && sent - std::min(heard[0], heard[1]) < 16) {
            rig_.port(0).inject(from_core(rtp({.sequence = static_cast<std::uint16_t>(sent)})));
            rig_.port(1).inject(from_peer(rtp({.sequence = static_cast<std::uint16_t>(sent)})));
            ++sent;
        }
        for (std::size_t side = 0; side < 2; ++side) {
            while (auto bytes = rig_.port(side).take()) {
                EXPECT_EQ(decode(*bytes).fault, "");
                ++heard[side];
            }
        }
    }
    EXPECT_EQ(heard[0], kPackets);
    EXPECT_EQ(heard[1], kPackets);
    first->request_stop();
    second->request_stop();
    first->join();
    second->join();
    EXPECT_EQ(rig_.worker(0).flow_stats(1).rx_lost, 0U);
    rig_.expect_books_balance();
}

// Media addressed to ourselves: the peer side's remote is our own port 30002, whose flow (another
// leg) sends on to the real peer.
class Spiral : public CallTest {
 protected:
    void install_spiral(const std::string& end, NextHopId end_hop) {
        rig_.install(1, rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1}),
                     {.rtp = 2});
        rig_.install(2, rig_.config(kPeerV4, 30000, "198.18.1.1:30002", kToOurselves, LegId{2}),
                     {.rtp = 1});
        rig_.install(3, rig_.config(kPeerV4, 30002, "198.18.1.1:30000", kToOurselves, LegId{3}),
                     {.rtp = 4});
        rig_.install(4, rig_.config(kPeerV4, 30004, end, end_hop, LegId{4}), {.rtp = 3});
    }
};

TEST_F(Spiral, TwoLegsFacingEachOther) {
    install_spiral("198.18.1.2:5000", kToPeer);
    const Bytes payload = rtp();
    rig_.port(0).inject(from_core(payload));
    const DecodedFrame out = rig_.only_frame(1);
    EXPECT_EQ(out.from, "198.18.1.1:30004");
    EXPECT_EQ(out.to, "198.18.1.2:5000");
    EXPECT_EQ(out.payload, payload);
    EXPECT_EQ(rig_.outcome(Outcome::Looped), 1U);
    EXPECT_EQ(rig_.worker().flow_stats(3).latched, Endpoint::parse("198.18.1.1:30000"));
    rig_.expect_books_balance();
}

TEST_F(Spiral, EndlessLoopEndsAfterFourPasses) {
    // 2 sends to 3, 3's packets leave by 4, which sends to 3's port again: for ever.
    install_spiral("198.18.1.1:30002", kToOurselves);
    FlowSettings any =
        rig_.config(kPeerV4, 30002, "198.18.1.1:30004", kToOurselves, LegId{3}).settings;
    ASSERT_EQ(rig_.command(UpdateFlow{3, any}), Done::Done);
    // Flow 2's packets come from 30000 and flow 4's from 30004: let both in, as if from one source.
    ASSERT_EQ(rig_.command(RemoveFlow{2}), Done::Done);
    ASSERT_EQ(rig_.command(SetLinks{1, {.rtp = 4}}), Done::Done);
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::Looped), 4U);
    EXPECT_EQ(rig_.outcome(Outcome::LoopLimit), 1U);
    rig_.expect_books_balance();
}

TEST_F(Spiral, OurOwnPortWithoutASession) {
    install_spiral("198.18.1.2:5000", kToPeer);
    rig_.owners(kPeerV4).set(30002, kNoWorker);
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::UnknownPort), 1U);
    rig_.expect_books_balance();
}

class Commands : public CallTest {
 protected:
    Commands() : CallTest({.event_capacity = 4}) {}
};

TEST_F(Commands, CompletionsInOrderAndNoneLost) {
    constexpr std::uint64_t kCommands = 3000;
    std::uint64_t submitted = 0;
    std::uint64_t completed = 0;
    while (completed < kCommands) {
        while (submitted < kCommands &&
               rig_.worker().submit({.token = 1000 + submitted, .body = Barrier{}})) {
            ++submitted;
        }
        // Control is slow: it collects one completion per turn.
        (void)rig_.worker().poll_once();
        WorkerCompletion completion;
        if (rig_.worker().next_completion(completion)) {
            ASSERT_EQ(completion.token, 1000 + completed);
            ++completed;
        }
    }
}

TEST_F(Commands, UnwantedCompletionsAreLeftOutUnlessTheyFailed) {
    ASSERT_TRUE(
        rig_.worker().submit({.token = 1001, .wants_completion = false, .body = Barrier{}}));
    ASSERT_TRUE(
        rig_.worker().submit({.token = 1002, .wants_completion = false, .body = RemoveFlow{9}}));
    ASSERT_TRUE(rig_.worker().submit({.token = 1003, .body = Barrier{}}));
    rig_.run();
    WorkerCompletion completion;
    ASSERT_TRUE(rig_.worker().next_completion(completion));
    EXPECT_EQ(completion.token, 1002U);
    EXPECT_EQ(completion.result, Done::UnknownFlow);
    ASSERT_TRUE(rig_.worker().next_completion(completion));
    EXPECT_EQ(completion.token, 1003U);
    EXPECT_FALSE(rig_.worker().next_completion(completion));
}

TEST_F(Commands, EventsThatNobodyCollectsAreCounted) {
    for (FlowIndex flow = 1; flow <= 10; ++flow) {
        const auto port = static_cast<std::uint16_t>(20000 + 2 * flow);
        rig_.install(flow, rig_.config(kCoreV4, port, "198.18.0.2:4000", kToCore, LegId{flow}), {});
        rig_.port(0).inject(frame({.from = "198.18.0.66:1",
                                   .to = "198.18.0.1:" + std::to_string(port),
                                   .payload = rtp()}));
    }
    rig_.run();
    EXPECT_EQ(rig_.events().size(), 4U);
    EXPECT_EQ(rig_.worker().counters().events_dropped.get(), 6U);
}

// Lost on the way to control, or answered by no route just then: the flow must not stay mute.
TEST_F(Commands, ALostNextHopRequestIsRaisedAgain) {
    for (FlowIndex flow = 1; flow <= 5; ++flow) {
        const auto port = static_cast<std::uint16_t>(20000 + 2 * flow);
        FlowConfig core = rig_.config(kCoreV4, port, "10.0.0.5:4000", kNoNextHop, LegId{flow});
        core.restored_latch = Endpoint::parse("203.0.113.9:61000");
        rig_.install(flow, core, {});
    }
    rig_.install(6, rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{6}), {.rtp = 5});
    EXPECT_EQ(rig_.events().size(), 4U);  // flow 5's found the ring full
    rig_.port(1).inject(from_peer(rtp({.sequence = 1})));
    rig_.port(1).inject(from_peer(rtp({.sequence = 2})));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::NoNextHop), 2U);
    auto events = rig_.events();
    std::erase_if(events, [](const WorkerEvent& event) { return !event.next_hop_needed; });
    ASSERT_EQ(events.size(), 1U) << "not for each packet";
    EXPECT_EQ(events[0].kind, WorkerEvent::Kind::Latched);
    EXPECT_EQ(events[0].flow, 5U);
    EXPECT_EQ(events[0].source.text(), "203.0.113.9:61000");
}

// Threats 50: no leak after 1e5 calls.
TEST_F(Commands, HundredThousandCallsLeaveNothingBehind) {
    for (int i = 0; i < 100000; ++i) {
        FlowConfig core = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
        core.name.session = SessionId{static_cast<std::uint64_t>(i) + 1};
        FlowConfig peer = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
        peer.name.session = core.name.session;
        const auto flow = static_cast<FlowIndex>(1 + 2 * (i % 100));
        ASSERT_EQ(rig_.command(InstallFlow{flow, core, {.rtp = flow + 1}}), Done::Done);
        ASSERT_EQ(rig_.command(InstallFlow{flow + 1, peer, {.rtp = flow}}), Done::Done);
        if (i % 1000 == 0) {
            rig_.owners(kCoreV4).set(20000, 0);
            rig_.port(0).inject(from_core(rtp()));
            EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
        }
        ASSERT_EQ(rig_.command(RemoveFlow{flow}), Done::Done);
        ASSERT_EQ(rig_.command(RemoveFlow{flow + 1}), Done::Done);
        (void)rig_.events();
    }
    EXPECT_EQ(rig_.worker().counters().flows.get(), 0U);
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::UnknownPort), 1U);
    rig_.expect_books_balance();
}

std::int64_t cpu_us(std::thread::native_handle_type thread) {
    ::clockid_t clock{};
    ::timespec time{};
    (void)::pthread_getcpuclockid(thread, &clock);
    (void)::clock_gettime(clock, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

// DPDK rounds the counter's rate to 10 MHz: up to 0.2 % of a usual one, minutes a day.
TEST(TickClock, ACounterThatRunsFastIsCorrected) {
    constexpr std::uint64_t kHz = 2490000000;  // taken for
    constexpr std::uint64_t kTrueHz = 2494000000;
    TickClock clock(kHz);
    std::uint64_t last = 0;
    for (std::uint64_t ms = 1000; ms < 1000000; ++ms) {
        if (ms % 100 == 0) clock.anchor(ms * (kTrueHz / 1000), ms * 1000);
        const std::uint64_t now = clock.now_us(ms * (kTrueHz / 1000));
        ASSERT_GE(now, last);
        ASSERT_GE(now, ms * 1000);
        ASSERT_LT(now, ms * 1000 + 500);
        last = now;
    }
}

// Another processor's counter, or another host's after a migration.
TEST(TickClock, ACounterThatJumpsBackStandsStillUntilItIsAnchored) {
    TickClock clock(1000000);
    clock.anchor(5000000, 100);
    EXPECT_EQ(clock.now_us(5000010), 110U);
    EXPECT_EQ(clock.now_us(3000000), 110U);
    clock.anchor(3000000, 150);
    EXPECT_EQ(clock.now_us(3000007), 157U);
}

class Idle : public CallTest {};

// Idle costs nothing: well below 5 % of a core over memory ports, and a command ends the sleep.
TEST_F(Idle, WithoutSessionsSleepsAndWakes) {
    std::atomic<std::thread::native_handle_type> handle{};
    std::atomic<bool> ready{false};
    auto lcore = dpdk::Lcore::start("idle", std::nullopt, [&](std::stop_token stop) {
        handle = ::pthread_self();
        ready = true;
        rig_.worker().run(stop);
    });
    ASSERT_TRUE(lcore);
    while (!ready) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::int64_t before = cpu_us(handle);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_LT(cpu_us(handle) - before, 25000);  // 5 % of the time

    // The command must not wait for the end of a sleep: 100 of them take far less than 100 sleeps.
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(rig_.worker().submit({.token = 5000 + i, .body = Barrier{}}));
        WorkerCompletion completion;
        while (!rig_.worker().next_completion(completion)) std::this_thread::yield();
        EXPECT_EQ(completion.token, 5000 + i);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(700));

    const auto stop_asked = std::chrono::steady_clock::now();
    lcore->request_stop();
    lcore->join();
    EXPECT_LT(std::chrono::steady_clock::now() - stop_asked, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace portcullis::relay::test
