// SPDX-License-Identifier: BSD-2-Clause
// The engine and a shard's locator against a real name server.
#include "signaling/locate/engine.hpp"

#include <fstream>
#include <map>

#include "tests/unit/locate/engine_fixture.hpp"

namespace portcullis::locate {
namespace {

using std::chrono::seconds;

const char* const kRecords =
    "naptr-record=example.test,10,50,s,SIP+D2T,,_sip._tcp.example.test\n"
    "naptr-record=example.test,20,50,s,SIP+D2U,,_sip._udp.example.test\n"
    "srv-host=_sip._tcp.example.test,b.example.test,5072,20,0\n"
    "srv-host=_sip._tcp.example.test,a.example.test,5071,10,0\n"
    "srv-host=_sip._udp.example.test,a.example.test,5060,10,0\n"
    "host-record=a.example.test,192.0.2.1,2001:db8::1,30\n"
    "host-record=b.example.test,192.0.2.2,60\n"
    "srv-host=_sip._udp.only-srv.example.test,a.example.test,5080,1,1\n"
    "srv-host=_sip._tcp.no.example.test\n"
    "host-record=no.example.test,192.0.2.3\n"
    "host-record=local.example.test,127.0.0.1\n"
    "cname=alias.example.test,b.example.test\n";

TEST_F(EngineTest, FindsServersByNaptrSrvAndAddress) {
    const NameServer server(kRecords);
    start({server.endpoint()}, true);
    EXPECT_EQ(locate({"Example.TEST", {}, {}, false}),
              "tcp 192.0.2.1:5071, tcp [2001:db8::1]:5071, tcp 192.0.2.2:5072");
    EXPECT_EQ(locate({"only-srv.example.test", {}, {}, false}),
              "udp 192.0.2.1:5080, udp [2001:db8::1]:5080");
    EXPECT_EQ(locate({"example.test", {}, TransportKind::Udp, false}),
              "udp 192.0.2.1:5060, udp [2001:db8::1]:5060");
    EXPECT_EQ(locate(at("b.example.test")), "udp 192.0.2.2:5060");
    EXPECT_EQ(locate({"b.example.test", {}, {}, false}), "udp 192.0.2.2:5060");
    EXPECT_EQ(locate(at("alias.example.test")), "udp 192.0.2.2:5060");
    EXPECT_EQ(locate({"no.example.test", {}, TransportKind::Tcp, false}),
              "the domain offers no SIP service");
    EXPECT_EQ(locate(at("nobody.example.test")), "the domain does not exist");
    EXPECT_EQ(locate(at("local.example.test")),
              "the domain has only addresses that are never sent to");
    EXPECT_EQ(engine_->counters().dropped_addresses, 1U);
    // The server knows no other domains and has nobody to ask: REFUSED.
    EXPECT_EQ(locate(at("www.example.org")), "the name servers refuse or fail");
}

TEST_F(EngineTest, KnownAnswersComeBeforeLocateReturns) {
    const NameServer server(kRecords);
    start({server.endpoint()});
    const auto now = [this](const Where& where) {
        std::string got = "later";
        locator_->locate(where, [&](const Result<Answer>& answer) { got = text(answer); });
        return got;
    };
    EXPECT_EQ(locate(at("b.example.test")), "udp 192.0.2.2:5060");
    const auto queries = engine_->counters().queries.load();
    EXPECT_EQ(now(at("B.example.test.")), "udp 192.0.2.2:5060");
    EXPECT_EQ(engine_->counters().queries, queries);
    EXPECT_EQ(locator_->counters().hits, 1U);
    // RFC 3263 4.1: numeric hosts.
    EXPECT_EQ(now({"192.0.2.9", {}, {}, false}), "udp 192.0.2.9:5060");
    EXPECT_EQ(now({"192.0.2.9", 5070, TransportKind::Tcp, false}), "tcp 192.0.2.9:5070");
    EXPECT_EQ(now({"2001:db8::9", {}, {}, false}), "udp [2001:db8::9]:5060");
    EXPECT_EQ(now({"192.0.2.9", {}, {}, true}), "no transport in common");
    EXPECT_EQ(now(at("127.0.0.1")), "the domain has only addresses that are never sent to");
    EXPECT_EQ(now(at("::ffff:127.0.0.1")), "the domain has only addresses that are never sent to");
    EXPECT_EQ(now(at("not a host")), "not a host name");
    EXPECT_EQ(now(at("")), "not a host name");
    settings_.allow_loopback = true;
    settings_.transports.push_back(TransportKind::Tls);
    locator_->configure(settings_);
    EXPECT_EQ(now(at("127.0.0.1")), "udp 127.0.0.1:5060");
    EXPECT_EQ(now({"192.0.2.9", {}, {}, true}), "tls 192.0.2.9:5061");
}

// The clock is the test's: a TTL of 60 s passes at once.
TEST_F(EngineTest, AsksAgainWhenTheTtlIsOver) {
    NameServer server("host-record=a.example.test,192.0.2.1,60\n");
    start({server.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    server.restart("host-record=a.example.test,192.0.2.77,60\n");
    clock_.advance(seconds(30));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    clock_.advance(seconds(30));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.77:5060");
}

// A name in use is asked for again in the last part of its life: no call waits for it.
TEST_F(EngineTest, RenewsWhatIsInUse) {
    NameServer server("host-record=a.example.test,192.0.2.1,60\n");
    start({server.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    server.restart("host-record=a.example.test,192.0.2.77,60\n");
    clock_.advance(seconds(50));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    const auto hits = locator_->counters().hits;
    // The renewal's outcome is the next task of the shard.
    int tasks = 0;
    ASSERT_TRUE(tasks_.run_until([&tasks] { return tasks++ == 1; }));
    EXPECT_EQ(engine_->counters().prefetches, 1U);
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.77:5060");
    EXPECT_EQ(locator_->counters().hits, hits + 1);
    EXPECT_EQ(locator_->counters().misses, 1U);
}

TEST_F(EngineTest, NothingIsKnownForTheTimeTheZoneSays) {
    // As an authority the server has an SOA record: its MINIMUM is auth-ttl.
    NameServer server(
        "auth-server=ns.auth.test,lo\nauth-zone=auth.test\nauth-ttl=90\n"
        "host-record=other.auth.test,192.0.2.1\n");
    start({server.endpoint()});
    const TimePoint asked = clock_.now();
    EXPECT_EQ(locate(at("a.auth.test")), "the domain does not exist");
    server.restart("local=/auth.test/\nhost-record=a.auth.test,192.0.2.7\n");
    clock_.advance(seconds(89));
    EXPECT_EQ(locate(at("a.auth.test")), "the domain does not exist");
    clock_.advance(seconds(1));
    EXPECT_EQ(locate(at("a.auth.test")), "udp 192.0.2.7:5060");
    EXPECT_EQ(clock_.now() - asked, seconds(90));
}

TEST_F(EngineTest, CallsGoOnWhileDnsIsDead) {
    NameServer server("host-record=a.example.test,192.0.2.1,60\n");
    start({server.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    server.kill();
    clock_.advance(seconds(61));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    EXPECT_GE(engine_->counters().stale, 1U);
    EXPECT_EQ(locate(at("b.example.test")), "the name servers refuse or fail");
    clock_.advance(seconds(600));
    EXPECT_EQ(locate(at("a.example.test")), "the name servers refuse or fail");
    server.restart("host-record=a.example.test,192.0.2.77,60\n");
    clock_.advance(seconds(6));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.77:5060");
}

// Replies beyond a datagram come over TCP.
TEST_F(EngineTest, ThousandRecordsLeave64) {
    testing::TempDir dir;
    std::string lines = "addn-hosts=" + (dir.path() / "hosts").string() + "\n";
    std::ofstream hosts(dir.path() / "hosts");
    for (int i = 0; i < 1000; ++i) {
        hosts << "198.51." << i / 250 << "." << i % 250 + 1 << " many.example.test\n";
        lines += "srv-host=_sip._udp.srv.example.test,h" + std::to_string(i) +
                 ".example.test,5060," + std::to_string(999 - i) + ",0\n";
        lines += "host-record=h" + std::to_string(i) + ".example.test,203.0.113." +
                 std::to_string(i % 250 + 1) + "\n";
    }
    hosts.close();
    const NameServer server(lines);
    start({server.endpoint()});
    const auto count = [this](const Where& where) {
        std::size_t servers = 0;
        bool done = false;
        locator_->locate(where, [&](const Result<Answer>& answer) {
            servers = answer ? answer->servers.size() : 0;
            done = true;
        });
        EXPECT_TRUE(tasks_.run_until([&] { return done; }));
        return servers;
    };
    EXPECT_EQ(count(at("many.example.test")), 64U);
    EXPECT_EQ(engine_->counters().dropped_records, 936U);
    EXPECT_EQ(count({"srv.example.test", {}, TransportKind::Udp, false}), 32U);
    EXPECT_TRUE(locate({"srv.example.test", {}, TransportKind::Udp, false})
                    .starts_with("udp 203.0.113.250:5060, "));  // h999
}

// The draw of RFC 2782 is made for every call, though the answer is cached.
TEST_F(EngineTest, LoadSpreadsOverServersOfOnePriority) {
    const NameServer server(
        "srv-host=_sip._udp.example.test,a.example.test,5060,1,50\n"
        "srv-host=_sip._udp.example.test,b.example.test,5060,1,50\n"
        "host-record=a.example.test,192.0.2.1\nhost-record=b.example.test,192.0.2.2\n");
    start({server.endpoint()});
    std::uint32_t turn = 0;
    const Random random = [&turn](std::uint32_t bound) { return (turn += 60) % bound; };
    ShardLocator spread(*engine_, clock_, random, tasks_.poster());
    spread.configure(settings_);
    std::map<std::string, int> first;
    int answers = 0;
    for (int i = 0; i < 40; ++i) {
        spread.locate({"example.test", {}, TransportKind::Udp, false},
                      [&](const Result<Answer>& answer) {
                          ASSERT_TRUE(answer);
                          ++answers;
                          ++first[answer->servers.front().remote.text()];
                      });
        ASSERT_TRUE(tasks_.run_until([&] { return answers == i + 1; }));
    }
    EXPECT_EQ(spread.counters().misses, 1U);
    EXPECT_GT(first["192.0.2.1:5060"], 8);
    EXPECT_GT(first["192.0.2.2:5060"], 8);
}

}  // namespace
}  // namespace portcullis::locate
