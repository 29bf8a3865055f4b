// SPDX-License-Identifier: BSD-2-Clause
// The resolver: sharing, caching, renewing, and living through the death of all name servers.
#include "signaling/locate/resolver.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/locate/zone.hpp"

namespace portcullis::locate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Where kWhere{"example.com", std::uint16_t{5060}, {}, false};
const char* const kZone = "example.com A 192.0.2.1\nexample.com AAAA 2001:db8::1\n";

class ResolverTest : public testing::Test {
 protected:
    ResolverTest() { settings_.timeout = milliseconds(1000); }

    void perform(const Actions& actions) {
        for (const auto& question : actions.queries) open_.push_back(question);
        for (const auto& delivery : actions.deliveries) {
            EXPECT_TRUE(outcomes_.emplace(delivery.ticket, delivery.outcome).second)
                << "delivered twice";
        }
    }
    Ticket locate(const Where& where = kWhere, Freshness freshness = Freshness::Any) {
        perform(resolver_.locate(++last_, where, freshness, now_));
        return last_;
    }
    // Answers all open queries, and those that follow, by `zone`.
    void answer(const Zone& zone) {
        while (!open_.empty()) {
            const Question question = open_.back();
            open_.pop_back();
            ++answered_;
            perform(resolver_.on_reply(question, zone.ask(question), now_));
        }
    }
    void advance(Duration by) {
        now_ += by;
        perform(resolver_.on_time(now_));
    }
    [[nodiscard]] std::string result(Ticket ticket) {
        const auto at = outcomes_.find(ticket);
        if (at == outcomes_.end()) return "waiting";
        const auto& found = at->second->found;
        return (at->second->stale ? "stale " : "") +
               (found ? text_of(draw(*found, false, first_of_all()))
                      : found.error().code.message());
    }

    const std::string kFound = "udp 192.0.2.1:5060, udp [2001:db8::1]:5060";
    const Zone kDead{"example.com A timeout\nexample.com AAAA timeout\n"};
    TimePoint now_{std::chrono::hours{1}};
    Settings settings_;
    Counters counters_;
    Resolver resolver_{settings_, first_of_all(), counters_};
    std::vector<Question> open_;
    std::map<Ticket, std::shared_ptr<const Outcome>> outcomes_;
    Ticket last_ = 0;
    int answered_ = 0;
};

TEST_F(ResolverTest, SharesOneLookUpAmong100Calls) {
    for (int i = 0; i < 100; ++i) locate();
    EXPECT_EQ(open_.size(), 2U);
    EXPECT_EQ(resolver_.in_flight(), 2U);
    answer(Zone(kZone));
    EXPECT_EQ(outcomes_.size(), 100U);
    EXPECT_EQ(result(57), kFound);
    EXPECT_EQ(counters_.coalesced, 99U);
    EXPECT_EQ(counters_.queries, 2U);
}

// Two places with a name in common ask for it once.
TEST_F(ResolverTest, SharesQuestionsAmongPlaces) {
    locate();
    locate({"example.com", std::uint16_t{5070}, {}, false});
    EXPECT_EQ(open_.size(), 2U);
    answer(Zone(kZone));
    EXPECT_EQ(result(2), "udp 192.0.2.1:5070, udp [2001:db8::1]:5070");
}

TEST_F(ResolverTest, AnswersFromTheCacheUntilTheTtlIsOver) {
    locate();
    answer(Zone(kZone));
    advance(seconds(299));
    EXPECT_EQ(result(locate()), kFound);
    EXPECT_EQ(answered_, 2);
    EXPECT_EQ(counters_.cache_hits, 2U);
    advance(seconds(1));
    const Ticket late = locate();
    EXPECT_EQ(result(late), "waiting");
    answer(Zone("example.com A 192.0.2.77\n"));
    EXPECT_EQ(result(late), "udp 192.0.2.77:5060");
    EXPECT_EQ(answered_, 4);
}

TEST_F(ResolverTest, NegativeAnswersAreCached) {
    const Ticket first = locate();
    answer(Zone(""));
    EXPECT_EQ(result(first), "the domain does not exist");
    EXPECT_EQ(outcomes_.at(first)->fresh_until, now_ + kNegativeTtl);
    advance(seconds(29));
    EXPECT_EQ(result(locate()), "the domain does not exist");
    EXPECT_EQ(answered_, 2);
    advance(seconds(1));
    EXPECT_EQ(result(locate()), "waiting");
}

