// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/session/session_table.hpp"

#include <gtest/gtest.h>

#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {
namespace {

using Result = SessionTable::Result;

Endpoint at(const char* text) { return Endpoint::parse(text).value(); }
nat::Source from(const char* text) { return nat::Source::from(at(text)); }

// RTP on 20000 in slot 1 and RTCP on 20001 in slot 2, of one stream.
class SessionTableTest : public testing::Test {
 protected:
    FlowConfig config(Component component, const char* remote) {
        FlowConfig config;
        config.name = {.session = SessionId{77}, .leg = LegId{1}, .component = component};
        config.pool = 3;
        config.local_port = component == Component::Rtp ? 20000 : 20001;
        config.sibling = component == Component::Rtp ? 2 : 1;
        config.settings.remote = at(remote);
        config.settings.next_hop = 5;
        return config;
    }
    void install_both(LatchPolicy policy = LatchPolicy::SdpAddress) {
        FlowConfig rtp = config(Component::Rtp, "198.18.0.2:4000");
        FlowConfig rtcp = config(Component::Rtcp, "198.18.0.2:4001");
        for (FlowConfig* each : {&rtp, &rtcp}) {
            each->settings.latch.policy = policy;
            each->settings.latch.signaling_address = IpAddress::parse("203.0.113.9");
        }
        ASSERT_EQ(table_.install({1, rtp, {}}), Result::Done);
        ASSERT_EQ(table_.install({2, rtcp, {}}), Result::Done);
    }
    // Where a packet that leaves by `flow` goes; "" for nowhere.
    std::string target(FlowIndex flow) {
        Flow& hot = table_.flow(flow);
        if ((hot.tx_flags & kFlowSettled) == 0 && !choose_target(table_, flow)) return "";
        nat::Source source;
        std::memcpy(&source.high, hot.remote.data(), 8);
        std::memcpy(&source.low, hot.remote.data() + 8, 8);
        source.port = hot.remote_port;
        return source.endpoint().text();
    }
    FlowSettings moved(const char* remote) {
        FlowSettings settings = table_.cold(1).settings;
        settings.remote = at(remote);
        settings.next_hop = 6;
        return settings;
    }

