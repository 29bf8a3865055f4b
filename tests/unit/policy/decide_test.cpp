// SPDX-License-Identifier: BSD-2-Clause
// Which route takes a call, what becomes of its numbers, and where it goes.
#include <gtest/gtest.h>

#include <map>

#include "policy/engine.hpp"
#include "tests/unit/policy/policies.hpp"

namespace portcullis::policy {
namespace {

struct Row {
    const char* name;
    const char* realm;
    const char* trunk;
    const char* called;
    const char* route;       // "": rejected
    const char* out_called;  // or the code
    const char* first_trunk;
};

// deploy/config/two-realms.json
const Row kRows[] = {
    {"National", "core", "pbx", "0301234567", "national", "+49301234567", "carrier-a"},
    {"LongerPrefixWins", "core", "pbx", "0044123", "international", "+44123", "carrier-b"},
    {"PriorityWinsOverPrefix", "core", "pbx", "112", "emergency", "112", "carrier-a"},
    {"PatternIsOnTheWholeNumber", "core", "pbx", "1123", "", "404", ""},
    {"RuleThatDoesNotMatchIsSkipped", "core", "pbx", "0", "national", "0", "carrier-a"},
    {"NothingLeftOfTheNumber", "core", "pbx", "00", "international", "+", "carrier-b"},
    {"Inbound", "peer", "carrier-a", "+493012345678", "inbound", "678", "pbx"},
    {"InboundByRealm", "peer", "", "99", "inbound", "99", "pbx"},
    {"OtherTrunk", "core", "", "0301234567", "", "404", ""},
    {"EmptyNumber", "core", "pbx", "", "", "404", ""},
    {"EmptyInboundNumber", "peer", "carrier-a", "", "", "484", ""},
};

class DecideTest : public testing::TestWithParam<Row> {};

TEST_P(DecideTest, RoutesTheCall) {
    static const Policy kPolicy = compiled("two-realms");
    const Row& row = GetParam();
    const Decision decision =
        decide(*kPolicy, {.realm = row.realm, .trunk = row.trunk, .called = row.called});
    EXPECT_FALSE(decision.trace.empty());
    if (*row.route == 0) {
        ASSERT_NE(decision.reject(), nullptr);
        EXPECT_EQ(std::to_string(decision.reject()->code), row.out_called);
        EXPECT_FALSE(decision.reject()->reason.empty());
        return;
    }
    ASSERT_NE(decision.proceed(), nullptr);
    EXPECT_EQ(decision.proceed()->route, row.route);
    EXPECT_EQ(decision.proceed()->targets.front().called, row.out_called);
    EXPECT_EQ(decision.proceed()->targets.front().trunk, row.first_trunk);
}

INSTANTIATE_TEST_SUITE_P(Rows, DecideTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Decide, TheCallingNumberChoosesARoute) {
    const Policy policy = compiled("two-realms", [](auto& document) {
        auto route = document.routes[0];
        route.name = "by-caller";
        route.priority = 1;
        route.match = {.calling_pattern = "\\+4930\\d+"};
        document.routes.push_back(route);
    });
    const auto route_for = [&](const std::string& calling) {
        const auto decision = decide(
            *policy, {.realm = "core", .trunk = "pbx", .called = "0301234567", .calling = calling});
        return decision.proceed() == nullptr ? "" : decision.proceed()->route;
    };
    EXPECT_EQ(route_for("+493012"), "by-caller");
    EXPECT_EQ(route_for("+4930"), "national") << "the whole number has to match";
    EXPECT_EQ(route_for(""), "national");
}

TEST(Decide, TargetsFollowTrunksThenPriorityThenWeight) {
    const Policy policy = compiled("two-realms");
    const auto decision = decide(*policy, {.realm = "peer", .trunk = "", .called = "99"});
    ASSERT_NE(decision.proceed(), nullptr);
    const auto& targets = decision.proceed()->targets;
    ASSERT_EQ(targets.size(), 2U);
    EXPECT_EQ(targets[0].gateway, "pbx-1");
    EXPECT_EQ(targets[0].transport, TransportKind::Tcp);
    EXPECT_EQ(targets[0].endpoint, endpoint("10.0.0.11:5060"));
    EXPECT_EQ(targets[0].uri, "sip:10.0.0.11:5060;transport=tcp");
    EXPECT_EQ(targets[0].realm, "core");
    EXPECT_EQ(targets[0].domain, "sbc.example.com");
    EXPECT_EQ(targets[1].gateway, "pbx-2");
}

TEST(Decide, WeightsShareTheCallsAndEntropyFixesTheOrder) {
    const Policy policy = compiled("two-realms");
    std::map<std::string, int> first;
    for (std::uint64_t entropy = 0; entropy < 4000; ++entropy) {
        const CallAttributes call{
            .realm = "core", .trunk = "pbx", .called = "0301", .entropy = entropy};
        const auto decision = decide(*policy, call);
        ASSERT_NE(decision.proceed(), nullptr);
        const auto& targets = decision.proceed()->targets;
        ASSERT_EQ(targets.size(), 3U);
        EXPECT_NE(targets[0].gateway, targets[1].gateway);
        EXPECT_EQ(targets[2].trunk, "carrier-b");
        EXPECT_EQ(decide(*policy, call).proceed()->targets[0].gateway, targets[0].gateway);
        ++first[targets[0].gateway];
    }
    // 3 : 1 of 4000; five standard deviations are 137.
    EXPECT_NEAR(first["east"], 3000, 137);
    EXPECT_NEAR(first["west"], 1000, 137);
}

TEST(Decide, DisabledTrunksAreLeftOutAndSaidSo) {
    const Policy policy =
        compiled("two-realms", [](auto& document) { document.trunks[1].enabled = false; });
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "0301"});
    ASSERT_NE(decision.proceed(), nullptr);
    EXPECT_EQ(decision.proceed()->targets.front().trunk, "carrier-b");
    const TraceLine line{"trunk carrier-a", "left out: it is disabled"};
    EXPECT_NE(std::find(decision.trace.begin(), decision.trace.end(), line), decision.trace.end());
}

