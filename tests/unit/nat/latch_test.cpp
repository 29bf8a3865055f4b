// SPDX-License-Identifier: BSD-2-Clause
// The latch as a table: what each policy accepts, in which order (RFC 7362 section 4).
#include "nat/latch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::nat {
namespace {

constexpr auto kAccepted = LatchVerdict::Accepted;
constexpr auto kLearned = LatchVerdict::Learned;
constexpr auto kRejected = LatchVerdict::Rejected;

Source source(const std::string& text) {
    const auto endpoint = Endpoint::parse(text);
    EXPECT_TRUE(endpoint.has_value()) << text;
    return Source::from(endpoint.value_or(Endpoint{}));
}

LatchRules rules(LatchPolicy policy, const std::string& sdp, const std::string& signaling = {},
                 std::uint8_t prefix = 0) {
    LatchRules out;
    out.policy = policy;
    if (!sdp.empty()) out.sdp = source(sdp);
    if (!signaling.empty()) out.signaling = source(signaling + ":0");
    if (!signaling.empty()) out.signaling.port = 0;
    out.signaling_prefix = prefix;
    return out;
}

struct Step {
    const char* from;
    LatchVerdict want;
};

struct Case {
    const char* name;
    LatchRules rules;
    std::vector<Step> steps;
    const char* target;  // where packets go after the steps; empty: nowhere
};

class LatchPolicyTest : public testing::TestWithParam<Case> {};

TEST_P(LatchPolicyTest, DecidesPacketByPacket) {
    LatchState state = make_latch(GetParam().rules);
    int number = 0;
    for (const auto& step : GetParam().steps) {
        EXPECT_EQ(on_packet(state, source(step.from)), step.want)
            << "packet " << ++number << " from " << step.from;
    }
    const Source* target = send_target(state);
    const std::string where = target == nullptr ? "" : target->endpoint().text();
    EXPECT_EQ(where, GetParam().target);
}

constexpr auto kStrict = LatchPolicy::Strict;
constexpr auto kSdp = LatchPolicy::SdpAddress;
constexpr auto kSignaling = LatchPolicy::SignalingAddress;
constexpr auto kAny = LatchPolicy::Any;

INSTANTIATE_TEST_SUITE_P(
    Policies, LatchPolicyTest,
    testing::Values(
        Case{"strict_exact",
             rules(kStrict, "198.18.1.2:4000"),
             {{"198.18.1.2:4000", kLearned}, {"198.18.1.2:4000", kAccepted}},
             "198.18.1.2:4000"},
        Case{"strict_port",
             rules(kStrict, "198.18.1.2:4000"),
             {{"198.18.1.2:4002", kRejected}, {"198.18.1.3:4000", kRejected}},
             "198.18.1.2:4000"},
        Case{"strict_no_sdp", rules(kStrict, ""), {{"198.18.1.2:4000", kRejected}}, ""},
        Case{"strict_v6",
             rules(kStrict, "[fd00::2]:4000"),
             {{"[fd00::3]:4000", kRejected}, {"[fd00::2]:4000", kLearned}},
             "[fd00::2]:4000"},

        Case{"sdp_first_port_wins",
             rules(kSdp, "198.18.1.2:4000"),
             {{"198.18.1.2:5000", kLearned},
              {"198.18.1.2:5000", kAccepted},
              {"198.18.1.2:5002", kRejected},
              {"198.18.1.2:5000", kAccepted}},
             "198.18.1.2:5000"},
        Case{"sdp_endpoint_wins_back",
             rules(kSdp, "198.18.1.2:4000"),
             {{"198.18.1.2:5000", kLearned},
              {"198.18.1.2:4000", kLearned},
              {"198.18.1.2:5000", kRejected}},
             "198.18.1.2:4000"},
        Case{"sdp_attack_first",
             rules(kSdp, "198.18.1.2:4000"),
             {{"198.18.1.66:4000", kRejected},
              {"198.18.1.2:4000", kLearned},
              {"198.18.1.66:4000", kRejected}},
             "198.18.1.2:4000"},
        Case{"sdp_unlatched_sends_to_sdp", rules(kSdp, "198.18.1.2:4000"), {}, "198.18.1.2:4000"},
        Case{"sdp_unknown_learns_nothing", rules(kSdp, ""), {{"198.18.1.2:4000", kRejected}}, ""},
        Case{"sdp_v6",
             rules(kSdp, "[fd00::2]:4000"),
             {{"[fd00::2]:5000", kLearned}, {"[fd00::2]:5002", kRejected}},
             "[fd00::2]:5000"},
        Case{"sdp_v4_is_not_v6",
             rules(kSdp, "198.18.1.2:4000"),
             {{"[fd00::c612:102]:4000", kRejected}},
             "198.18.1.2:4000"},
        Case{"sdp_port_zero_source",
             rules(kSdp, "198.18.1.2:4000"),
             {{"198.18.1.2:0", kRejected}},
             "198.18.1.2:4000"},
        Case{"sdp_loopback_never",
             rules(kSdp, "127.0.0.1:4000"),
             {{"127.0.0.1:4000", kRejected}},
             "127.0.0.1:4000"},

        Case{"signaling_exact",
             rules(kSignaling, "192.168.1.5:4000", "203.0.113.7"),
             {{"192.168.1.5:4000", kRejected},
              {"203.0.113.8:61000", kRejected},
              {"203.0.113.7:61000", kLearned},
              {"203.0.113.7:61002", kRejected}},
             "203.0.113.7:61000"},
        Case{"signaling_unlatched_sends_nowhere",
             rules(kSignaling, "192.168.1.5:4000", "203.0.113.7"),
             {},
             ""},
        Case{"signaling_truthful_sdp_is_sent_to",
             rules(kSignaling, "203.0.113.7:4000", "203.0.113.7"),
             {},
             "203.0.113.7:4000"},
        Case{"signaling_mask",
             rules(kSignaling, "192.168.1.5:4000", "203.0.113.7", 28),
             {{"203.0.113.16:61000", kRejected},
              {"203.0.113.9:61000", kLearned},
              {"203.0.113.7:61000", kRejected}},
             "203.0.113.9:61000"},
        Case{"signaling_mask_v6",
             rules(kSignaling, "[fd00::5]:4000", "[2001:db8:0:7::1]", 64),
             {{"[2001:db8:0:8::1]:6000", kRejected}, {"[2001:db8:0:7::99]:6000", kLearned}},
             "[2001:db8:0:7::99]:6000"},
        Case{"signaling_unknown",
             rules(kSignaling, "192.168.1.5:4000"),
             {{"203.0.113.7:61000", kRejected}},
             ""},

        Case{"any_sdp_endpoint_at_once",
             rules(kAny, "198.18.1.2:4000", "198.18.1.1"),
             {{"198.18.1.2:4000", kLearned},
              {"198.18.1.2:5000", kRejected},
              {"198.18.1.1:4000", kRejected},
              {"198.18.1.66:4000", kRejected}},
             "198.18.1.2:4000"},
        Case{"any_ranks_ascend",
             rules(kAny, "198.18.1.2:4000", "203.0.113.7"),
             {{"192.0.2.66:1000", kLearned},
              {"192.0.2.67:1000", kRejected},
              {"203.0.113.66:1000", kLearned},
              {"192.0.2.66:1000", kRejected},
              {"203.0.113.7:1000", kLearned},
              {"203.0.113.66:1000", kRejected},
              {"198.18.1.2:5000", kLearned},
              {"203.0.113.7:1000", kRejected},
              {"198.18.1.2:4000", kLearned},
              {"198.18.1.2:5000", kRejected}},
             "198.18.1.2:4000"},
        Case{"any_stranger_gets_five",
             rules(kAny, "198.18.1.2:4000", "203.0.113.7"),
             {{"192.0.2.66:1000", kLearned},
              {"192.0.2.66:1000", kAccepted},
              {"192.0.2.66:1000", kAccepted},
              {"192.0.2.66:1000", kAccepted},
              {"192.0.2.66:1000", kAccepted},
              {"192.0.2.66:1000", kRejected},
              {"192.0.2.66:1000", kRejected},
              {"203.0.113.7:1000", kLearned},
              {"192.0.2.66:1000", kRejected}},
             "203.0.113.7:1000"},
        Case{"any_five_in_all",
             rules(kAny, "198.18.1.2:4000"),
             {{"192.0.2.66:1000", kLearned},
              {"192.0.2.66:1000", kAccepted},
              {"192.0.2.66:1000", kAccepted},
              {"198.18.1.66:1000", kLearned},
              {"198.18.1.66:1000", kAccepted},
              {"198.18.1.66:1000", kRejected},
              {"198.18.1.67:1000", kRejected},
              {"198.18.1.2:4000", kLearned}},
             "198.18.1.2:4000"},
        Case{"any_same_64_v6",
             rules(kAny, "[2001:db8::2]:4000"),
             {{"[2001:db8:1::66]:1000", kLearned},
              {"[2001:db8::66]:1000", kLearned},
              {"[2001:db8::2]:6000", kLearned}},
             "[2001:db8::2]:6000"}),
    [](const auto& row) { return row.param.name; });

// RTCP latches apart, but only to the address of RTP (design of the latching policies).
struct RtcpStep {
    bool rtcp;
    const char* from;
    LatchVerdict want;
};
struct RtcpCase {
    const char* name;
    LatchRules rtp;
    LatchRules rtcp;
    std::vector<RtcpStep> steps;
    const char* target;
};

class RtcpLatchTest : public testing::TestWithParam<RtcpCase> {};

TEST_P(RtcpLatchTest, FollowsTheAddressOfRtp) {
    LatchState rtp = make_latch(GetParam().rtp);
    LatchState rtcp = make_latch(GetParam().rtcp);
    int number = 0;
    for (const auto& step : GetParam().steps) {
        const auto from = source(step.from);
        const auto verdict = step.rtcp ? on_rtcp_packet(rtcp, rtp, from) : on_packet(rtp, from);
        EXPECT_EQ(verdict, step.want) << "packet " << ++number << " from " << step.from;
    }
    const Source* target = rtcp_send_target(rtcp, rtp);
    EXPECT_EQ(target == nullptr ? "" : target->endpoint().text(), GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Rtcp, RtcpLatchTest,
    testing::Values(RtcpCase{"port_of_its_own",
                             rules(kSdp, "198.18.1.2:4000"),
                             rules(kSdp, "198.18.1.2:4001"),
                             {{false, "198.18.1.2:4000", kLearned},
                              {true, "198.18.1.66:4001", kRejected},
                              {true, "198.18.1.2:7001", kLearned},
                              {true, "198.18.1.2:7001", kAccepted},
                              {true, "198.18.1.2:7003", kRejected}},
                             "198.18.1.2:7001"},
                    RtcpCase{"before_rtp_only_where_there_is_no_choice",
                             rules(kSdp, "198.18.1.2:4000"),
                             rules(kSdp, "198.18.1.2:4001"),
                             {{true, "198.18.1.66:4001", kRejected},
                              {true, "198.18.1.2:4001", kLearned},
                              {true, "198.18.1.2:4001", kAccepted}},
                             "198.18.1.2:4001"},
                    RtcpCase{"mask_waits_for_rtp",
                             rules(kSignaling, "192.168.1.5:4000", "203.0.113.7", 24),
                             rules(kSignaling, "192.168.1.5:4001", "203.0.113.7", 24),
                             {{true, "203.0.113.9:61001", kRejected},
                              {false, "203.0.113.9:61000", kLearned},
                              {true, "203.0.113.7:61001", kRejected},
                              {true, "203.0.113.9:61001", kLearned}},
                             "203.0.113.9:61001"},
                    RtcpCase{"nat_without_rtcp_sends_none",
                             rules(kSignaling, "192.168.1.5:4000", "203.0.113.7"),
                             rules(kSignaling, "192.168.1.5:4001", "203.0.113.7"),
                             {{false, "203.0.113.7:61000", kLearned}},
                             ""},
                    RtcpCase{"any_never_from_a_provisional",
                             rules(kAny, "198.18.1.2:4000"),
                             rules(kAny, "198.18.1.2:4001"),
                             {{true, "198.18.1.2:4001", kRejected},
                              {false, "192.0.2.66:1000", kLearned},
                              {true, "192.0.2.66:1001", kRejected},
                              {false, "198.18.1.2:4000", kLearned},
                              {true, "192.0.2.66:1001", kRejected},
                              {true, "198.18.1.2:4001", kLearned}},
                             "198.18.1.2:4001"},
                    RtcpCase{"stale_latch_is_left",
                             rules(kAny, "198.18.1.2:4000", "203.0.113.7"),
                             rules(kAny, "198.18.1.2:4001", "203.0.113.7"),
                             {{false, "203.0.113.7:1000", kLearned},
                              {true, "203.0.113.7:1001", kLearned},
                              {false, "198.18.1.2:4000", kLearned},
                              {true, "203.0.113.7:1001", kRejected},
                              {true, "198.18.1.2:4001", kLearned}},
                             "198.18.1.2:4001"},
                    RtcpCase{"strict_believes_rtcp_attribute",
                             rules(kStrict, "198.18.1.2:4000"),
                             rules(kStrict, "198.18.1.9:9000"),
                             {{true, "198.18.1.2:4001", kRejected},
                              {true, "198.18.1.9:9000", kLearned},
                              {true, "198.18.1.9:9000", kAccepted}},
                             "198.18.1.9:9000"}),
    [](const auto& row) { return row.param.name; });

TEST(LatchSource, KeepsAddressesOfBothFamilies) {
    for (const char* text : {"198.18.0.1:20000", "[2001:db8::1]:65535", "[::1]:1"}) {
        EXPECT_EQ(source(text).endpoint().text(), text);
    }
    const std::uint8_t wire[4] = {198, 18, 0, 1};
    EXPECT_EQ(Source::v4(wire, 20000), source("198.18.0.1:20000"));
}

TEST(LatchSettle, RestoredSourceNeedsNoLearning) {
    LatchState state = make_latch(rules(kAny, "198.18.1.2:4000"));
    settle(state, source("192.0.2.10:7000"));
    EXPECT_TRUE(is_settled(state));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(on_packet(state, source("192.0.2.10:7000")), kAccepted);
    }
    EXPECT_EQ(send_target(state)->endpoint().text(), "192.0.2.10:7000");
}

}  // namespace
}  // namespace portcullis::nat
