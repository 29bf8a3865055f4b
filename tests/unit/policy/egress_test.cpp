// SPDX-License-Identifier: BSD-2-Clause
// The look-ups signaling makes on the way out.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/policy/policies.hpp"

namespace portcullis::policy {
namespace {

struct Row {
    const char* realm;
    IpFamily family;
    TransportKind transport;
    const char* interface;  // "": none
};

class EgressInterfaceTest : public testing::TestWithParam<Row> {};

TEST_P(EgressInterfaceTest, IsTheFirstThatCan) {
    static const Policy kPolicy = compiled("lab", [](auto& document) {
        document.sip_interfaces[0].transports = {TransportKind::Udp};
        auto extra = document.sip_interfaces[0];
        extra.name = "core-tcp";
        extra.port = 5070;
        extra.transports = {TransportKind::Udp, TransportKind::Tcp};
        document.sip_interfaces.push_back(extra);
        document.sip_interfaces[3].enabled = false;
    });
    const Row& row = GetParam();
    const auto* found = kPolicy->egress_interface(row.realm, row.family, row.transport);
    EXPECT_EQ(found == nullptr ? "" : found->name, row.interface);
}

INSTANTIATE_TEST_SUITE_P(Rows, EgressInterfaceTest,
                         testing::Values(Row{"core", IpFamily::V4, TransportKind::Udp, "core-v4"},
                                         Row{"core", IpFamily::V4, TransportKind::Tcp, "core-tcp"},
                                         Row{"core", IpFamily::V6, TransportKind::Tcp, "core-v6"},
                                         Row{"core", IpFamily::V4, TransportKind::Tls, ""},
                                         Row{"peer", IpFamily::V4, TransportKind::Udp, "peer-v4"},
                                         Row{"peer", IpFamily::V6, TransportKind::Udp, ""},
                                         Row{"none", IpFamily::V4, TransportKind::Udp, ""}));

// RFC 8760 section 2.4: offered in this order.
TEST(Challenge, TheStrongestAlgorithmIsFirstAndTheRealmHasAName) {
    using enum config::DigestAlgorithm;
    const Policy policy = compiled("lab", [](auto& document) {
        document.trunks[0].challenge.algorithms = {Md5, Sha512_256, Md5, Sha256};
        document.trunks[1].challenge.auth_realm = "own";
        document.realms[0].domain = "pbx.example";
    });
    const auto& first = policy->trunks()[0].challenge;
    EXPECT_EQ(first.algorithms, (std::vector{Sha512_256, Sha256, Md5}));
    EXPECT_EQ(first.auth_realm, "pbx.example");
    EXPECT_EQ(policy->trunks()[1].challenge.auth_realm, "own");
}

TEST(Egress, PoolsAreDrawnInProportionToTheirPorts) {
    const Policy policy = compiled("lab", [](auto& document) {
        auto extra = document.media_pools[0];
        extra.name = "core-v4-small";
        extra.port_min = 30000;
        extra.port_max = 30999;
        document.media_pools.push_back(extra);
    });
    EXPECT_EQ(policy->media_pools("core", IpFamily::V4).size(), 2U);
    EXPECT_EQ(policy->media_pools("core", IpFamily::V6).size(), 1U);
    std::map<std::string, int> drawn;
    for (std::uint64_t entropy = 0; entropy < 5500; ++entropy) {
        ++drawn[policy->choose_pool("core", IpFamily::V4, entropy)->name];
    }
    EXPECT_EQ(drawn["core-v4"], 5000);
    EXPECT_EQ(drawn["core-v4-small"], 500);
    EXPECT_EQ(policy->choose_pool("none", IpFamily::V4, 1), nullptr);
}

TEST(Egress, PoolsOfADisabledDeviceAreNotUsed) {
    const Policy policy =
        compiled("lab", [](auto& document) { document.media_interfaces[0].enabled = false; });
    EXPECT_EQ(policy->choose_pool("core", IpFamily::V4, 0), nullptr);
    EXPECT_NE(policy->choose_pool("peer", IpFamily::V4, 0), nullptr);
}

TEST(Egress, ObjectsAreFoundByName) {
    const Policy policy = compiled("lab");
    EXPECT_EQ(policy->sip_interfaces().size(), 4U);
    EXPECT_EQ(policy->trunks().size(), 2U);
    EXPECT_EQ(policy->find_sip_interface("peer-v6")->address.text(), "fd00:18:1::1");
    EXPECT_EQ(policy->find_media_pool("peer-v6")->port_max, 29999);
    EXPECT_EQ(policy->find_trunk("carrier")->realm, "peer");
    EXPECT_TRUE(policy->find_realm("core")->trusted);
    EXPECT_EQ(policy->find_trunk("x"), nullptr);
    EXPECT_EQ(policy->find_realm("x"), nullptr);
    EXPECT_EQ(policy->find_sip_interface("x"), nullptr);
    EXPECT_EQ(policy->find_media_pool("x"), nullptr);
}

}  // namespace
}  // namespace portcullis::policy