TEST(Decide, NoUsableTrunkIsServiceUnavailable) {
    const Policy policy = compiled("two-realms", [](auto& document) {
        document.trunks[1].enabled = false;
        document.trunks[2].gateways[0].enabled = false;
    });
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "0301"});
    ASSERT_NE(decision.reject(), nullptr);
    EXPECT_EQ(decision.reject()->code, 503);
}

TEST(Decide, DisabledRoutesAndRulesAreNotUsed) {
    const Policy policy = compiled("two-realms", [](auto& document) {
        document.routes[2].enabled = false;        // international
        document.number_rules[0].enabled = false;  // national-to-e164
    });
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "0044123"});
    ASSERT_NE(decision.proceed(), nullptr);
    EXPECT_EQ(decision.proceed()->route, "national");
    EXPECT_EQ(decision.proceed()->targets.front().called, "0044123");
}

// Trunk before realm before global.
TEST(Decide, SettingsTakePrecedenceByNearness) {
    const Policy policy = compiled("two-realms", [](auto& document) {
        document.realms[0].latching = config::Latching::SignalingAddress;
        document.realms[0].single_early_dialog = true;
        document.trunks[1].latching = config::Latching::Strict;
        document.trunks[1].failover_codes = {503, 404};
    });
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "0301"});
    ASSERT_NE(decision.proceed(), nullptr);
    const Proceed& proceed = *decision.proceed();
    EXPECT_EQ(proceed.ingress.latching, config::Latching::SignalingAddress);
    EXPECT_TRUE(proceed.single_early_dialog);
    EXPECT_EQ(proceed.setup_timeout, std::chrono::seconds(300));
    EXPECT_EQ(proceed.max_call_duration, std::chrono::seconds(14400));
    const Target& a = proceed.targets[0];
    EXPECT_EQ(a.media, (MediaTerms{config::Latching::Strict, config::BehindNat::Never}));
    EXPECT_EQ(a.attempt_timeout, std::chrono::seconds(4));
    EXPECT_EQ(a.ring_timeout, std::chrono::seconds(90));
    EXPECT_TRUE(a.fails_over(404));
    EXPECT_FALSE(a.fails_over(500));
    const Target& b = proceed.targets[2];
    EXPECT_EQ(b.media.latching, config::Latching::SdpAddress);
    EXPECT_EQ(b.attempt_timeout, std::chrono::seconds(6));
    constexpr std::uint16_t kOn[] = {408, 500, 502, 503, 504};
    constexpr std::uint16_t kNever[] = {404, 480, 486, 487, 600, 603};
    for (const std::uint16_t code : kOn) EXPECT_TRUE(b.fails_over(code));
    for (const std::uint16_t code : kNever) EXPECT_FALSE(b.fails_over(code));
}

TEST(Decide, TraceTellsEachStep) {
    const Policy policy = compiled("two-realms");
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "0301"});
    const std::vector<TraceLine> want{
        {"route emergency", "not chosen: the called number does not match the pattern"},
        {"route national", "chosen: priority 100, prefix 0"},
        {"number rule national-to-e164", "called: 0301 -> +49301"},
    };
    ASSERT_GE(decision.trace.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_EQ(decision.trace[i].rule, want[i].rule);
        EXPECT_EQ(decision.trace[i].text, want[i].text);
    }
    EXPECT_EQ(decision.trace.size(), want.size() + 3);
}

