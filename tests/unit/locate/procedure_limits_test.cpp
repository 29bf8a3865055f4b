// SPDX-License-Identifier: BSD-2-Clause
// Procedures: families, loopback, hostile numbers of records, the life of what is found.
#include <gtest/gtest.h>

#include "tests/unit/locate/walk.hpp"

namespace portcullis::locate {
namespace {

const Where kHost{"example.com", std::uint16_t{5060}, {}, false};

TEST(Procedure, AsksOnlyForTheFamiliesOfTheDeployment) {
    const Zone zone("example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9\n");
    Settings settings;
    settings.v6 = false;
    EXPECT_EQ(run(kHost, zone, settings).stages, (std::vector<std::string>{"example.com A"}));
    settings.v4 = false;
    settings.v6 = true;
    const Walk v6 = run(kHost, zone, settings);
    EXPECT_EQ(v6.stages, (std::vector<std::string>{"example.com AAAA"}));
    EXPECT_EQ(v6.result, "udp [2001:db8::9]:5060");
}

TEST(Procedure, PutsIpv6FirstOnlyWhenAskedTo) {
    const Zone zone("example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9\n");
    Settings settings;
    settings.prefer_v6 = true;
    EXPECT_EQ(run(kHost, zone, settings).result, "udp [2001:db8::9]:5060, udp 192.0.2.9:5060");
}

TEST(Procedure, LoopbackIsAServerWhereItIsConfigured) {
    const Zone zone("example.com A 127.0.0.1\nexample.com AAAA ::1\nexample.com A 0.0.0.0\n");
    Settings settings;
    settings.allow_loopback = true;
    const Walk got = run(kHost, zone, settings);
    EXPECT_EQ(got.result, "udp 127.0.0.1:5060, udp [::1]:5060");
    EXPECT_EQ(got.dropped.addresses, 1U);
}

// Hostile or careless: a domain with a thousand servers costs no more than 32 hosts.
TEST(Procedure, TakesTheFirst64RecordsOf1000) {
    std::string lines;
    for (int i = 0; i < 1000; ++i) {
        const std::string host = "h" + std::to_string(i) + ".example.com";
        lines += "_sip._udp.example.com SRV " + std::to_string(999 - i) + " 0 5060 " + host + "\n";
        lines +=
            host + " A 192.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
    }
    const Walk got =
        run(Where{"example.com", {}, TransportKind::Udp, false}, Zone(lines), Settings{});
    ASSERT_TRUE(got.outcome.found);
    const auto servers = draw(*got.outcome.found, false, first_of_all());
    EXPECT_EQ(servers.size(), 32U);
    EXPECT_EQ(servers.front().remote.text(), "192.0.3.231:5060");  // h999: the lowest priority
    EXPECT_EQ(servers.front().priority, 0U);
    EXPECT_EQ(got.dropped.records, 1000U - 32U);
}

TEST(Procedure, LivesAsLongAsItsShortestReply) {
    Procedure procedure(kHost, Settings{}, first_of_all());
    const Zone zone("example.com A 192.0.2.9\n");
    const auto questions = procedure.start();
    ASSERT_EQ(questions.size(), 2U);
    const auto reply = [&](std::size_t i, int after, bool stale) {
        (void)procedure.on_reply(questions[i],
                                 {std::make_shared<const Reply>(zone.ask(questions[i])),
                                  kNow + std::chrono::seconds(after), stale});
    };
    reply(0, 300, false);
    EXPECT_FALSE(procedure.outcome());
    reply(0, 1, false);  // again: not open any more
    EXPECT_FALSE(procedure.outcome());
    reply(1, 30, true);
    ASSERT_TRUE(procedure.outcome());
    EXPECT_EQ(procedure.outcome()->fresh_until, kNow + std::chrono::seconds(30));
    EXPECT_TRUE(procedure.outcome()->stale);
}

}  // namespace
}  // namespace portcullis::locate
