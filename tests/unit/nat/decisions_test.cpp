// SPDX-License-Identifier: BSD-2-Clause
// Via, Contact and media decisions as tables.
#include <gtest/gtest.h>

#include "nat/classify.hpp"
#include "nat/contact_fix.hpp"
#include "nat/media_advice.hpp"
#include "nat/rport.hpp"
#include "nat/scope.hpp"

namespace portcullis::nat {
namespace {

std::optional<IpAddress> address(const char* text) {
    if (*text == '\0') return std::nullopt;
    return IpAddress::parse(text);
}
Endpoint endpoint(const char* text) { return Endpoint::parse(text).value_or(Endpoint{}); }

TEST(Scope, PrivateBlocks) {
    for (const char* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.9.9",
                             "100.64.0.1", "100.127.255.255", "169.254.1.1", "127.0.0.1", "fd00::1",
                             "fc00::1", "fe80::1", "::1", "::ffff:10.0.0.1"}) {
        EXPECT_TRUE(is_private(*address(text))) << text;
    }
    for (const char* text : {"11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "198.18.0.1",
                             "8.8.8.8", "2001:db8::1", "::ffff:8.8.8.8"}) {
        EXPECT_FALSE(is_private(*address(text))) << text;
    }
}

struct ClassifyCase {
    const char* name;
    const char* source;
    const char* via;
    const char* contact;
    NatReason want;
};
class ClassifyTest : public testing::TestWithParam<ClassifyCase> {};
TEST_P(ClassifyTest, NamesTheEvidence) {
    const auto& row = GetParam();
    const auto verdict =
        classify({endpoint(row.source), address(row.via), 5060, address(row.contact)});
    EXPECT_EQ(verdict.reason, row.want);
    EXPECT_EQ(verdict.behind_nat, row.want != NatReason::None);
}
INSTANTIATE_TEST_SUITE_P(
    Sources, ClassifyTest,
    testing::Values(
        ClassifyCase{"direct", "198.18.0.2:5060", "198.18.0.2", "198.18.0.2", NatReason::None},
        ClassifyCase{"ephemeral_port", "198.18.0.2:49152", "198.18.0.2", "198.18.0.2",
                     NatReason::None},
        ClassifyCase{"via_differs", "203.0.113.7:61000", "192.168.1.5", "192.168.1.5",
                     NatReason::ViaAddress},
        ClassifyCase{"via_repaired_contact_not", "203.0.113.7:61000", "203.0.113.7", "10.0.0.5",
                     NatReason::PrivateContact},
        ClassifyCase{"contact_of_a_proxied_client", "198.18.0.2:5060", "198.18.0.2", "198.18.0.9",
                     NatReason::None},
        ClassifyCase{"private_to_private", "10.0.0.1:5060", "10.0.0.1", "192.168.1.5",
                     NatReason::None},
        ClassifyCase{"names_prove_nothing", "203.0.113.7:5060", "", "", NatReason::None},
        ClassifyCase{"v6", "[2001:db8::7]:5060", "fd00::5", "", NatReason::ViaAddress}),
    [](const auto& row) { return row.param.name; });

struct RportCase {
    const char* name;  // the clause
    const char* source;
    const char* via;
    std::uint16_t via_port;
    bool rport;
    const char* received;  // empty: not added
    std::uint16_t rport_value;
    const char* target;
};
class RportTest : public testing::TestWithParam<RportCase> {};
TEST_P(RportTest, FixesViaAndTarget) {
    const auto& row = GetParam();
    const auto fix =
        fix_via({endpoint(row.source), address(row.via), row.via_port, row.rport, 5060});
    EXPECT_EQ(fix.received, address(row.received));
    EXPECT_EQ(fix.rport.value_or(0), row.rport_value);
    EXPECT_EQ(fix.rport.has_value(), row.rport);
    EXPECT_EQ(fix.response_target, endpoint(row.target));
}
INSTANTIATE_TEST_SUITE_P(
    Rfc3581, RportTest,
    testing::Values(RportCase{"rfc3261_18_2_1_same", "198.18.0.2:5060", "198.18.0.2", 5060, false,
                              "", 0, "198.18.0.2:5060"},
                    RportCase{"rfc3261_18_2_1_differs", "203.0.113.7:61000", "192.168.1.5", 5062,
                              false, "203.0.113.7", 0, "203.0.113.7:5062"},
                    RportCase{"rfc3261_18_2_1_name", "198.18.0.2:5060", "", 5070, false,
                              "198.18.0.2", 0, "198.18.0.2:5070"},
                    RportCase{"rfc3261_18_2_2_default_port", "198.18.0.2:49152", "198.18.0.2", 0,
                              false, "", 0, "198.18.0.2:5060"},
                    RportCase{"rfc3581_4_same_address", "198.18.0.2:49152", "198.18.0.2", 5060,
                              true, "198.18.0.2", 49152, "198.18.0.2:49152"},
                    RportCase{"rfc3581_4_nat", "203.0.113.7:61000", "192.168.1.5", 5060, true,
                              "203.0.113.7", 61000, "203.0.113.7:61000"},
                    RportCase{"rfc3581_4_v6", "[2001:db8::7]:61000", "2001:db8::7", 5060, true,
                              "2001:db8::7", 61000, "[2001:db8::7]:61000"}),
    [](const auto& row) { return row.param.name; });

TEST(ContactFix, ChoosesTheReachableAddress) {
    const NatVerdict nat{true, NatReason::ViaAddress};
    const auto source = endpoint("203.0.113.7:61000");
    ContactFacts facts{source, {}, false, false, address("198.18.0.9"), 5060};
    EXPECT_EQ(choose_contact(facts).reason, ContactReason::Reachable);
    EXPECT_FALSE(choose_contact(facts).send_to);
    facts.verdict = nat;
    EXPECT_EQ(choose_contact(facts), (ContactChoice{source, ContactReason::BehindNat}));
    facts.has_route_set = true;
    EXPECT_EQ(choose_contact(facts).reason, ContactReason::RouteSet);
    facts.has_route_set = false;
    facts.contact_host = source.address;
    facts.contact_port = source.port;
    EXPECT_EQ(choose_contact(facts).reason, ContactReason::Reachable);
    facts.verdict = {};
    for (const char* text : {"127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "::1"}) {
        facts.contact_host = address(text);
        EXPECT_EQ(choose_contact(facts), (ContactChoice{source, ContactReason::Unusable})) << text;
    }
}

struct AdviceCase {
    const char* name;
    bool behind_nat;
    const char* signaling;
    const char* sdp;
    LatchPolicy want;
    AdviceReason reason;
};
class AdviceTest : public testing::TestWithParam<AdviceCase> {};
TEST_P(AdviceTest, ChoosesThePolicy) {
    const auto& row = GetParam();
    MediaFacts facts{std::nullopt, {row.behind_nat, {}}, *address(row.signaling), address(row.sdp)};
    EXPECT_EQ(advise_media(facts), (MediaAdvice{row.want, row.reason}));
    facts.configured = LatchPolicy::Strict;
    EXPECT_EQ(advise_media(facts), (MediaAdvice{LatchPolicy::Strict, AdviceReason::Configured}));
}
INSTANTIATE_TEST_SUITE_P(
    Media, AdviceTest,
    testing::Values(AdviceCase{"direct", false, "198.18.0.2", "198.18.0.2", LatchPolicy::SdpAddress,
                               AdviceReason::Default},
                    AdviceCase{"media_server_apart", false, "198.18.0.2", "198.18.0.9",
                               LatchPolicy::SdpAddress, AdviceReason::Default},
                    AdviceCase{"private_sdp", false, "203.0.113.7", "192.168.1.5",
                               LatchPolicy::SignalingAddress, AdviceReason::PrivateSdpAddress},
                    AdviceCase{"behind_nat", true, "203.0.113.7", "198.18.0.9",
                               LatchPolicy::SignalingAddress, AdviceReason::PeerBehindNat},
                    AdviceCase{"stun_client_behind_nat", true, "203.0.113.7", "203.0.113.7",
                               LatchPolicy::SdpAddress, AdviceReason::Default},
                    AdviceCase{"behind_nat_no_sdp", true, "203.0.113.7", "",
                               LatchPolicy::SignalingAddress, AdviceReason::PeerBehindNat},
                    AdviceCase{"private_both", false, "10.0.0.1", "10.0.0.2",
                               LatchPolicy::SdpAddress, AdviceReason::Default},
                    // RFC 6157 section 4.1: SIP over IPv4, media over IPv6.
                    AdviceCase{"other_family", false, "198.18.1.2", "fd00::2",
                               LatchPolicy::SdpAddress, AdviceReason::Default},
                    AdviceCase{"other_family_behind_nat", true, "203.0.113.7", "2001:db8::2",
                               LatchPolicy::SdpAddress, AdviceReason::Default},
                    AdviceCase{"held", true, "203.0.113.7", "0.0.0.0", LatchPolicy::SdpAddress,
                               AdviceReason::Default}),
    [](const auto& row) { return row.param.name; });

TEST(MediaAddress, AdvertisedWins) {
    EXPECT_EQ(media_address(*address("10.0.0.1"), std::nullopt), *address("10.0.0.1"));
    EXPECT_EQ(media_address(*address("10.0.0.1"), address("203.0.113.1")), *address("203.0.113.1"));
}

}  // namespace
}  // namespace portcullis::nat