struct NumberRow {
    const char* name;
    config::NumberRuleConfig rule;
    const char* called;
    const char* calling;
    const char* out_called;
    const char* out_calling;
};

config::NumberRuleConfig rule(config::NumberTarget target, std::string pattern, std::uint16_t strip,
                              std::string prepend, std::string replace) {
    return {.name = "rule",
            .description = {},
            .target = target,
            .pattern = std::move(pattern),
            .strip = strip,
            .prepend = std::move(prepend),
            .replace = std::move(replace)};
}

using enum config::NumberTarget;

const NumberRow kNumberRows[] = {
    {"Strip", rule(Called, "", 2, "", ""), "0049", "1", "49", "1"},
    {"StripPrepend", rule(Called, "", 2, "+", ""), "0049", "1", "+49", "1"},
    {"Prepend", rule(Called, "", 0, "9", ""), "112", "1", "9112", "1"},
    {"StripTooMuch", rule(Called, "", 5, "+", ""), "0049", "1", "0049", "1"},
    {"Calling", rule(Calling, "", 1, "", ""), "0049", "0301", "0049", "301"},
    {"Both", rule(Both, "", 1, "", ""), "0049", "0301", "049", "301"},
    {"AnonymousStays", rule(Both, "", 0, "+", ""), "49", "", "+49", ""},
    {"PatternMisses", rule(Called, "1\\d", 1, "", ""), "112", "1", "112", "1"},
    {"PatternIsWhole", rule(Called, "11\\d", 1, "", ""), "112", "1", "12", "1"},
    {"Replace", rule(Called, "(\\d\\d)(\\d*)", 0, "", "\\2-\\1"), "0049", "1", "49-00", "1"},
    {"ReplaceWhole", rule(Called, ".*", 0, "", "x\\0x"), "ab", "1", "xabx", "1"},
    {"ReplaceMisses", rule(Called, "9(\\d*)", 0, "", "\\1"), "0049", "1", "0049", "1"},
    {"ReplaceWithConstant", rule(Calling, ".*", 0, "", "+4930"), "5", "77", "5", "+4930"},
    {"BytesPastAscii", rule(Called, "a(.)(.)b", 0, "", "\\1\\2"),
     "a\xc3\xa4"
     "b",
     "1", "\xc3\xa4", "1"},
};

class NumberRuleTest : public testing::TestWithParam<NumberRow> {};

TEST_P(NumberRuleTest, ChangesTheNumber) {
    const NumberRow& row = GetParam();
    const Policy policy = compiled("lab", [&](auto& document) {
        document.number_rules = {row.rule};
        document.routes[0].number_rules = {"rule"};
    });
    const auto decision = decide(
        *policy, {.realm = "core", .trunk = "pbx", .called = row.called, .calling = row.calling});
    ASSERT_NE(decision.proceed(), nullptr);
    EXPECT_EQ(decision.proceed()->targets[0].called, row.out_called);
    EXPECT_EQ(decision.proceed()->targets[0].calling, row.out_calling);
}

INSTANTIATE_TEST_SUITE_P(Rows, NumberRuleTest, testing::ValuesIn(kNumberRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Decide, AChainOfRewritesCannotGrowANumberWithoutEnd) {
    const Policy policy = compiled("lab", [&](auto& document) {
        document.number_rules = {rule(Called, "(.*)", 0, "", "\\1\\1\\1\\1\\1\\1\\1\\1\\1")};
        document.routes[0].number_rules.assign(32, "rule");
    });
    const auto decision = decide(*policy, {.realm = "core", .trunk = "pbx", .called = "12345"});
    ASSERT_NE(decision.proceed(), nullptr);
    EXPECT_LE(decision.proceed()->targets[0].called.size(), std::size_t{256});
}

TEST(Compile, ReportsWhatDoesNotCompileWithItsPointer) {
    config::Document document = example("two-realms");
    document.routes[0].match.called_pattern = "(";
    document.number_rules[2].replace = "\\7";
    const auto policy = compile(document);
    ASSERT_FALSE(policy);
    ASSERT_EQ(policy.error().size(), 2U);
    EXPECT_EQ(policy.error()[0].pointer, "/number_rules/2/replace");
    EXPECT_EQ(policy.error()[1].pointer, "/routes/0/match/called_pattern");
}

}  // namespace
}  // namespace portcullis::policy
