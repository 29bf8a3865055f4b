// SPDX-License-Identifier: BSD-2-Clause
// What calls make of the states: usable or not, which targets, and what is worth reporting.
#include <gtest/gtest.h>

#include "signaling/trunk/target_choice.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

const TimePoint kNow{std::chrono::hours(10)};
const Endpoint kHere = *Endpoint::parse("198.18.1.2:5060");
const Endpoint kThere = *Endpoint::parse("198.18.1.3:5060");

AddressState address(const Endpoint& remote, Health health, TimePoint rest = {}) {
    return {.remote = remote, .health = health, .reason = "no response", .resting_until = rest};
}

GatewayState gateway(const std::string& name, std::vector<AddressState> addresses) {
    return {.name = name, .monitored = true, .addresses = std::move(addresses)};
}

TrunkStatesPtr states(std::vector<TrunkState> trunks) {
    return std::make_shared<const TrunkStates>(std::move(trunks));
}

TrunkStatesPtr one_gateway(std::vector<AddressState> addresses) {
    return states({{.name = "carrier", .gateways = {gateway("gw1", std::move(addresses))}}});
}

TEST(TrunkStates, AGatewayIsUpWhereOneAddressIs) {
    const auto health = [](Health a, Health b) {
        return gateway("g", {address(kHere, a), address(kThere, b)}).health();
    };
    EXPECT_EQ(health(Health::Up, Health::Down), Health::Up);
    EXPECT_EQ(health(Health::Down, Health::Unknown), Health::Unknown);
    EXPECT_EQ(health(Health::Down, Health::Down), Health::Down);
    EXPECT_EQ(gateway("g", {}).health(), Health::Unknown);
}

TEST(TrunkStates, WhatIsNotKnownIsUsable) {
    const auto known = one_gateway({address(kHere, Health::Unknown)});
    EXPECT_TRUE(known->usable("carrier", "gw1", kNow).usable);
    EXPECT_TRUE(known->usable("carrier", "gw9", kNow).usable);
    EXPECT_TRUE(known->usable("nobody", "gw1", kNow).usable);
    EXPECT_TRUE(known->usable("carrier", "gw1", kThere, kNow).usable);
    EXPECT_TRUE(TrunkStates().usable("carrier", "gw1", kNow).usable);
}

TEST(TrunkStates, WhatIsDownOrRestsIsNot) {
    const auto down = one_gateway({address(kHere, Health::Down)});
    const auto answer = down->usable("carrier", "gw1", kNow);
    EXPECT_FALSE(answer.usable);
    EXPECT_EQ(answer.reason, "198.18.1.2:5060 is down: no response");
    const auto rests = one_gateway({address(kHere, Health::Up, kNow + seconds(7))});
    EXPECT_EQ(rests->usable("carrier", "gw1", kNow).reason,
              "198.18.1.2:5060 asked for no requests, for another 7 s");
    EXPECT_TRUE(rests->usable("carrier", "gw1", kNow + seconds(7)).usable);
}

TEST(TrunkStates, OneAddressThatIsUpIsEnough) {
    const auto half = one_gateway({address(kHere, Health::Down), address(kThere, Health::Up)});
    EXPECT_TRUE(half->usable("carrier", "gw1", kNow).usable);
    EXPECT_FALSE(half->usable("carrier", "gw1", kHere, kNow).usable);
    EXPECT_TRUE(half->usable("carrier", "gw1", kThere, kNow).usable);
}

TEST(TrunkStates, AWatchedNameThatIsNotFoundIsDown) {
    auto lost = gateway("gw1", {});
    lost.named = true;
    lost.location_error = "no such name";
    const auto known = states({{.name = "carrier", .gateways = {lost}}});
    EXPECT_EQ(known->usable("carrier", "gw1", kNow).reason, "it is not found: no such name");
}

TEST(TrunkStates, TellsWhereNamedGatewaysAre) {
    auto named = gateway("gw1", {address(kHere, Health::Up)});
    named.named = true;
    const auto known = states(
        {{.name = "carrier", .gateways = {named, gateway("gw2", {address(kThere, Health::Up)})}}});
    ASSERT_EQ(known->resolved()->at(kHere.address).size(), 1U);
    EXPECT_EQ(known->resolved()->at(kHere.address)[0].trunk, "carrier");
    EXPECT_TRUE(known->resolved()->at(kThere.address).empty());  // the policy knows it
}