TEST_F(ResolverTest, FailuresAreCachedForAShortTime) {
    const Ticket first = locate();
    answer(kDead);
    EXPECT_EQ(result(first), "no name server answered");
    EXPECT_TRUE(resolver_.servers_dead());
    advance(seconds(4));
    EXPECT_EQ(result(locate()), "no name server answered");
    advance(seconds(1));
    const Ticket again = locate();
    answer(Zone(kZone));
    EXPECT_EQ(result(again), kFound);
    EXPECT_FALSE(resolver_.servers_dead());
    EXPECT_EQ(counters_.timeouts, 2U);
}

// RFC 8767: calls go on while DNS is dead, and no call but the first waits for it.
TEST_F(ResolverTest, ServesStaleWhileAllServersAreDead) {
    locate();
    answer(Zone(kZone));
    advance(seconds(301));
    const Ticket first = locate();
    EXPECT_EQ(result(first), "waiting");
    advance(milliseconds(799));
    EXPECT_EQ(result(first), "waiting");
    advance(milliseconds(1));
    EXPECT_EQ(result(first), "stale " + kFound) << "nobody waits longer than 0.8 s";
    EXPECT_EQ(result(locate()), "stale " + kFound) << "the same query is under way";
    EXPECT_EQ(open_.size(), 2U);
    answer(kDead);
    EXPECT_EQ(result(locate()), "stale " + kFound);
    EXPECT_EQ(open_.size(), 0U) << "not asked again at once";
    advance(seconds(6));
    EXPECT_EQ(result(locate()), "stale " + kFound) << "at once, and asked again behind it";
    EXPECT_EQ(open_.size(), 2U);
    answer(kDead);
    EXPECT_GT(counters_.stale, 0U);
    advance(seconds(600));
    const Ticket last = locate();
    answer(kDead);
    EXPECT_EQ(result(last), "no name server answered") << "ten minutes are over";
}

TEST_F(ResolverTest, StaleAnswersEndWhenAServerIsBack) {
    locate();
    answer(Zone(kZone));
    advance(seconds(301));
    locate();
    answer(kDead);
    advance(seconds(6));
    locate();
    answer(Zone("example.com A 192.0.2.77\n"));
    EXPECT_EQ(result(locate()), "udp 192.0.2.77:5060");
}

// What is in use is renewed before its end; the old answer serves meanwhile.
TEST_F(ResolverTest, RenewsBeforeTheEnd) {
    locate();
    answer(Zone(kZone));
    advance(seconds(280));
    const Ticket renewal = locate(kWhere, Freshness::Renew);
    EXPECT_EQ(open_.size(), 2U);
    EXPECT_EQ(result(locate()), kFound);
    answer(Zone("example.com A 192.0.2.77\n"));
    EXPECT_EQ(result(renewal), "udp 192.0.2.77:5060");
    EXPECT_EQ(result(locate()), "udp 192.0.2.77:5060");
    EXPECT_EQ(counters_.prefetches, 1U);
}

TEST_F(ResolverTest, AFailedRenewalCostsNothing) {
    locate();
    answer(Zone(kZone));
    advance(seconds(280));
    const Ticket renewal = locate(kWhere, Freshness::Renew);
    answer(kDead);
    EXPECT_EQ(result(renewal), kFound);
    advance(seconds(30));
    EXPECT_EQ(result(locate()), "stale " + kFound) << "known to be dead: nobody waits";
}

TEST_F(ResolverTest, ARenewalOfWhatLivesLongAsksNothing) {
    locate();
    answer(Zone(kZone));
    advance(seconds(100));
    EXPECT_EQ(result(locate(kWhere, Freshness::Renew)), kFound);
    EXPECT_TRUE(open_.empty());
}

TEST_F(ResolverTest, RepliesNobodyAskedForAreIgnored) {
    perform(resolver_.on_reply({"example.com", RecordType::A},
                               Zone(kZone).ask({"example.com", RecordType::A}), now_));
    locate();
    EXPECT_EQ(open_.size(), 2U);
}

