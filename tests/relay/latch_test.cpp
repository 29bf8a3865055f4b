// SPDX-License-Identifier: BSD-2-Clause
// Latching on the wire: who may speak, where the answers go (RFC 7362; RTP bleed and injection).
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

class Latch : public CallTest {
 protected:
    // Flow 1 as the fixture's, but under `policy`; a SIP message came from 203.0.113.9.
    void install(LatchPolicy policy, const std::string& sdp = "198.18.0.2:4000",
                 std::uint8_t prefix = 0) {
        FlowConfig core = rig_.config(kCoreV4, 20000, sdp, kToCore, LegId{1});
        core.rtcp_mux = true;
        core.settings.latch = {.policy = policy,
                               .signaling_address = IpAddress::parse("203.0.113.9"),
                               .signaling_prefix = prefix};
        FlowConfig peer = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
        peer.rtcp_mux = true;
        rig_.install(1, core, {.rtp = 2, .rtcp = 2});
        rig_.install(2, peer, {.rtp = 1, .rtcp = 1});
        (void)rig_.events();
    }
    // Whether a packet from `source` reaches the peer.
    bool passes(const std::string& source) {
        rig_.port(0).inject(frame(
            {.from = source, .to = "198.18.0.1:20000", .payload = rtp({.sequence = ++next_})}));
        rig_.run();
        return rig_.port(1).take().has_value();
    }
    // Where a packet of the peer goes; "" if it goes nowhere.
    std::string answer() {
        rig_.port(1).inject(from_peer(rtp({.sequence = ++next_})));
        rig_.run();
        const auto bytes = rig_.port(0).take();
        return bytes ? decode(*bytes).to : "";
    }

    std::uint16_t next_ = 0;
};

struct Case {
    const char* name;
    LatchPolicy policy;
    const char* source;
    bool accepted;
};

class LatchPolicyTest : public Latch, public testing::WithParamInterface<Case> {};

TEST_P(LatchPolicyTest, FirstPacket) {
    install(GetParam().policy);
    EXPECT_EQ(passes(GetParam().source), GetParam().accepted);
    EXPECT_EQ(rig_.outcome(Outcome::SourceRefused), GetParam().accepted ? 0U : 1U);
    EXPECT_EQ(rig_.worker().flow_stats(1).rx_rejected, GetParam().accepted ? 0U : 1U);
    rig_.expect_books_balance();
}

using enum LatchPolicy;
INSTANTIATE_TEST_SUITE_P(
    Policies, LatchPolicyTest,
    testing::Values(Case{"StrictExact", Strict, "198.18.0.2:4000", true},
                    Case{"StrictOtherPort", Strict, "198.18.0.2:4002", false},
                    Case{"StrictOtherAddress", Strict, "198.18.0.3:4000", false},
                    Case{"SdpAddressOtherPort", SdpAddress, "198.18.0.2:4002", true},
                    Case{"SdpAddressOtherAddress", SdpAddress, "198.18.0.3:4000", false},
                    Case{"SdpAddressSignaling", SdpAddress, "203.0.113.9:4000", false},
                    Case{"SignalingAnyPort", SignalingAddress, "203.0.113.9:61000", true},
                    Case{"SignalingNeighbour", SignalingAddress, "203.0.113.10:61000", false},
                    Case{"SignalingSdpAddress", SignalingAddress, "198.18.0.2:4000", false},
                    Case{"AnyStranger", Any, "192.0.2.77:4000", true}),
    [](const auto& row) { return row.param.name; });

// Threats 44: an attacker who comes after the peer, or before it, gets and gives nothing.
TEST_F(Latch, InjectionAfterTheLatch) {
    install(SdpAddress);
    ASSERT_TRUE(passes("198.18.0.2:4000"));
    for (int i = 0; i < 60; ++i) {
        EXPECT_FALSE(passes("198.18.0.66:4000"));
        EXPECT_FALSE(passes("198.18.0.2:4002"));  // the same host, another port: not the peer
    }
    EXPECT_EQ(answer(), "198.18.0.2:4000");
    EXPECT_EQ(rig_.outcome(Outcome::SourceRefused), 120U);
}

TEST_F(Latch, AttackerFirstGetsNothing) {
    install(SdpAddress);
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(passes("198.18.0.66:4000"));
        EXPECT_EQ(answer(), "198.18.0.2:4000");
    }
    EXPECT_TRUE(passes("198.18.0.2:4000"));
}

