// SPDX-License-Identifier: BSD-2-Clause
// Changes of a running call: generations of media, links, next hops, records (design section 8.3).
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

using Done = WorkerCompletion::Result;

class Change : public CallTest {
 protected:
    void SetUp() override {
        install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
        ASSERT_TRUE(peer_speaks("198.18.1.2:5000"));
    }
    bool peer_speaks(const std::string& source) {
        rig_.port(1).inject(frame({.destination = mac(2),
                                   .from = source,
                                   .to = "198.18.1.1:30000",
                                   .payload = rtp({.sequence = ++next_})}));
        rig_.run();
        return rig_.port(0).take().has_value();
    }
    std::string peer_hears() {
        rig_.port(0).inject(from_core(rtp({.sequence = ++next_})));
        rig_.run();
        const auto bytes = rig_.port(1).take();
        return bytes ? decode(*bytes).to : "";
    }
    FlowSettings moved(const std::string& remote = "198.18.1.7:7000") {
        return rig_.config(kPeerV4, 30000, remote, kToPeer, LegId{2}).settings;
    }

    std::uint16_t next_ = 0;
};

TEST_F(Change, StagedHearsBothSpeaksToTheOld) {
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(peer_speaks("198.18.1.2:5000"));
        EXPECT_TRUE(peer_speaks("198.18.1.7:7000"));
        EXPECT_FALSE(peer_speaks("198.18.1.66:7000"));
    }
    EXPECT_EQ(peer_hears(), "198.18.1.2:5000");
}