// Hostile: a domain of a thousand records keeps 64 in the cache, the best ones.
TEST_F(ResolverTest, Keeps64RecordsOf1000) {
    std::string lines;
    for (int i = 0; i < 1000; ++i) {
        lines += "_sip._udp.example.com SRV " + std::to_string(999 - i) + " 0 5060 h" +
                 std::to_string(i) + ".example.com\nh" + std::to_string(i) +
                 ".example.com A 198.51.100.1\n";
    }
    const Ticket ticket = locate({"example.com", {}, TransportKind::Udp, false});
    answer(Zone(lines));
    EXPECT_EQ(result(ticket), "udp 198.51.100.1:5060");
    EXPECT_EQ(answered_, 1 + 2 * 32);
    EXPECT_EQ(counters_.dropped_records, 936U + 32U);
    lines.clear();
    for (int i = 0; i < 1000; ++i) {
        lines += "many.example.com A 198.51." + std::to_string(i / 256) + "." +
                 std::to_string(i % 256) + "\n";
    }
    const Ticket many = locate({"many.example.com", std::uint16_t{5060}, {}, false});
    answer(Zone(lines));
    ASSERT_TRUE(outcomes_.at(many)->found);
    EXPECT_EQ(draw(*outcomes_.at(many)->found, false, first_of_all()).size(), 64U);
}

TEST_F(ResolverTest, CountsAddressesThatAreNeverSentTo) {
    const Ticket ticket = locate();
    answer(Zone("example.com A 127.0.0.1\nexample.com AAAA ::ffff:127.0.0.1\n"));
    EXPECT_EQ(result(ticket), "the domain has only addresses that are never sent to");
    EXPECT_EQ(counters_.dropped_addresses, 2U);
}

TEST_F(ResolverTest, SendsABoundedNumberOfQueriesAtOnce) {
    for (int i = 0; i < 300; ++i) {
        locate({"h" + std::to_string(i) + ".example.com", std::uint16_t{5060}, {}, false});
    }
    EXPECT_EQ(open_.size(), 256U);
    answer(Zone(""));
    EXPECT_EQ(answered_, 600);
    EXPECT_EQ(outcomes_.size(), 300U);
    EXPECT_EQ(resolver_.in_flight(), 0U);
}

TEST_F(ResolverTest, RefusesMoreThanItCanHold) {
    for (int i = 0; i < 1025; ++i) {
        locate({"h" + std::to_string(i) + ".example.com", std::uint16_t{5060}, {}, false});
    }
    EXPECT_EQ(outcomes_.size(), 1U);
    EXPECT_EQ(result(1025), "too many look-ups at once");
    EXPECT_EQ(counters_.refused, 1U);
    answer(Zone(""));
    EXPECT_EQ(outcomes_.size(), 1025U);
}

TEST_F(ResolverTest, OtherServersMeanAnEmptyCache) {
    locate();
    answer(Zone(kZone));
    const Ticket running = locate({"other.example.com", std::uint16_t{5060}, {}, false});
    settings_.servers = {*Endpoint::parse("192.0.2.53:53")};
    resolver_.configure(settings_);
    EXPECT_EQ(result(locate()), "waiting");
    answer(Zone(kZone));
    EXPECT_EQ(result(last_), kFound);
    EXPECT_EQ(result(running), "the domain does not exist") << "what was under way goes on";
}

TEST_F(ResolverTest, OtherTransportsMeanAnotherProcedure) {
    const Where open_transport{"example.com", {}, {}, false};
    const Ticket before = locate(open_transport);
    settings_.transports = {TransportKind::Tcp};
    resolver_.configure(settings_);
    const Ticket after = locate(open_transport);
    answer(
        Zone("_sip._udp.example.com SRV 0 0 5060 a\n_sip._tcp.example.com SRV 0 0 5060 a\n"
             "a A 192.0.2.1\n"));
    EXPECT_EQ(result(before), "udp 192.0.2.1:5060, tcp 192.0.2.1:5060");
    EXPECT_EQ(result(after), "tcp 192.0.2.1:5060");
}

TEST_F(ResolverTest, SaysWhenItMustBeWoken) {
    EXPECT_EQ(resolver_.next_deadline(), std::nullopt);
    locate();
    EXPECT_EQ(resolver_.next_deadline(), now_ + milliseconds(800));
    answer(Zone(kZone));
    advance(milliseconds(800));
    EXPECT_EQ(resolver_.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace portcullis::locate