// The whole point of symmetric RTP: answers go where packets come from.
TEST_F(Latch, AnswersGoToTheLatchedPort) {
    install(SdpAddress);
    EXPECT_EQ(answer(), "198.18.0.2:4000");
    ASSERT_TRUE(passes("198.18.0.2:4444"));
    EXPECT_EQ(answer(), "198.18.0.2:4444");
}

TEST_F(Latch, BehindNatNothingIsSentBeforeTheLatch) {
    install(SignalingAddress, "10.0.0.5:4000");
    EXPECT_EQ(answer(), "");
    EXPECT_EQ(rig_.outcome(Outcome::NoRemote), 1U);
    ASSERT_TRUE(passes("203.0.113.9:61000"));
    const auto events = rig_.events();
    const auto latched = std::find_if(events.begin(), events.end(), [](const WorkerEvent& event) {
        return event.kind == WorkerEvent::Kind::Latched && event.flow == 1;
    });
    ASSERT_NE(latched, events.end());
    EXPECT_TRUE(latched->next_hop_needed);
    EXPECT_EQ(latched->source.text(), "203.0.113.9:61000");
    EXPECT_EQ(latched->name.leg, LegId{1});

    EXPECT_EQ(answer(), "");
    EXPECT_EQ(rig_.outcome(Outcome::NoNextHop), 1U);
    ASSERT_EQ(rig_.command(SetNextHop{1, latched->source.address, kToCore}),
              WorkerCompletion::Result::Done);
    EXPECT_EQ(answer(), "203.0.113.9:61000");
}

TEST_F(Latch, SignalingPrefix) {
    install(SignalingAddress, "10.0.0.5:4000", 24);
    EXPECT_FALSE(passes("203.0.114.1:61000"));
    EXPECT_TRUE(passes("203.0.113.200:61000"));
    EXPECT_FALSE(passes("203.0.113.201:61000"));
}

// Threats 44: at most five packets in either direction with a source nothing speaks for.
TEST_F(Latch, AnyGivesAStrangerFivePackets) {
    install(Any);
    int passed = passes("192.0.2.77:4000") ? 1 : 0;
    ASSERT_EQ(rig_.command(SetNextHop{1, IpAddress::parse("192.0.2.77").value(), kToCore}),
              WorkerCompletion::Result::Done);
    int answered = 0;
    for (int i = 0; i < 40; ++i) {
        passed += passes("192.0.2.77:4000") ? 1 : 0;
        answered += answer() == "192.0.2.77:4000" ? 1 : 0;
    }
    EXPECT_EQ(passed, 5);
    EXPECT_EQ(answered, 5);
    EXPECT_TRUE(passes("198.18.0.2:4000"));
    EXPECT_EQ(answer(), "198.18.0.2:4000");
    EXPECT_FALSE(passes("192.0.2.77:4000"));
}

TEST_F(Latch, GarbageNeverMovesALatch) {
    install(SdpAddress);
    Bytes garbage = rtp();
    garbage[0] = std::byte{0x00};  // STUN by its first byte
    rig_.port(0).inject(
        frame({.from = "198.18.0.2:9999", .to = "198.18.0.1:20000", .payload = garbage}));
    Bytes broken = rtp({.payload = 0});
    broken[0] = std::byte{0x8f};
    rig_.port(0).inject(
        frame({.from = "198.18.0.2:9999", .to = "198.18.0.1:20000", .payload = broken}));
    rig_.expect_silence();
    EXPECT_EQ(answer(), "198.18.0.2:4000");
    EXPECT_TRUE(passes("198.18.0.2:4000"));
}

// RFC 4291 section 2.5.5.2: a mapped address on the wire must not pass for the IPv4 host.
TEST_F(Latch, MappedSourceIsNotTheIpv4Host) {
    FlowConfig core = rig_.config(kCoreV6, 20000, "[fd00:18::2]:4000", kToCore, LegId{1});
    core.settings.latch = {.policy = SignalingAddress,
                           .signaling_address = IpAddress::parse("203.0.113.9")};
    rig_.install(1, core, {});
    rig_.port(0).inject(
        frame({.from = "[::ffff:203.0.113.9]:4000", .to = "[fd00:18::1]:20000", .payload = rtp()}));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::BadSource), 1U);
    EXPECT_EQ(rig_.worker().flow_stats(1).latched, std::nullopt);
}

