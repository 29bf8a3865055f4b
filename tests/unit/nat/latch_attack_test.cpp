// SPDX-License-Identifier: BSD-2-Clause
// What a stranger can take or inject, and what a change of media reopens.
#include <gtest/gtest.h>

#include <string>

#include "nat/latch.hpp"

namespace portcullis::nat {
namespace {

Source source(const std::string& text) {
    return Source::from(Endpoint::parse(text).value_or(Endpoint{}));
}

LatchRules rules(LatchPolicy policy, const std::string& sdp, const std::string& signaling = {}) {
    LatchRules out;
    out.policy = policy;
    out.sdp = source(sdp);
    if (!signaling.empty()) out.signaling = source(signaling);
    return out;
}

struct Loot {
    int injected = 0;  // stranger's packets accepted
    int stolen = 0;    // packets sent to the stranger
    int good = 0;      // the true peer's packets accepted
};

// The stranger sends `head_start` packets, then two for every one of the peer's; the other leg
// sends one packet for each of them throughout.
Loot attack(LatchState state, const Source& peer, const Source& stranger, int head_start) {
    Loot loot;
    const auto from_stranger = [&] {
        if (on_packet(state, stranger) != LatchVerdict::Rejected) ++loot.injected;
        const Source* target = send_target(state);
        if (target != nullptr && *target == stranger) ++loot.stolen;
    };
    for (int i = 0; i < head_start; ++i) from_stranger();
    for (int i = 0; i < 200; ++i) {
        if (on_packet(state, peer) != LatchVerdict::Rejected) ++loot.good;
        from_stranger();
        from_stranger();
    }
    return loot;
}

struct AttackCase {
    const char* name;
    LatchRules rules;
    const char* peer;
    const char* stranger;
    int bound;
};

class AttackTest : public testing::TestWithParam<AttackCase> {};

TEST_P(AttackTest, IsBoundedAndThePeerIsHeard) {
    const auto& row = GetParam();
    for (const int head_start : {0, 1, 5, 6, 1000}) {
        const auto loot =
            attack(make_latch(row.rules), source(row.peer), source(row.stranger), head_start);
        EXPECT_LE(loot.injected, row.bound) << "head start " << head_start;
        EXPECT_LE(loot.stolen, row.bound) << "head start " << head_start;
        EXPECT_EQ(loot.good, 200) << "head start " << head_start;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Strangers, AttackTest,
    testing::Values(
        AttackCase{"strict", rules(LatchPolicy::Strict, "198.18.1.2:4000"), "198.18.1.2:4000",
                   "198.18.1.66:4000", 0},
        AttackCase{"sdp_address", rules(LatchPolicy::SdpAddress, "198.18.1.2:4000"),
                   "198.18.1.2:4000", "198.18.1.66:4000", 0},
        AttackCase{"sdp_address_other_port", rules(LatchPolicy::SdpAddress, "198.18.1.2:4000"),
                   "198.18.1.2:7777", "198.18.1.66:4000", 0},
        AttackCase{"signaling_address",
                   rules(LatchPolicy::SignalingAddress, "192.168.1.5:4000", "203.0.113.7:5060"),
                   "203.0.113.7:61000", "203.0.113.66:61000", 0},
        AttackCase{"signaling_spoofed_inside",
                   rules(LatchPolicy::SignalingAddress, "192.168.1.5:4000", "203.0.113.7:5060"),
                   "203.0.113.7:61000", "192.168.1.5:4000", 0},
        AttackCase{"any_same_network", rules(LatchPolicy::Any, "198.18.1.2:4000"),
                   "198.18.1.2:4000", "198.18.1.66:4000", 5},
        AttackCase{"any_far_away", rules(LatchPolicy::Any, "192.168.1.5:4000", "203.0.113.7:5060"),
                   "203.0.113.7:61000", "192.0.2.66:4000", 5},
        AttackCase{"any_v6", rules(LatchPolicy::Any, "[2001:db8::2]:4000"), "[2001:db8::2]:4002",
                   "[2001:db8::66]:4000", 5}),
    [](const auto& row) { return row.param.name; });

TEST(LatchAttack, ManyPortsShareOneBudget) {
    LatchState state = make_latch(rules(LatchPolicy::Any, "198.18.1.2:4000"));
    int accepted = 0;
    for (int port = 1000; port < 2000; ++port) {
        const auto from = source("192.0.2.66:" + std::to_string(port));
        if (on_packet(state, from) != LatchVerdict::Rejected) ++accepted;
    }
    EXPECT_LE(accepted, kProvisionalPackets);
}

TEST(LatchAttack, ExhaustedStrangerIsNotSentTo) {
    LatchState state = make_latch(rules(LatchPolicy::Any, "198.18.1.2:4000"));
    (void)on_packet(state, source("192.0.2.66:1000"));
    for (int i = 0; i < kProvisionalPackets; ++i) {
        EXPECT_EQ(*send_target(state), source("192.0.2.66:1000"));
    }
    EXPECT_EQ(*send_target(state), source("198.18.1.2:4000"));
}

constexpr auto kSdp = LatchPolicy::SdpAddress;

LatchState latched(const char* sdp, const char* from) {
    LatchState state = make_latch(rules(kSdp, sdp));
    EXPECT_EQ(on_packet(state, source(from)), LatchVerdict::Learned);
    return state;
}

TEST(LatchChange, SameSdpReopensNothing) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:5000");
    replace_rules(state, rules(kSdp, "198.18.1.2:4000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5002")), LatchVerdict::Rejected);
    stage_rules(state, rules(kSdp, "198.18.1.2:4000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5002")), LatchVerdict::Rejected);
    commit_rules(state);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5002")), LatchVerdict::Rejected);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5000")), LatchVerdict::Accepted);
}

