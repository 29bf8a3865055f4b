// SPDX-License-Identifier: BSD-2-Clause
// Which trunk a request comes from: longest source, then port, then host.
#include "policy/classify.hpp"

#include <gtest/gtest.h>

#include "tests/unit/policy/policies.hpp"

namespace portcullis::policy {
namespace {

// The lab with more trunks in realm core: a wide prefix, two that share an address and differ by
// port, three that share one and differ by host.
void add_trunks(config::Document& document) {
    const auto add = [&](const char* name, const char* source, const char* gateway,
                         const char* host) {
        auto& trunk = document.trunks.emplace_back();
        trunk.name = name;
        trunk.realm = "core";
        if (*source != 0) trunk.match.sources = {*Cidr::parse(source)};
        if (*gateway != 0) {
            trunk.gateways.emplace_back().uri = {endpoint(gateway), TransportKind::Udp};
        }
        trunk.match.host = host;
    };
    add("branch", "198.18.0.0/24", "", "");
    add("branch-v6", "fd00:18::/64", "", "");
    add("port-a", "", "198.18.0.30:5060", "");
    add("port-b", "", "198.18.0.30:5080", "");
    add("host-a", "198.18.0.40", "", "a.example");
    add("host-b", "198.18.0.40", "", "b.example");
    add("host-none", "198.18.0.40", "", "");
    add("host-v6", "198.18.0.41", "", "[fd00::a]");
    add("host-v4", "198.18.0.41", "", "192.0.2.1");
    add("port-and-host", "", "198.18.0.30:5090", "c.example");
    add("port-and-other-host", "", "198.18.0.30:5090", "d.example");
}

struct Row {
    const char* name;
    const char* realm;
    const char* source;
    const char* request_host;
    const char* from_host;
    const char* trunk;  // "": none
    FoundBy found_by;
};

const Row kRows[] = {
    {"Source", "core", "198.18.0.2:5060", "", "", "pbx", FoundBy::Source},
    {"SourceAnyPort", "core", "198.18.0.2:40000", "", "", "pbx", FoundBy::Source},
    {"SourceV6", "core", "[fd00:18::2]:5060", "", "", "pbx", FoundBy::Source},
    {"ShorterPrefix", "core", "198.18.0.77:5060", "", "", "branch", FoundBy::Source},
    {"ShorterPrefixV6", "core", "[fd00:18::77]:5060", "", "", "branch-v6", FoundBy::Source},
    {"OtherRealm", "peer", "198.18.0.2:5060", "", "", "", FoundBy::None},
    {"Stranger", "core", "203.0.113.9:5060", "", "", "", FoundBy::None},
    {"PortOfA", "core", "198.18.0.30:5060", "", "", "port-a", FoundBy::Port},
    {"PortOfB", "core", "198.18.0.30:5080", "", "", "port-b", FoundBy::Port},
    {"PortThenHost", "core", "198.18.0.30:5090", "d.example", "", "port-and-other-host",
     FoundBy::Host},
    {"NoPortNoHost", "core", "198.18.0.30:40000", "", "", "", FoundBy::None},
    {"NoPortButHost", "core", "198.18.0.30:40000", "C.example.", "", "port-and-host",
     FoundBy::Host},
    {"RequestHost", "core", "198.18.0.40:5060", "A.Example", "", "host-a", FoundBy::Host},
    {"FromHost", "core", "198.18.0.40:5060", "198.18.0.1", "b.example", "host-b", FoundBy::Host},
    {"HostsOfTwoTrunks", "core", "198.18.0.40:5060", "a.example", "b.example", "", FoundBy::None},
    {"HostOfNone", "core", "198.18.0.40:5060", "z.example", "", "host-none", FoundBy::Host},
    {"HostIsAddress", "core", "198.18.0.41:5060", "[FD00:0::A]", "", "host-v6", FoundBy::Host},
    {"HostIsAddressV4", "core", "198.18.0.41:5060", "", "192.0.2.1", "host-v4", FoundBy::Host},
    {"HostMissing", "core", "198.18.0.41:5060", "", "", "", FoundBy::None},
};

class ClassifyTest : public testing::TestWithParam<Row> {};

TEST_P(ClassifyTest, FindsTheTrunk) {
    static const Policy kPolicy = compiled("lab", add_trunks);
    const Row& row = GetParam();
    const Classification found = classify(*kPolicy, {.interface = "core-v4",
                                                     .realm = row.realm,
                                                     .source = endpoint(row.source),
                                                     .request_host = row.request_host,
                                                     .from_host = row.from_host});
    EXPECT_TRUE(found.allowed);
    EXPECT_EQ(found.trunk == nullptr ? "" : found.trunk->name, row.trunk) << found.reason;
    EXPECT_EQ(found.found_by, row.found_by) << found.reason;
    EXPECT_FALSE(found.reason.empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, ClassifyTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

// RFC 5922 section 7.4: the certificate names the trunk, whatever address it comes from.
TEST(Classify, CertificateDecidesFirst) {
    const Policy policy = compiled("lab", [](auto& document) {
        const auto add = [&](const char* name, std::vector<std::string> names, const char* host) {
            auto& trunk = document.trunks.emplace_back();
            trunk.name = name;
            trunk.realm = "core";
            trunk.match.sources = {*Cidr::parse("198.18.0.50")};
            trunk.match.tls_names = std::move(names);
            trunk.match.host = host;
        };
        add("named", {"PBX.example"}, "");
        add("shared-a", {"shared.example"}, "a.example");
        add("shared-b", {"shared.example"}, "b.example");
        add("pinned", {}, "");
        document.trunks.back().match.tls_fingerprints = {"AB:" + std::string(62, '0')};
    });
    const struct {
        const char* source;
        std::vector<std::string> certificate;
        const char* from_host;
        const char* trunk;
    } rows[] = {
        {"203.0.113.9", {"pbx.example"}, "", "named"},
        {"198.18.0.2", {"pbx.example"}, "", "named"},
        {"203.0.113.9", {"x.example", "ab" + std::string(62, '0')}, "", "pinned"},
        {"203.0.113.9", {"shared.example"}, "b.example", "shared-b"},
        {"203.0.113.9", {"shared.example"}, "c.example", ""},
        {"198.18.0.2", {"stranger.example"}, "", "pbx"},
        {"198.18.0.50", {}, "", ""},
        {"198.18.0.50", {"sub.pbx.example"}, "", ""},
    };
    for (const auto& row : rows) {
        const auto found = classify(*policy, {.realm = "core",
                                              .source = endpoint(row.source),
                                              .from_host = row.from_host,
                                              .certificate = row.certificate});
        EXPECT_EQ(found.trunk == nullptr ? "" : found.trunk->name, std::string(row.trunk))
            << found.reason;
    }
    const auto* const named = policy->find_trunk("named");
    ASSERT_NE(named, nullptr);
    const std::vector<std::string> certificate{"pbx.example"};
    EXPECT_TRUE(belongs_to(*named, address("203.0.113.9"), nullptr, certificate));
    EXPECT_FALSE(belongs_to(*named, address("198.18.0.50")));
}

TEST(Classify, UnknownSourceIsAnsweredByTrust) {
    const Policy policy = compiled("lab");
    const auto ask = [&](std::string_view realm) {
        return classify(*policy, {.realm = realm, .source = endpoint("203.0.113.9")});
    };
    EXPECT_EQ(ask("core").unknown_source, config::UnknownSource::Reject);
    EXPECT_EQ(ask("peer").unknown_source, config::UnknownSource::Drop);
}

TEST(Classify, UnknownRealmIsDenied) {
    const Policy policy = compiled("lab");
    const auto found = classify(*policy, {.realm = "x", .source = endpoint("198.18.0.2")});
    EXPECT_FALSE(found.allowed);
    EXPECT_EQ(found.trunk, nullptr);
    EXPECT_FALSE(source_allowed(*policy, "x", address("198.18.0.2")));
}

TEST(Classify, DisabledTrunkIsUnknown) {
    const Policy policy = compiled("lab", [](auto& document) {
        document.trunks[0].enabled = false;
        document.trunks[1].gateways[0].enabled = false;
    });
    EXPECT_EQ(classify(*policy, {.realm = "core", .source = endpoint("198.18.0.2")}).trunk,
              nullptr);
    // A disabled gateway takes no calls; the trunk's sources still make them.
    EXPECT_NE(classify(*policy, {.realm = "peer", .source = endpoint("198.18.1.2")}).trunk,
              nullptr);
}

struct AccessRow {
    const char* source;
    bool allowed;
};

class AccessTest : public testing::TestWithParam<AccessRow> {};

TEST_P(AccessTest, LongestPrefixDecides) {
    static const Policy kPolicy = compiled("lab", [](auto& document) {
        const auto rule = [](const char* prefix, config::AccessAction action) {
            return config::AccessRuleConfig{"", *Cidr::parse(prefix), action};
        };
        using enum config::AccessAction;
        document.access_lists = {
            {.name = "core",
             .description = {},
             .realm = "core",
             .default_action = Deny,
             .rules = {rule("198.18.0.0/16", Allow), rule("198.18.7.0/24", Deny),
                       rule("198.18.7.7/32", Allow), rule("fd00::/16", Allow),
                       rule("fd00:99::/32", Deny)}}};
    });
    const auto source = address(GetParam().source);
    EXPECT_EQ(source_allowed(*kPolicy, "core", source), GetParam().allowed);
    EXPECT_EQ(classify(*kPolicy, {.realm = "core", .source = {source, 5060}}).allowed,
              GetParam().allowed);
    EXPECT_TRUE(source_allowed(*kPolicy, "peer", source)) << "a realm without a list";
}

INSTANTIATE_TEST_SUITE_P(
    Sources, AccessTest,
    testing::Values(AccessRow{"198.18.0.2", true}, AccessRow{"198.18.255.255", true},
                    AccessRow{"198.19.0.0", false}, AccessRow{"198.18.7.1", false},
                    AccessRow{"198.18.7.7", true}, AccessRow{"0.0.0.0", false},
                    AccessRow{"fd00:18::1", true}, AccessRow{"fd00:99::1", false},
                    AccessRow{"fe00::1", false}, AccessRow{"::ffff:198.18.0.2", false}));

TEST(Classify, MalformedRequestsAreAnsweredWhereStrangersAre) {
    const Policy policy = compiled("lab", [](auto& document) {
        document.access_lists = {
            {.name = "peer",
             .description = {},
             .realm = "peer",
             .default_action = config::AccessAction::Allow,
             .rules = {{"", *Cidr::parse("198.18.1.9/32"), config::AccessAction::Deny}}}};
    });
    const auto answered = [&](std::string_view realm, const char* source) {
        return answers_malformed(*policy, realm, address(source));
    };
    EXPECT_TRUE(answered("core", "203.0.113.9")) << "this realm rejects strangers";
    EXPECT_FALSE(answered("peer", "203.0.113.9")) << "this realm is silent";
    EXPECT_TRUE(answered("peer", "198.18.1.2")) << "but for its trunks";
    EXPECT_FALSE(answered("peer", "198.18.1.9")) << "denied";
    EXPECT_FALSE(answered("x", "198.18.1.2"));
}

// Trunks whose gateways have host names: recognised by where the names were found last.
void add_named_trunks(config::Document& document) {
    const auto add = [&](const char* name, const char* host_name, const char* host) {
        auto& trunk = document.trunks.emplace_back();
        trunk.name = name;
        trunk.realm = "core";
        trunk.match.host = host;
        auto& uri = trunk.gateways.emplace_back().uri;
        uri.name = host_name;
    };
    add("named", "sip.carrier.example", "");
    add("shared-a", "a.shared.example", "a.example");
    add("shared-b", "b.shared.example", "b.example");
    auto& wide = document.trunks.emplace_back();
    wide.name = "wide";
    wide.realm = "core";
    wide.match.sources = {*Cidr::parse("198.51.100.0/24")};
    auto& exact = document.trunks.emplace_back();
    exact.name = "exact";
    exact.realm = "core";
    exact.match.sources = {*Cidr::parse("198.51.100.9")};
    exact.match.host = "exact.example";
}

struct NamedRow {
    const char* name;
    const char* realm;
    const char* source;
    const char* request_host;
    const char* trunk;  // "": none
    FoundBy found_by;
};

const NamedRow kNamedRows[] = {
    {"Resolved", "core", "198.51.100.1:5060", "", "named", FoundBy::Source},
    {"ResolvedAnyPort", "core", "198.51.100.1:33000", "", "named", FoundBy::Source},
    {"ResolvedV6", "core", "[2001:db8::1]:5060", "", "named", FoundBy::Source},
    {"LongerThanAPrefix", "core", "198.51.100.1:5060", "", "named", FoundBy::Source},
    {"NotResolvedThere", "core", "198.51.100.2:5060", "", "wide", FoundBy::Source},
    {"OtherRealm", "peer", "198.51.100.1:5060", "", "", FoundBy::None},
    {"SharedByPort", "core", "198.51.100.8:5080", "", "shared-b", FoundBy::Port},
    {"SharedByHost", "core", "198.51.100.8:33000", "a.example", "shared-a", FoundBy::Host},
    {"SharedByNothing", "core", "198.51.100.8:33000", "", "", FoundBy::None},
    {"BesideASourceByHost", "core", "198.51.100.9:5060", "exact.example", "exact", FoundBy::Host},
    {"BesideASourceByNoHost", "core", "198.51.100.9:33000", "z.example", "named", FoundBy::Host},
    {"ForgottenTrunk", "core", "198.18.0.2:5060", "", "pbx", FoundBy::Source},
};

class ClassifyNamedTest : public testing::TestWithParam<NamedRow> {};

TEST_P(ClassifyNamedTest, FindsTheTrunk) {
    static const Policy kPolicy = compiled("lab", add_named_trunks);
    const ResolvedGateways resolved({
        {"named",
         {endpoint("198.51.100.1:5060"), endpoint("[2001:db8::1]:5060"),
          endpoint("198.51.100.9:5070")}},
        {"shared-a", {endpoint("198.51.100.8:5060")}},
        {"shared-b", {endpoint("198.51.100.8:5080"), endpoint("198.51.100.8:5080")}},
        {"carrier", {endpoint("198.18.0.2:5060")}},  // of another realm
        {"removed", {endpoint("198.18.0.2:5060")}},  // of the revision before
        {"wide", {endpoint("198.18.0.2:5060")}},     // its gateway was a name before
    });
    const NamedRow& row = GetParam();
    const Classification found = classify(*kPolicy, {.realm = row.realm,
                                                     .source = endpoint(row.source),
                                                     .request_host = row.request_host,
                                                     .resolved = &resolved});
    EXPECT_EQ(found.trunk == nullptr ? "" : found.trunk->name, row.trunk) << found.reason;
    EXPECT_EQ(found.found_by, row.found_by) << found.reason;
}

INSTANTIATE_TEST_SUITE_P(Rows, ClassifyNamedTest, testing::ValuesIn(kNamedRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Classify, NamedGatewaysAreNowhereUntilTheyAreResolved) {
    const Policy policy = compiled("lab", add_named_trunks);
    const ResolvedGateways none;
    for (const auto* resolved : {static_cast<const ResolvedGateways*>(nullptr), &none}) {
        const auto found = classify(
            *policy,
            {.realm = "core", .source = endpoint("203.0.113.7:5060"), .resolved = resolved});
        EXPECT_EQ(found.trunk, nullptr);
        // The endpoint of a name is unspecified: that is no address of the trunk.
        EXPECT_FALSE(belongs_to(*policy->find_trunk("named"), address("0.0.0.0"), resolved));
    }
    const ResolvedGateways there({{"named", {endpoint("203.0.113.7:5060")}}});
    EXPECT_TRUE(belongs_to(*policy->find_trunk("named"), address("203.0.113.7"), &there));
    EXPECT_FALSE(belongs_to(*policy->find_trunk("shared-a"), address("203.0.113.7"), &there));
}

TEST(Classify, MalformedRequestsOfResolvedGatewaysAreAnswered) {
    const Policy policy = compiled("lab", [](auto& document) {
        add_named_trunks(document);
        for (auto& trunk : document.trunks) trunk.realm = "peer";
    });
    const ResolvedGateways there({{"named", {endpoint("203.0.113.7:5060")}}});
    EXPECT_FALSE(answers_malformed(*policy, "peer", address("203.0.113.7")));
    EXPECT_TRUE(answers_malformed(*policy, "peer", address("203.0.113.7"), &there));
    EXPECT_FALSE(answers_malformed(*policy, "peer", address("203.0.113.8"), &there));
}

TEST(Classify, BelongsToItsSourcesAndGateways) {
    const Policy policy = compiled("two-realms");
    const Trunk& trunk = *policy->find_trunk("pbx");
    EXPECT_TRUE(belongs_to(trunk, address("10.0.0.11")));
    EXPECT_TRUE(belongs_to(trunk, address("10.0.0.9")));
    EXPECT_FALSE(belongs_to(trunk, address("10.0.0.16")));
    EXPECT_TRUE(belongs_to(*policy->find_trunk("carrier-b"), address("192.0.2.30")));
}

}  // namespace
}  // namespace portcullis::policy