TEST_F(Latch, EventsOnceEach) {
    install(SdpAddress);
    for (int i = 0; i < 3; ++i) (void)passes("198.18.0.66:4000");
    for (int i = 0; i < 3; ++i) (void)passes("198.18.0.2:4000");
    std::vector<WorkerEvent::Kind> kinds;
    for (const WorkerEvent& event : rig_.events()) kinds.push_back(event.kind);
    EXPECT_EQ(kinds, (std::vector{WorkerEvent::Kind::SourceRefused, WorkerEvent::Kind::Latched,
                                  WorkerEvent::Kind::FirstPacket}));
}

TEST_F(Latch, RestoredLatchSpeaksAndHearsAtOnce) {
    FlowConfig core = rig_.config(kCoreV4, 20000, "10.0.0.5:4000", kNoNextHop, LegId{1});
    core.settings.latch = {.policy = SignalingAddress,
                           .signaling_address = IpAddress::parse("203.0.113.9")};
    core.restored_latch = Endpoint::parse("203.0.113.9:61000");
    core.restored_next_hop = kToCore;
    rig_.install(1, core, {.rtp = 2});
    rig_.install(2, rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2}), {.rtp = 1});
    EXPECT_EQ(answer(), "203.0.113.9:61000");
    EXPECT_TRUE(passes("203.0.113.9:61000"));
    EXPECT_FALSE(passes("203.0.113.9:61002"));
}

TEST_F(Latch, RestoredLatchWithoutAWayAsksForOne) {
    FlowConfig core = rig_.config(kCoreV4, 20000, "10.0.0.5:4000", kNoNextHop, LegId{1});
    core.restored_latch = Endpoint::parse("203.0.113.9:61000");
    rig_.install(1, core, {});
    const auto events = rig_.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, WorkerEvent::Kind::Latched);
    EXPECT_TRUE(events[0].next_hop_needed);
}

// RTCP goes only to the address that RTP latched, and is taken only from there.
class RtcpLatch : public CallTest {
 protected:
    void install(LatchPolicy policy) {
        FlowConfig rtp_flow = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
        FlowConfig rtcp_flow =
            rig_.config(kCoreV4, 20001, "198.18.0.2:4001", kToCore, LegId{1}, Component::Rtcp);
        for (FlowConfig* each : {&rtp_flow, &rtcp_flow}) {
            each->settings.latch = {.policy = policy,
                                    .signaling_address = IpAddress::parse("203.0.113.9")};
        }
        rtp_flow.sibling = 2;
        rtcp_flow.sibling = 1;
        rig_.install(1, rtp_flow, {.rtp = 3});
        rig_.install(2, rtcp_flow, {.rtcp = 3});
        FlowConfig peer = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
        peer.rtcp_mux = true;
        rig_.install(3, peer, {.rtp = 1, .rtcp = 2});
    }
    bool passes(const std::string& source, std::uint16_t port, const Bytes& payload) {
        rig_.port(0).inject(frame(
            {.from = source, .to = "198.18.0.1:" + std::to_string(port), .payload = payload}));
        rig_.run();
        return rig_.port(1).take().has_value();
    }
    std::string answer() {
        rig_.port(1).inject(from_peer(rtcp()));
        rig_.run();
        const auto bytes = rig_.port(0).take();
        return bytes ? decode(*bytes).to : "";
    }
};

TEST_F(RtcpLatch, SdpAddress) {
    install(LatchPolicy::SdpAddress);
    EXPECT_EQ(answer(), "198.18.0.2:4001");
    EXPECT_FALSE(passes("198.18.0.66:4001", 20001, rtcp()));
    EXPECT_TRUE(passes("198.18.0.2:4777", 20001, rtcp()));
    ASSERT_TRUE(passes("198.18.0.2:4000", 20000, rtp()));
    EXPECT_EQ(answer(), "198.18.0.2:4777");
    EXPECT_FALSE(passes("198.18.0.66:4001", 20001, rtcp()));
}

TEST_F(RtcpLatch, BehindNatFollowsRtp) {
    install(LatchPolicy::SignalingAddress);
    EXPECT_EQ(answer(), "");
    ASSERT_TRUE(passes("203.0.113.9:61000", 20000, rtp()));
    EXPECT_EQ(answer(), "");  // the NAT's RTCP port is not known
    EXPECT_FALSE(passes("198.18.0.2:4001", 20001, rtcp()));
    ASSERT_TRUE(passes("203.0.113.9:61001", 20001, rtcp()));
    ASSERT_EQ(rig_.command(SetNextHop{2, IpAddress::parse("203.0.113.9").value(), kToCore}),
              WorkerCompletion::Result::Done);
    EXPECT_EQ(answer(), "203.0.113.9:61001");
}

}  // namespace
}  // namespace portcullis::relay::test
