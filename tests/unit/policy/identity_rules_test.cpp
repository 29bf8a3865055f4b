// SPDX-License-Identifier: BSD-2-Clause
// What a side is told: trunk over realm over the defaults of its trust; and a route's number plan.
#include "policy/identity_rules.hpp"

#include <gtest/gtest.h>

#include "policy/engine.hpp"
#include "policy/number_plan.hpp"
#include "tests/unit/policy/policies.hpp"

namespace portcullis::policy {
namespace {

using config::HeaderUse;
using config::IdentityUse;
using config::Trust;

TEST(IdentityRules, DefaultsFollowTrust) {
    const auto& trusted = default_identity_rules(true);
    EXPECT_TRUE(trusted.trusted);
    EXPECT_EQ(trusted.asserted_identity, IdentityUse::Pass);  // RFC 3325 5
    EXPECT_EQ(trusted.privacy, config::PrivacyHandling::Pass);
    EXPECT_EQ(trusted.redirection, config::RedirectionForm::Pass);
    EXPECT_TRUE(trusted.signature && trusted.geolocation && trusted.early_media);
    EXPECT_FALSE(trusted.charging || trusted.user_to_user);
    const auto& untrusted = default_identity_rules(false);
    EXPECT_FALSE(untrusted.trusted);
    EXPECT_EQ(untrusted.asserted_identity, IdentityUse::Drop);
    EXPECT_EQ(untrusted.privacy, config::PrivacyHandling::Apply);
    EXPECT_EQ(untrusted.redirection, config::RedirectionForm::Drop);
    EXPECT_FALSE(untrusted.signature || untrusted.geolocation || untrusted.early_media);
}

TEST(IdentityRules, TheTrunkWinsOverTheRealmSettingBySetting) {
    const auto policy = compiled("lab", [](config::Document& document) {
        document.realms[1].identity.remote_party_id = IdentityUse::Make;
        document.realms[1].identity.user_to_user = HeaderUse::Pass;
        document.realms[1].identity.pass_headers = {{"", {"X-Realm"}}};
        document.trunks[1].identity.trust = Trust::Trusted;
        document.trunks[1].identity.user_to_user = HeaderUse::Drop;
        document.trunks[1].identity.pass_headers = {{"core", {"X-Trunk"}}};
    });
    const auto* trunk = policy->identity_rules("peer", "carrier");
    EXPECT_TRUE(trunk->trusted);
    EXPECT_EQ(trunk->remote_party_id, IdentityUse::Make);    // the realm's
    EXPECT_EQ(trunk->asserted_identity, IdentityUse::Pass);  // by the trunk's own trust
    EXPECT_FALSE(trunk->user_to_user);                       // the trunk's
    EXPECT_TRUE(trunk->lets_pass("x-realm", "peer"));
    EXPECT_TRUE(trunk->lets_pass("X-TRUNK", "core"));
    EXPECT_FALSE(trunk->lets_pass("X-Trunk", "peer"));
    const auto* realm = policy->identity_rules("peer", "nobody");
    EXPECT_FALSE(realm->trusted);
    EXPECT_TRUE(realm->user_to_user);
    EXPECT_FALSE(realm->lets_pass("X-Trunk", "core"));
    EXPECT_EQ(policy->identity_rules("nowhere", ""), &default_identity_rules(false));
}

TEST(NumberPlan, IsTheRoutesAndTreatsEveryNumberAlike) {
    const auto policy = compiled("lab", [](config::Document& document) {
        document.number_rules = {
            {.name = "to-e164",
             .target = config::NumberTarget::Both,
             .pattern = "0[1-9].*",
             .strip = 1,
             .prepend = "+49"},
            {.name = "prefix", .target = config::NumberTarget::Called, .prepend = "9"}};
        document.routes[0].number_rules = {"to-e164", "prefix"};
    });
    CallAttributes call{.realm = "core", .trunk = "pbx", .called = "030222", .calling = "040111"};
    const auto decision = decide(*policy, call);
    ASSERT_NE(decision.proceed(), nullptr);
    const auto& plan = decision.proceed()->numbers;
    ASSERT_NE(plan, nullptr);
    EXPECT_EQ(plan->map(config::NumberTarget::Calling, "040111"),
              decision.proceed()->targets[0].calling);
    EXPECT_EQ(plan->map(config::NumberTarget::Called, "030222"),
              decision.proceed()->targets[0].called);
    EXPECT_EQ(plan->map(config::NumberTarget::Calling, "0333"), "+49333");
    EXPECT_EQ(plan->map(config::NumberTarget::Calling, ""), "");
    call.trunk = "carrier";
    call.realm = "peer";
    EXPECT_EQ(decide(*policy, call).proceed()->numbers, nullptr);
}

}  // namespace
}  // namespace portcullis::policy