TEST_F(Change, CommitSpeaksToTheNew) {
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    ASSERT_EQ(rig_.command(CommitFlow{2}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.7:7000");
    EXPECT_TRUE(peer_speaks("198.18.1.7:7002"));
    EXPECT_EQ(peer_hears(), "198.18.1.7:7002");
    EXPECT_FALSE(peer_speaks("198.18.1.2:5000"));
}

TEST_F(Change, RevertSpeaksAndHearsAsBefore) {
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    EXPECT_TRUE(peer_speaks("198.18.1.7:7000"));
    ASSERT_EQ(rig_.command(RevertFlow{2}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.2:5000");
    EXPECT_FALSE(peer_speaks("198.18.1.7:7000"));
    EXPECT_TRUE(peer_speaks("198.18.1.2:5000"));
}

// Control keeps the way of the staged source apart until the worker says that it is the latch.
TEST_F(Change, CommitTellsTheLatchThatItBrings) {
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    (void)rig_.events();
    EXPECT_TRUE(peer_speaks("198.18.1.7:7002"));
    auto events = rig_.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(events[0].staged);
    ASSERT_EQ(rig_.command(CommitFlow{2}), Done::Done);
    events = rig_.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, WorkerEvent::Kind::Latched);
    EXPECT_FALSE(events[0].staged);
    EXPECT_EQ(events[0].source.text(), "198.18.1.7:7002");
}

TEST_F(Change, RevertAsksForAWayThatIsMissing) {
    FlowSettings settings = moved("198.18.1.2:5000");
    settings.next_hop = kNoNextHop;
    ASSERT_EQ(rig_.command(UpdateFlow{2, settings}), Done::Done);
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    (void)rig_.events();
    ASSERT_EQ(rig_.command(RevertFlow{2}), Done::Done);
    const auto events = rig_.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(events[0].next_hop_needed);
}

TEST_F(Change, StagedAgainReplacesTheFirstStage) {
    ASSERT_EQ(rig_.command(StageFlow{2, moved("198.18.1.7:7000")}), Done::Done);
    ASSERT_EQ(rig_.command(StageFlow{2, moved("198.18.1.8:8000")}), Done::Done);
    EXPECT_FALSE(peer_speaks("198.18.1.7:7000"));
    ASSERT_EQ(rig_.command(CommitFlow{2}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.8:8000");
}

TEST_F(Change, ReplaceTakesEffectAtOnce) {
    ASSERT_EQ(rig_.command(UpdateFlow{2, moved()}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.7:7000");
    EXPECT_TRUE(peer_speaks("198.18.1.7:7000"));
}

TEST_F(Change, HoldAndResumeKeepTheLatch) {
    FlowSettings held = moved("198.18.1.2:5000");
    held.send = false;
    ASSERT_EQ(rig_.command(UpdateFlow{2, held}), Done::Done);
    EXPECT_EQ(peer_hears(), "");
    held.send = true;
    ASSERT_EQ(rig_.command(UpdateFlow{2, held}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.2:5000");
    EXPECT_FALSE(peer_speaks("198.18.1.2:5002"));
}

TEST_F(Change, DscpFollows) {
    FlowSettings settings = moved("198.18.1.2:5000");
    settings.dscp = 34;
    ASSERT_EQ(rig_.command(UpdateFlow{2, settings}), Done::Done);
    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).traffic_class, 34 << 2);
}

// A gateway's new MAC is one write of control; no command, no flow touched.
TEST_F(Change, GatewayWithANewMac) {
    NextHop hop = rig_.next_hops().load(kToPeer);
    hop.destination = mac(77);
    rig_.next_hops().store(kToPeer, hop);
    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).destination, mac(77));
}

TEST_F(Change, RelinkToAnotherLeg) {
    rig_.install(7, rig_.config(kPeerV6, 31000, "[fd00:18:1::7]:7000", kToPeer, LegId{3}),
                 {.rtp = 1});
    ASSERT_EQ(rig_.command(SetLinks{1, {.rtp = 7}}), Done::Done);
    EXPECT_EQ(peer_hears(), "[fd00:18:1::7]:7000");
    EXPECT_EQ(rig_.worker().flow_stats(2).tx_packets, 0U);
}

TEST_F(Change, FiguresSurviveEveryChange) {
    EXPECT_EQ(peer_hears(), "198.18.1.2:5000");
    ASSERT_EQ(rig_.command(StageFlow{2, moved()}), Done::Done);
    ASSERT_EQ(rig_.command(CommitFlow{2}), Done::Done);
    ASSERT_EQ(rig_.command(SetLinks{2, {.rtp = 1}}), Done::Done);
    EXPECT_EQ(peer_hears(), "198.18.1.7:7000");
    EXPECT_EQ(rig_.worker().flow_stats(2).tx_packets, 2U);
    EXPECT_EQ(rig_.worker().flow_stats(2).rx_packets, 1U);
    ASSERT_EQ(rig_.command(RemoveFlow{2}), Done::Done);
    EXPECT_EQ(rig_.worker().flow_stats(2).tx_packets, 2U);
}

// The record says at all times what a successor needs.
TEST_F(Change, RecordFollowsTheFlow) {
    const auto record = [&](FlowIndex flow) {
        return rig_.state().read(rig_.worker().state_slot(flow));
    };
    EXPECT_EQ(record(1).state, StateRecord::State::Live);
    EXPECT_EQ(record(1).latched, std::nullopt);
    EXPECT_EQ(record(2).latched, Endpoint::parse("198.18.1.2:5000"));
    EXPECT_EQ(record(2).local_port, 30000);
    EXPECT_EQ(record(2).name.session, SessionId{1});
    EXPECT_EQ(record(2).name.leg, LegId{2});
    ASSERT_EQ(rig_.command(UpdateFlow{2, moved()}), Done::Done);
    EXPECT_EQ(record(2).latched, std::nullopt);
    EXPECT_TRUE(peer_speaks("198.18.1.7:7003"));
    EXPECT_EQ(record(2).latched, Endpoint::parse("198.18.1.7:7003"));
    ASSERT_EQ(rig_.command(RemoveFlow{2}), Done::Done);
    EXPECT_EQ(record(2).state, StateRecord::State::Released);
    EXPECT_GT(record(2).changed_at_s, 1700000000U);
}

}  // namespace
}  // namespace portcullis::relay::test
