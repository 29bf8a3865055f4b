// SPDX-License-Identifier: BSD-2-Clause
// The tables under the policy, against plain searches, and at the size of a carrier's rate sheet.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "policy/address_table.hpp"
#include "policy/engine.hpp"
#include "policy/prefix_tree.hpp"
#include "tests/unit/policy/policies.hpp"

namespace portcullis::policy {
namespace {

TEST(PrefixTree, CollectsEveryPrefix) {
    PrefixTree tree;
    tree.insert("", 1);
    tree.insert("4", 2);
    tree.insert("49", 3);
    tree.insert("49", 4);
    tree.insert("493", 5);
    tree.insert("48", 6);
    const auto of = [&](std::string_view number) {
        std::vector<std::uint32_t> out;
        tree.collect(number, out);
        std::sort(out.begin(), out.end());
        return out;
    };
    EXPECT_EQ(of(""), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(of("5"), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(of("49"), (std::vector<std::uint32_t>{1, 2, 3, 4}));
    EXPECT_EQ(of("4930"), (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(of("48"), (std::vector<std::uint32_t>{1, 2, 6}));
}

TEST(AddressTable, AgreesWithALinearSearch) {
    std::mt19937 random(20260801);
    for (const bool v6 : {false, true}) {
        std::vector<Cidr> prefixes;
        AddressTable<std::size_t> table;
        const auto draw = [&] {
            std::array<std::byte, 16> bytes{};
            // Few distinct values per byte, so that prefixes nest.
            for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 3 * 0x55);
            return v6 ? IpAddress::v6(bytes) : IpAddress::v4(std::span(bytes).first<4>());
        };
        for (int i = 0; i < 300; ++i) {
            const auto length = static_cast<std::uint8_t>(random() % (v6 ? 129 : 33));
            const Cidr prefix{mask_address(draw(), length), length};
            if (std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) continue;
            table.at(prefix) = prefixes.size();
            prefixes.push_back(prefix);
        }
        for (int i = 0; i < 2000; ++i) {
            const IpAddress source = draw();
            const Cidr* best = nullptr;
            for (const Cidr& prefix : prefixes) {
                if (prefix.contains(source) && (best == nullptr || prefix.length > best->length)) {
                    best = &prefix;
                }
            }
            const std::size_t* found = table.find(source);
            ASSERT_EQ(found == nullptr, best == nullptr);
            if (found != nullptr) {
                EXPECT_EQ(prefixes[*found], *best);
            }
        }
    }
}

TEST(AddressTable, MasksAtEveryLength) {
    EXPECT_EQ(mask_address(address("255.255.255.255"), 0).text(), "0.0.0.0");
    EXPECT_EQ(mask_address(address("255.255.255.255"), 9).text(), "255.128.0.0");
    EXPECT_EQ(mask_address(address("255.255.255.255"), 32).text(), "255.255.255.255");
    EXPECT_EQ(mask_address(address("fd00:18::ffff"), 127).text(), "fd00:18::fffe");
}

// The chosen route is the one a plain search over the document finds.
TEST(Routes, AgreeWithALinearSearch) {
    std::mt19937 random(20260802);
    config::Document document = example("lab");
    document.routes.clear();
    for (int i = 0; i < 400; ++i) {
        auto& route = document.routes.emplace_back();
        route.name = "r" + std::to_string(i);
        route.priority = static_cast<std::uint32_t>(random() % 3);
        const std::size_t length = random() % 5;
        for (std::size_t d = 0; d < length; ++d) {
            route.match.called_prefix += static_cast<char>('0' + random() % 3);
        }
        if (random() % 4 == 0) route.match.trunk = random() % 2 == 0 ? "pbx" : "carrier";
        if (random() % 4 == 0) route.match.realm = random() % 2 == 0 ? "core" : "peer";
        if (random() % 4 == 0) route.match.called_pattern = random() % 2 == 0 ? "[01]*" : "2.*";
        route.enabled = random() % 8 != 0;
        route.trunks = {"carrier"};
    }
    const Policy policy = compiled(document);
    for (int i = 0; i < 1000; ++i) {
        CallAttributes call{.realm = random() % 2 == 0 ? "core" : "peer",
                            .trunk = random() % 2 == 0 ? "pbx" : "carrier"};
        for (std::size_t d = 0; d < 6; ++d) call.called += static_cast<char>('0' + random() % 3);
        const config::RouteConfig* best = nullptr;
        for (const auto& route : document.routes) {
            const auto& match = route.match;
            const auto matched = [&](const std::string& pattern) {
                return pattern.empty() ||
                       (pattern == "2.*" ? call.called.starts_with('2')
                                         : call.called.find('2') == std::string::npos);
            };
            if (!route.enabled || !call.called.starts_with(match.called_prefix) ||
                (!match.trunk.empty() && match.trunk != call.trunk) ||
                (!match.realm.empty() && match.realm != call.realm) ||
                !matched(match.called_pattern)) {
                continue;
            }
            const bool better = best == nullptr || route.priority < best->priority ||
                                (route.priority == best->priority &&
                                 match.called_prefix.size() > best->match.called_prefix.size());
            if (better) best = &route;
        }
        const auto decision = decide(*policy, call);
        ASSERT_EQ(decision.proceed() == nullptr, best == nullptr);
        if (best != nullptr) {
            EXPECT_EQ(decision.proceed()->route, best->name);
        }
    }
}

TEST(Routes, AHundredThousandPrefixesCompileAndAnswer) {
    config::Document document = example("lab");
    document.routes.clear();
    document.routes.reserve(100000);
    for (int i = 0; i < 100000; ++i) {
        auto& route = document.routes.emplace_back();
        route.name = "p" + std::to_string(i);
        route.match.called_prefix = "+" + std::to_string(100000 + i);
        route.trunks = {"carrier"};
    }
    const auto start = std::chrono::steady_clock::now();
    const Policy policy = compiled(document);
    const auto built = std::chrono::steady_clock::now();
    for (int i = 0; i < 100000; i += 7) {
        const auto decision =
            decide(*policy, {.realm = "core",
                             .trunk = "pbx",
                             .called = "+" + std::to_string(100000 + i) + "5551234"});
        ASSERT_NE(decision.proceed(), nullptr);
        ASSERT_EQ(decision.proceed()->route, "p" + std::to_string(i));
    }
    const auto asked = std::chrono::steady_clock::now();
    // Generous: they take well under a second even without optimisation.
    EXPECT_LT(built - start, std::chrono::seconds(10));
    EXPECT_LT(asked - built, std::chrono::seconds(10));
}

}  // namespace
}  // namespace portcullis::policy