    SessionTable table_{16};
};

TEST_F(SessionTableTest, InstallBindsThePortAndRemoveFreesIt) {
    install_both();
    EXPECT_EQ(table_.port_slot(3, 20000), 1U);
    EXPECT_EQ(table_.port_slot(3, 20001), 2U);
    EXPECT_EQ(table_.port_slot(2, 20000), kNoFlow);
    EXPECT_EQ(table_.count(), 2U);
    EXPECT_EQ(table_.remove({1}), Result::Done);
    EXPECT_EQ(table_.port_slot(3, 20000), kNoFlow);
    EXPECT_EQ(table_.remove({1}), Result::UnknownFlow);
    EXPECT_EQ(table_.count(), 1U);
}

TEST_F(SessionTableTest, RefusesWhatIsTaken) {
    install_both();
    FlowConfig other = config(Component::Rtp, "198.18.0.2:4000");
    EXPECT_EQ(table_.install({3, other, {}}), Result::SlotInUse);  // the port
    other.local_port = 20010;
    EXPECT_EQ(table_.install({1, other, {}}), Result::SlotInUse);  // the slot
    EXPECT_EQ(table_.install({17, other, {}}), Result::UnknownFlow);
    EXPECT_EQ(table_.install({kNoFlow, other, {}}), Result::UnknownFlow);
    EXPECT_EQ(table_.install({3, other, {}}), Result::Done);
}

TEST_F(SessionTableTest, CommandsOnEmptySlotsAreRefused) {
    EXPECT_EQ(table_.update({1, {}}), Result::UnknownFlow);
    EXPECT_EQ(table_.stage({1, {}}), Result::UnknownFlow);
    EXPECT_EQ(table_.commit({1}), Result::UnknownFlow);
    EXPECT_EQ(table_.revert({1}), Result::UnknownFlow);
    EXPECT_EQ(table_.set_links({1, {}}), Result::UnknownFlow);
    EXPECT_EQ(table_.set_next_hop({1, {}, 1}), Result::UnknownFlow);
    EXPECT_EQ(table_.remove({40000}), Result::UnknownFlow);
}

TEST_F(SessionTableTest, SendsToSdpUntilLatchedThenToTheSource) {
    install_both();
    EXPECT_EQ(target(1), "198.18.0.2:4000");
    EXPECT_EQ(table_.flow(1).next_hop, 5);
    const auto verdict = judge_source(table_, 1, from("198.18.0.2:5555"));
    EXPECT_TRUE(verdict.accepted);
    EXPECT_TRUE(verdict.learned);
    EXPECT_FALSE(verdict.next_hop_needed);  // the same address as in SDP
    EXPECT_EQ(target(1), "198.18.0.2:5555");
    EXPECT_EQ(table_.flow(1).next_hop, 5);
    EXPECT_EQ(table_.flow(1).source_port, 5555);  // the fast path knows it
    EXPECT_EQ(table_.stats(1).latched, at("198.18.0.2:5555"));
}

// RFC 7362 section 4; design: never send voice to a private address.
TEST_F(SessionTableTest, BehindNatWaitsForTheLatchAndItsNextHop) {
    install_both(LatchPolicy::SignalingAddress);
    EXPECT_EQ(target(1), "");
    const auto verdict = judge_source(table_, 1, from("203.0.113.9:40000"));
    EXPECT_TRUE(verdict.learned);
    EXPECT_TRUE(verdict.next_hop_needed);
    EXPECT_EQ(target(1), "203.0.113.9:40000");
    EXPECT_TRUE(needs_next_hop(table_.flow(1)));
    EXPECT_EQ(table_.set_next_hop({1, IpAddress::parse("203.0.113.9").value(), 9}), Result::Done);
    EXPECT_EQ(table_.flow(1).next_hop, 9);
}

// A change of gateways tells the flow of both ways, in the order of their addresses.
TEST_F(SessionTableTest, ReroutingTheSdpAddressLeavesTheLatchedWay) {
    install_both(LatchPolicy::SignalingAddress);
    ASSERT_TRUE(judge_source(table_, 1, from("203.0.113.9:40000")).learned);
    const auto set = [&](const char* remote, NextHopId hop) {
        EXPECT_EQ(table_.set_next_hop({1, IpAddress::parse(remote).value(), hop}), Result::Done);
    };
    set("203.0.113.9", 9);
    set("198.18.0.2", 10);
    EXPECT_EQ(table_.flow(1).next_hop, 9);
    EXPECT_EQ(table_.cold(1).settings.next_hop, 10);
    set("192.0.2.1", 11);  // neither
    EXPECT_EQ(table_.flow(1).next_hop, 9);
    set("203.0.113.9", 12);
    EXPECT_EQ(table_.flow(1).next_hop, 12);
}

// While a change is staged, present and staged source each have their way.
TEST_F(SessionTableTest, AStagedSourceHasAWayOfItsOwn) {
    install_both(LatchPolicy::SignalingAddress);
    const auto set = [&](const char* remote, NextHopId hop) {
        EXPECT_EQ(table_.set_next_hop({1, IpAddress::parse(remote).value(), hop}), Result::Done);
    };
    ASSERT_TRUE(judge_source(table_, 1, from("203.0.113.9:40000")).learned);
    set("203.0.113.9", 9);
    FlowSettings next = moved("10.0.0.6:6000");
    next.latch.signaling_address = IpAddress::parse("203.0.113.20");
    ASSERT_EQ(table_.stage({1, next}), Result::Done);
    auto verdict = judge_source(table_, 1, from("203.0.113.20:50000"));
    EXPECT_TRUE(verdict.staged);
    EXPECT_TRUE(verdict.next_hop_needed);
    set("203.0.113.20", 20);
    EXPECT_EQ(table_.flow(1).next_hop, 9);
    ASSERT_EQ(table_.revert({1}), Result::Done);
    EXPECT_EQ(target(1), "203.0.113.9:40000");
    EXPECT_EQ(table_.flow(1).next_hop, 9);

    ASSERT_EQ(table_.stage({1, next}), Result::Done);
    verdict = judge_source(table_, 1, from("203.0.113.20:50000"));
    EXPECT_TRUE(verdict.next_hop_needed) << "a reverted change leaves no way behind";
    set("203.0.113.20", 21);
    ASSERT_EQ(table_.commit({1}), Result::Done);
    EXPECT_EQ(target(1), "203.0.113.20:50000");
    EXPECT_EQ(table_.flow(1).next_hop, 21);
}

TEST_F(SessionTableTest, RefusalIsReportedOncePerLatch) {
    install_both();
    EXPECT_TRUE(judge_source(table_, 1, from("198.18.0.66:4000")).report_refusal);
    EXPECT_FALSE(judge_source(table_, 1, from("198.18.0.66:4000")).report_refusal);
    EXPECT_EQ(table_.stats(1).rx_rejected, 2U);
    EXPECT_TRUE(judge_source(table_, 1, from("198.18.0.2:4000")).learned);
    EXPECT_TRUE(judge_source(table_, 1, from("198.18.0.66:4000")).report_refusal);
}

TEST_F(SessionTableTest, RtcpFollowsTheAddressThatRtpLatched) {
    install_both(LatchPolicy::SignalingAddress);
    EXPECT_EQ(target(2), "");
    ASSERT_TRUE(judge_source(table_, 1, from("203.0.113.9:40000")).accepted);
    // RTP went elsewhere than SDP said: the SDP's RTCP port means nothing there.
    EXPECT_EQ(target(2), "");
    EXPECT_FALSE(judge_source(table_, 2, from("203.0.113.10:40001")).accepted);
    EXPECT_TRUE(judge_source(table_, 2, from("203.0.113.9:40001")).accepted);
    EXPECT_EQ(target(2), "203.0.113.9:40001");
    EXPECT_EQ(table_.flow(2).source_port, 40001);
}

TEST_F(SessionTableTest, RtcpWithoutItsRtpFlowIsRefused) {
    FlowConfig rtcp = config(Component::Rtcp, "198.18.0.2:4001");
    ASSERT_EQ(table_.install({2, rtcp, {}}), Result::Done);
    EXPECT_FALSE(judge_source(table_, 2, from("198.18.0.2:4001")).accepted);
    EXPECT_EQ(target(2), "");
}

TEST_F(SessionTableTest, SiblingOfAnotherSessionIsNotBelieved) {
    install_both();
    ASSERT_EQ(table_.remove({1}), Result::Done);
    FlowConfig other = config(Component::Rtp, "198.18.0.9:4000");
    other.name.session = SessionId{78};
    ASSERT_EQ(table_.install({1, other, {}}), Result::Done);
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.9:4000")).accepted);
    EXPECT_FALSE(judge_source(table_, 2, from("198.18.0.9:4001")).accepted);
}

TEST_F(SessionTableTest, RestoredLatchIsSettledAtOnce) {
    FlowConfig rtp = config(Component::Rtp, "198.18.0.2:4000");
    rtp.settings.latch.policy = LatchPolicy::SignalingAddress;
    rtp.settings.latch.signaling_address = IpAddress::parse("203.0.113.9");
    rtp.restored_latch = at("203.0.113.9:40000");
    rtp.restored_next_hop = 9;
    ASSERT_EQ(table_.install({1, rtp, {}}), Result::Done);
    EXPECT_EQ(target(1), "203.0.113.9:40000");
    EXPECT_EQ(table_.flow(1).next_hop, 9);
    EXPECT_EQ(table_.flow(1).source_port, 40000);
    EXPECT_FALSE(judge_source(table_, 1, from("203.0.113.9:40002")).accepted);
}

TEST_F(SessionTableTest, StagedAcceptsBothAndSendsToTheOld) {
    install_both();
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.2:4000")).accepted);
    ASSERT_EQ(table_.stage({1, moved("198.18.0.3:6000")}), Result::Done);
    EXPECT_TRUE(judge_source(table_, 1, from("198.18.0.3:6000")).accepted);
    EXPECT_TRUE(judge_source(table_, 1, from("198.18.0.2:4000")).accepted);
    EXPECT_EQ(target(1), "198.18.0.2:4000");
    EXPECT_EQ(table_.flow(1).next_hop, 5);
}

TEST_F(SessionTableTest, CommitMovesToTheNewRemote) {
    install_both();
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.2:4000")).accepted);
    ASSERT_EQ(table_.stage({1, moved("198.18.0.3:6000")}), Result::Done);
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.3:6002")).learned);
    ASSERT_EQ(table_.commit({1}), Result::Done);
    EXPECT_EQ(target(1), "198.18.0.3:6002");  // as learned while staged
    EXPECT_EQ(table_.flow(1).next_hop, 6);
    EXPECT_EQ(table_.commit({1}), Result::Done);  // again: nothing to do
}

TEST_F(SessionTableTest, RevertForgetsTheNewRemote) {
    install_both();
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.2:4000")).accepted);
    ASSERT_EQ(table_.stage({1, moved("198.18.0.3:6000")}), Result::Done);
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.3:6000")).accepted);
    ASSERT_EQ(table_.revert({1}), Result::Done);
    EXPECT_FALSE(judge_source(table_, 1, from("198.18.0.3:6000")).accepted);
    EXPECT_EQ(target(1), "198.18.0.2:4000");
}

// Design section 7: a re-INVITE reopens learning only if the SDP address or port changed.
TEST_F(SessionTableTest, UpdateWithTheSameRemoteKeepsTheLatch) {
    install_both();
    ASSERT_TRUE(judge_source(table_, 1, from("198.18.0.2:5555")).learned);
    FlowSettings hold = table_.cold(1).settings;
    hold.send = false;
    hold.receive = false;
    ASSERT_EQ(table_.update({1, hold}), Result::Done);
    EXPECT_EQ(target(1), "198.18.0.2:5555");
    EXPECT_EQ(table_.flow(1).tx_flags & kFlowSendRtp, 0);
    EXPECT_EQ(table_.flow(1).rx_flags & kFlowReceiveRtp, 0);
    ASSERT_EQ(table_.update({1, moved("198.18.0.2:7000")}), Result::Done);
    EXPECT_EQ(target(1), "198.18.0.2:7000");
    EXPECT_EQ(table_.flow(1).source_port, 0);
}

TEST_F(SessionTableTest, StagedReceiveCountsAtOnceStagedSendAtCommit) {
    FlowConfig rtp = config(Component::Rtp, "198.18.0.2:4000");
    rtp.settings.receive = rtp.settings.send = false;
    ASSERT_EQ(table_.install({1, rtp, {}}), Result::Done);
    FlowSettings resumed = rtp.settings;
    resumed.receive = resumed.send = true;
    ASSERT_EQ(table_.stage({1, resumed}), Result::Done);
    EXPECT_NE(table_.flow(1).rx_flags & kFlowReceiveRtp, 0);
    EXPECT_EQ(table_.flow(1).tx_flags & kFlowSendRtp, 0);
    ASSERT_EQ(table_.commit({1}), Result::Done);
    EXPECT_NE(table_.flow(1).tx_flags & kFlowSendRtp, 0);
}

TEST_F(SessionTableTest, LinksPastTheTableBecomeNone) {
    install_both();
    FlowLinks links{.rtp = 16, .rtcp = 17};
    links.rtp_copies[2] = 2;
    ASSERT_EQ(table_.set_links({1, links}), Result::Done);
    EXPECT_EQ(table_.flow(1).rtp_link, 16U);
    EXPECT_EQ(table_.flow(1).rtcp_link, kNoFlow);
    EXPECT_NE(table_.flow(1).rx_flags & kFlowHasCopies, 0);
    ASSERT_EQ(table_.set_links({1, {}}), Result::Done);
    EXPECT_EQ(table_.flow(1).rx_flags & kFlowHasCopies, 0);
}

TEST_F(SessionTableTest, FiguresStayReadableAfterRemoveAndStartFromZero) {
    install_both();
    table_.flow(1).rx_packets.add(3);
    ASSERT_EQ(table_.remove({1}), Result::Done);
    EXPECT_EQ(table_.stats(1).rx_packets, 3U);
    ASSERT_EQ(table_.install({1, config(Component::Rtp, "198.18.0.2:4000"), {}}), Result::Done);
    EXPECT_EQ(table_.stats(1).rx_packets, 0U);
    EXPECT_EQ(table_.stats(40000).rx_packets, 0U);
}

TEST(SessionTag, NeverZero) {
    for (std::uint64_t id = 0; id < 100000; ++id) ASSERT_NE(session_tag(SessionId{id}), 0U);
}

TEST(ClockRate, NegotiatedThenStaticThenNone) {
    FlowSettings settings;
    settings.payloads[0] = {.payload_type = 111, .clock_rate = 48000};
    settings.payloads[1] = {.payload_type = 101, .clock_rate = 0};
    settings.payload_count = 2;
    EXPECT_EQ(clock_rate(settings, 111), 48000U);
    EXPECT_EQ(clock_rate(settings, 101), 0U);
    EXPECT_EQ(clock_rate(settings, 8), 8000U);    // RFC 3551 table 4
    EXPECT_EQ(clock_rate(settings, 9), 8000U);    // G.722, by RFC 3551 section 4.5.2
    EXPECT_EQ(clock_rate(settings, 13), 0U);      // comfort noise
    EXPECT_EQ(clock_rate(settings, 34), 90000U);  // table 5
    EXPECT_EQ(clock_rate(settings, 96), 0U);      // dynamic, not negotiated
}

}  // namespace
}  // namespace portcullis::relay