TEST(TrunkStates, GivesTheServiceRouteThatMayBeUsed) {
    TrunkState carrier{.name = "carrier"};
    carrier.registration.emplace();
    carrier.registration->service_route = {"<sip:edge;lr>"};
    EXPECT_EQ(states({carrier})->service_route("carrier").size(), 1U);
    carrier.registration->use_service_route = false;
    EXPECT_TRUE(states({carrier})->service_route("carrier").empty());
    EXPECT_TRUE(states({carrier})->service_route("nobody").empty());
}

policy::Target target(const std::string& trunk, const std::string& name) {
    policy::Target out;
    out.trunk = trunk;
    out.gateway = name;
    return out;
}

TEST(TargetChoice, LeavesOutWhatIsDown) {
    const auto known = states({{.name = "a",
                                .gateways = {gateway("one", {address(kHere, Health::Down)}),
                                             gateway("two", {address(kThere, Health::Up)})}},
                               {.name = "b", .try_when_all_down = true}});
    const auto choice =
        choose_targets(*known, {target("a", "one"), target("a", "two"), target("b", "x")}, kNow);
    EXPECT_EQ(choice.chosen, (std::vector<std::size_t>{1, 2}));
    ASSERT_EQ(choice.skipped.size(), 1U);
    EXPECT_EQ(choice.skipped[0].index, 0U);
    EXPECT_EQ(choice.skipped[0].reason,
              "gateway a/one is left out: 198.18.1.2:5060 is down: no response");
    EXPECT_FALSE(choice.despite);
}

TEST(TargetChoice, WithNothingUpTheTrunkSaysWhatToDo) {
    const auto known =
        states({{.name = "refuse", .gateways = {gateway("g", {address(kHere, Health::Down)})}},
                {.name = "try",
                 .try_when_all_down = true,
                 .gateways = {gateway("g", {address(kThere, Health::Down)})}}});
    const auto both = choose_targets(*known, {target("refuse", "g"), target("try", "g")}, kNow);
    EXPECT_EQ(both.chosen, (std::vector<std::size_t>{1}));
    EXPECT_TRUE(both.despite);
    EXPECT_EQ(both.skipped.size(), 2U);
    const auto none = choose_targets(*known, {target("refuse", "g")}, kNow);
    EXPECT_TRUE(none.chosen.empty());
    EXPECT_FALSE(none.despite);
}

// A busy trunk answers thousands of calls: only what could change something leaves the shard.
TEST(TrunkView, ReportsWhatIsNew) {
    std::vector<Report> sent;
    TrunkView view([&sent](Report report) { sent.push_back(std::move(report)); });
    const auto report = [&](Sighting sighting, std::optional<seconds> after = {},
                            const std::string& name = "gw1") {
        sent.clear();
        view.report({.trunk = "carrier",
                     .gateway = name,
                     .remote = kHere,
                     .sighting = sighting,
                     .retry_after = after});
        return sent.size();
    };
    EXPECT_EQ(report(Sighting::Silent), 0U);  // before anything is known
    view.update(one_gateway({address(kHere, Health::Up)}));
    EXPECT_EQ(report(Sighting::Answered), 0U);
    EXPECT_EQ(report(Sighting::Silent), 1U);
    EXPECT_EQ(report(Sighting::Unreachable), 1U);
    EXPECT_EQ(report(Sighting::Unavailable), 0U);
    EXPECT_EQ(report(Sighting::Unavailable, seconds(5)), 1U);
    EXPECT_EQ(report(Sighting::Silent, {}, "gw9"), 0U);
    auto doubtful = address(kHere, Health::Up);
    doubtful.suspect = true;
    view.update(one_gateway({doubtful}));
    EXPECT_EQ(report(Sighting::Answered), 1U);
    view.update(one_gateway({address(kHere, Health::Down)}));
    EXPECT_EQ(report(Sighting::Answered), 1U);
    auto unwatched = gateway("gw1", {address(kHere, Health::Unknown)});
    unwatched.monitored = false;
    view.update(states({{.name = "carrier", .gateways = {unwatched}}}));
    EXPECT_EQ(report(Sighting::Silent), 0U);
    EXPECT_EQ(report(Sighting::Unavailable, seconds(5)), 1U);  // RFC 3261 21.5.4 holds all the same
}

}  // namespace
}  // namespace portcullis::trunk