TEST(LatchChange, NewAddressWhileStagedAcceptsBothAndCommitKeepsTheNew) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:4000");
    stage_rules(state, rules(kSdp, "198.18.1.9:6000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.9:6002")), LatchVerdict::Learned);
    EXPECT_EQ(on_packet(state, source("198.18.1.9:6002")), LatchVerdict::Accepted);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:4000")), LatchVerdict::Accepted);
    EXPECT_EQ(on_packet(state, source("198.18.1.66:6000")), LatchVerdict::Rejected);
    EXPECT_EQ(*send_target(state), source("198.18.1.2:4000")) << "sending stays until commit";
    commit_rules(state);
    EXPECT_EQ(*send_target(state), source("198.18.1.9:6002"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:4000")), LatchVerdict::Rejected);
}

TEST(LatchChange, RevertForgetsTheNew) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:4000");
    stage_rules(state, rules(kSdp, "198.18.1.9:6000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.9:6000")), LatchVerdict::Learned);
    revert_rules(state);
    EXPECT_EQ(on_packet(state, source("198.18.1.9:6000")), LatchVerdict::Rejected);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:4000")), LatchVerdict::Accepted);
    EXPECT_EQ(*send_target(state), source("198.18.1.2:4000"));
}

TEST(LatchChange, PacketsOnTheirWayDoNotWinTheNewLatch) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:4000");
    replace_rules(state, rules(kSdp, "198.18.1.2:6000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:4000")), LatchVerdict::Accepted);
    EXPECT_EQ(*send_target(state), source("198.18.1.2:6000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:6100")), LatchVerdict::Learned);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:4000")), LatchVerdict::Rejected);
}

TEST(LatchChange, ASourceThatStaysIsLatchedAgain) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:5000");
    replace_rules(state, rules(kSdp, "198.18.1.2:6000"));
    for (int i = 0; i < kTrailingPackets; ++i) {
        EXPECT_EQ(on_packet(state, source("198.18.1.2:5000")), LatchVerdict::Accepted);
    }
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5000")), LatchVerdict::Learned);
}

TEST(LatchChange, HoldByNullAddressKeepsTheLatch) {
    auto state = latched("198.18.1.2:4000", "198.18.1.2:5000");
    replace_rules(state, LatchRules{});
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5000")), LatchVerdict::Accepted);
    replace_rules(state, rules(kSdp, "198.18.1.2:4000"));
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5000")), LatchVerdict::Accepted);
    EXPECT_EQ(on_packet(state, source("198.18.1.2:5002")), LatchVerdict::Rejected);
}

TEST(LatchChange, FirstSdpConfirmsWhatItAdmits) {
    LatchRules before;
    before.policy = LatchPolicy::SignalingAddress;
    before.signaling = source("203.0.113.7:5060");
    LatchState state = make_latch(before);
    EXPECT_EQ(on_packet(state, source("203.0.113.7:61000")), LatchVerdict::Learned);
    before.sdp = source("192.168.1.5:4000");
    replace_rules(state, before);
    EXPECT_EQ(on_packet(state, source("203.0.113.7:61000")), LatchVerdict::Accepted);
}

TEST(LatchChange, StrangersGetNoNewBudgetFromAChange) {
    LatchState state = make_latch(rules(LatchPolicy::Any, "198.18.1.2:4000"));
    const auto stranger = source("192.0.2.66:1000");
    int accepted = 0;
    for (int change = 0; change < 5; ++change) {
        for (int i = 0; i < 10; ++i) {
            if (on_packet(state, stranger) != LatchVerdict::Rejected) ++accepted;
        }
        replace_rules(state,
                      rules(LatchPolicy::Any, "198.18.1.2:" + std::to_string(5000 + change)));
    }
    EXPECT_EQ(accepted, kProvisionalPackets);
}

TEST(LatchChange, RtcpOfBothStatesWhileStaged) {
    auto rtp = latched("198.18.1.2:4000", "198.18.1.2:4000");
    auto rtcp = make_latch(rules(kSdp, "198.18.1.2:4001"));
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.2:4001")), LatchVerdict::Learned);
    stage_rules(rtp, rules(kSdp, "198.18.1.9:6000"));
    stage_rules(rtcp, rules(kSdp, "198.18.1.9:6001"));
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.9:6001")), LatchVerdict::Learned);
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.2:4001")), LatchVerdict::Accepted);
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.66:6001")), LatchVerdict::Rejected);
    commit_rules(rtp);
    commit_rules(rtcp);
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.9:6001")), LatchVerdict::Accepted);
    EXPECT_EQ(on_rtcp_packet(rtcp, rtp, source("198.18.1.2:4001")), LatchVerdict::Rejected);
}

}  // namespace
}  // namespace portcullis::nat
