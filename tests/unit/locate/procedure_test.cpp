// SPDX-License-Identifier: BSD-2-Clause
// RFC 3263 section 4, one branch per row: what is asked, in which order, and what is found.
#include "signaling/locate/procedure.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/locate/zone.hpp"

namespace portcullis::locate {
namespace {

constexpr TimePoint kNow{std::chrono::hours{1}};

struct Walk {
    std::vector<std::string> stages;  // the questions of each stage, joined
    std::string result;               // servers, or the error
    Outcome outcome{.found = fail(Errc::Busy)};
    Dropped dropped;
};

std::string join(std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

Walk run(const Where& where, const Zone& zone, const Settings& settings) {
    Procedure procedure(where, settings, first_of_all());
    Walk out;
    auto questions = procedure.start();
    while (!questions.empty()) {
        std::vector<std::string> stage;
        std::vector<Question> next;
        for (const Question& question : questions) {
            EXPECT_TRUE(next.empty()) << "a stage ended before its last answer";
            stage.push_back(text_of(question));
            next = procedure.on_reply(question, {std::make_shared<const Reply>(zone.ask(question)),
                                                 kNow + std::chrono::seconds(300)});
        }
        out.stages.push_back(join(std::move(stage)));
        questions = std::move(next);
    }
    EXPECT_TRUE(procedure.outcome()) << "neither questions nor an outcome";
    if (!procedure.outcome()) return out;
    out.outcome = *procedure.outcome();
    out.dropped = procedure.dropped();
    out.result = out.outcome.found
                     ? text_of(draw(*out.outcome.found, settings.prefer_v6, first_of_all()))
                     : out.outcome.found.error().code.message();
    return out;
}

Where name(std::optional<TransportKind> transport = {}, std::optional<std::uint16_t> port = {}) {
    return {"example.com", port, transport, false};
}

Where sips(std::optional<TransportKind> transport = {}, std::optional<std::uint16_t> port = {}) {
    return {"example.com", port, transport, true};
}

const char* const kServer =
    "sip.example.com A 192.0.2.1\n"
    "sip.example.com AAAA 2001:db8::1\n";
const char* const kThreeNaptr =
    "example.com NAPTR 20 50 s SIP+D2U _sip._udp.example.com\n"
    "example.com NAPTR 10 90 s SIP+D2T _sip._tcp.example.com\n"
    "example.com NAPTR 10 50 s SIPS+D2T _sips._tcp.example.com\n";
const char* const kThreeSrv =
    "_sip._udp.example.com SRV 0 1 5060 sip.example.com\n"
    "_sip._tcp.example.com SRV 0 1 5060 sip.example.com\n"
    "_sips._tcp.example.com SRV 0 1 5061 sip.example.com\n";

struct Row {
    const char* label;
    Where where;
    std::string zone;
    std::vector<TransportKind> transports;
    std::vector<std::string> stages;
    std::string result;
};

constexpr auto kUdp = TransportKind::Udp;
constexpr auto kTcp = TransportKind::Tcp;
constexpr auto kTls = TransportKind::Tls;
constexpr auto kWs = TransportKind::Ws;
constexpr auto kWss = TransportKind::Wss;
const std::vector<TransportKind> kPlain{kUdp, kTcp};
const std::vector<TransportKind> kAll{kUdp, kTcp, kTls, kWs, kWss};
const std::string kHostStage = "sip.example.com A, sip.example.com AAAA";
const std::string kDomainStage = "example.com A, example.com AAAA";
const std::string kPlainSrvStage = "_sip._tcp.example.com SRV, _sip._udp.example.com SRV";

const Row kRows[] = {
    // 4.1: NAPTR; lowest order, then preference; TLS of the same order leaves no plain TCP behind.
    {"NaptrPicksTls",
     name(),
     std::string(kThreeNaptr) + kThreeSrv + kServer,
     kAll,
     {"example.com NAPTR", "_sip._tcp.example.com SRV, _sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061, tls [2001:db8::1]:5061"},
    // 4.1: services whose transport the client does not support are discarded.
    {"NaptrWithoutTlsPicksTcp",
     name(),
     std::string(kThreeNaptr) + kThreeSrv + kServer,
     kPlain,
     {"example.com NAPTR", "_sip._tcp.example.com SRV", kHostStage},
     "tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060"},
    {"NaptrUdpOnly",
     name(),
     std::string(kThreeNaptr) + kThreeSrv + kServer,
     {kUdp},
     {"example.com NAPTR", "_sip._udp.example.com SRV", kHostStage},
     "udp 192.0.2.1:5060, udp [2001:db8::1]:5060"},
    {"NaptrOfNoTransportOfOurs",
     name(),
     std::string(kThreeNaptr) + kThreeSrv + kServer,
     {kWs},
     {"example.com NAPTR"},
     "no transport in common"},
    // 4.1: within one order all preferences are tried, the preferred first.
    {"NaptrPreferenceIsFailover",
     name(),
     "example.com NAPTR 10 20 s SIP+D2T _sip._tcp.example.com\n"
     "example.com NAPTR 10 10 s SIP+D2U _sip._udp.example.com\n" +
         std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "udp 192.0.2.1:5060, tcp 192.0.2.1:5060"},
    // RFC 3403 4.1: the next order only when the first has led nowhere.
    {"NaptrNextOrder",
     name(),
     "example.com NAPTR 10 10 s SIP+D2T _sip._tcp.gone.example.com\n"
     "example.com NAPTR 20 10 s SIP+D2U _sip._udp.example.com\n" +
         std::string(kThreeSrv) + kServer,
     kPlain,
     {"example.com NAPTR", "_sip._tcp.gone.example.com SRV", "_sip._udp.example.com SRV",
      kHostStage},
     "udp 192.0.2.1:5060, udp [2001:db8::1]:5060"},
    {"NaptrLeadsNowhere",
     name(),
     "example.com NAPTR 10 10 s SIP+D2T _sip._tcp.gone.example.com\n"
     "example.com A 192.0.2.9\n",
     kPlain,
     {"example.com NAPTR", "_sip._tcp.gone.example.com SRV"},
     "the domain has no address for SIP"},
    // RFC 7118 section 6: WebSocket services.
    {"NaptrWebSocket",
     name(),
     "example.com NAPTR 10 10 s SIP+D2W _sip._ws.example.com\n"
     "_sip._ws.example.com SRV 0 0 8080 sip.example.com\n" +
         std::string(kServer),
     kAll,
     {"example.com NAPTR", "_sip._ws.example.com SRV", kHostStage},
     "ws 192.0.2.1:8080, ws [2001:db8::1]:8080"},
    {"NaptrSecureWebSocket",
     sips(),
     "example.com NAPTR 10 10 s SIP+D2W _sip._ws.example.com\n"
     "example.com NAPTR 10 20 s SIPS+D2W _sips._ws.example.com\n"
     "_sips._ws.example.com SRV 0 0 8443 sip.example.com\n" +
         std::string(kServer),
     kAll,
     {"example.com NAPTR", "_sips._ws.example.com SRV", kHostStage},
     "wss 192.0.2.1:8443, wss [2001:db8::1]:8443"},
    // 4.1: resolving a SIPS URI discards services without SIPS.
    {"NaptrOfSips",
     sips(),
     std::string(kThreeNaptr) + kThreeSrv + kServer,
     kAll,
     {"example.com NAPTR", "_sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061, tls [2001:db8::1]:5061"},
    {"NaptrOfSipsWithoutTls",
     sips(),
     "example.com NAPTR 10 10 s SIP+D2U _sip._udp.example.com\n" + std::string(kThreeSrv) + kServer,
     kAll,
     {"example.com NAPTR"},
     "no transport in common"},
    // Records of other applications are no SIP records.
    {"NaptrOfEnumOnly",
     name(),
     "example.com NAPTR 10 10 u E2U+SIP !^.*$!sip:x@y!\n" + std::string(kThreeSrv) + kServer,
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "udp 192.0.2.1:5060, udp [2001:db8::1]:5060, tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060"},
    // A terminal "a" names the host itself (RFC 3404 4.3).
    {"NaptrOfHost",
     name(),
     "example.com NAPTR 10 10 a SIP+D2T sip.example.com\n" + std::string(kServer),
     kPlain,
     {"example.com NAPTR", kHostStage},
     "tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060"},
    {"NaptrWithRegexpIsNotSip",
     name(),
     "example.com NAPTR 10 10 s SIP+D2T !^.*$!x!\n" + std::string(kThreeSrv) + kServer,
     kPlain,
     {"example.com NAPTR"},
     "no transport in common"},
    // 4.1: no NAPTR: SRV for each transport that we have.
    {"SrvBoth",
     name(),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kAll,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "udp 192.0.2.1:5060, tcp 192.0.2.1:5060"},
    {"SrvOfSips",
     sips(),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kAll,
     {"example.com NAPTR", "_sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061"},
    {"SrvOfTlsOnlyDeployment",
     name(),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     {kTls},
     {"example.com NAPTR", "_sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061"},
    // 4.1: transport named, no port: SRV of that transport, no NAPTR.
    {"SrvOfNamedTcp",
     name(kTcp),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kAll,
     {"_sip._tcp.example.com SRV", kHostStage},
     "tcp 192.0.2.1:5060"},
    {"SrvOfNamedTls",
     name(kTls),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kAll,
     {"_sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061"},
    // RFC 3261 26.2.2: TCP of a SIPS URI is TLS over TCP.
    {"SrvOfSipsOverTcp",
     sips(kTcp),
     std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kAll,
     {"_sips._tcp.example.com SRV", kHostStage},
     "tls 192.0.2.1:5061"},
    {"SrvOfSipsOverWs",
     sips(kWs),
     "_sips._ws.example.com SRV 0 0 443 sip.example.com\n" +
         std::string("sip.example.com A 192.0.2.1\n"),
     kAll,
     {"_sips._ws.example.com SRV", kHostStage},
     "wss 192.0.2.1:443"},
    {"SipsOverUdp", sips(kUdp), kThreeSrv, kAll, {}, "no transport in common"},
    {"NamedTransportIsNotOurs", name(kTls), kThreeSrv, kPlain, {}, "no transport in common"},
    {"NamedTransportWithPortIsNotOurs",
     name(kTls, 5061),
     kServer,
     kPlain,
     {},
     "no transport in common"},
    // 4.2: no SRV: A and AAAA of the domain, default port.
    {"DomainIsHost",
     name(),
     "example.com A 192.0.2.9\n",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kDomainStage},
     "udp 192.0.2.9:5060"},
    {"DomainIsHostOfNamedTcp",
     name(kTcp),
     "example.com AAAA 2001:db8::9\n",
     kPlain,
     {"_sip._tcp.example.com SRV", kDomainStage},
     "tcp [2001:db8::9]:5060"},
    {"DomainIsHostOfSips",
     sips(),
     "example.com A 192.0.2.9\n",
     kAll,
     {"example.com NAPTR", "_sips._tcp.example.com SRV", kDomainStage},
     "tls 192.0.2.9:5061"},
    {"DomainIsHostOfWss",
     name(kWss),
     "example.com A 192.0.2.9\n",
     kAll,
     {"_sips._ws.example.com SRV", kDomainStage},
     "wss 192.0.2.9:443"},
    {"DomainIsHostWithoutUdp",
     name(),
     "example.com A 192.0.2.9\n",
     {kTcp},
     {"example.com NAPTR", "_sip._tcp.example.com SRV", kDomainStage},
     "tcp 192.0.2.9:5060"},
    // 4.1, 4.2: a port: neither NAPTR nor SRV; UDP, TLS for SIPS.
    {"PortGiven",
     name({}, 5070),
     "example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9\n" + std::string(kThreeNaptr),
     kAll,
     {kDomainStage},
     "udp 192.0.2.9:5070, udp [2001:db8::9]:5070"},
    {"PortAndTransportGiven",
     name(kTcp, 5070),
     "example.com A 192.0.2.9\n",
     kAll,
     {kDomainStage},
     "tcp 192.0.2.9:5070"},
    {"PortOfSips",
     sips({}, 5071),
     "example.com A 192.0.2.9\n",
     kAll,
     {kDomainStage},
     "tls 192.0.2.9:5071"},
    // RFC 2782: "." is a decided no: the host is not tried instead.
    {"NotOffered",
     name(),
     "_sip._udp.example.com SRV 0 0 0 .\n_sip._tcp.example.com SRV 0 0 0 .\n"
     "example.com A 192.0.2.9\n",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage},
     "the domain offers no SIP service"},
    {"NotOfferedOverUdp",
     name(),
     "_sip._udp.example.com SRV 0 0 0 .\n_sip._tcp.example.com SRV 0 0 5060 sip.example.com\n" +
         std::string(kServer),
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060"},
    {"NotOfferedOverNamedTcp",
     name(kTcp),
     "_sip._tcp.example.com SRV 0 0 0 .\nexample.com A 192.0.2.9\n",
     kPlain,
     {"_sip._tcp.example.com SRV"},
     "the domain offers no SIP service"},
    // RFC 2782: all targets by priority; one without an address is passed over.
    {"SrvFailover",
     name(kUdp),
     "_sip._udp.example.com SRV 20 0 5062 c.example.com\n"
     "_sip._udp.example.com SRV 10 0 5061 b.example.com\n"
     "_sip._udp.example.com SRV 5 0 5060 a.example.com\n"
     "a.example.com A 192.0.2.1\nc.example.com A 192.0.2.3\n",
     kPlain,
     {"_sip._udp.example.com SRV",
      "a.example.com A, a.example.com AAAA, b.example.com A, b.example.com AAAA, "
      "c.example.com A, c.example.com AAAA"},
     "udp 192.0.2.1:5060, udp 192.0.2.3:5062"},
    // The same endpoint of two records is tried once.
    {"SrvSameTargetTwice",
     name(kUdp),
     "_sip._udp.example.com SRV 1 0 5060 a.example.com\n"
     "_sip._udp.example.com SRV 2 0 5060 a.example.com\n"
     "_sip._udp.example.com SRV 3 0 5070 a.example.com\na.example.com A 192.0.2.1\n",
     kPlain,
     {"_sip._udp.example.com SRV", "a.example.com A, a.example.com AAAA"},
     "udp 192.0.2.1:5060, udp 192.0.2.1:5070"},
    {"NoSuchDomain",
     name(),
     "",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kDomainStage},
     "the domain does not exist"},
    {"DomainWithoutAddress",
     name(),
     "example.com SRV 0 0 1 x\n",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kDomainStage},
     "the domain has no address for SIP"},
    // Failures: an error may be of a server that does not know the type; silence is nobody there.
    {"NaptrFails",
     name(),
     "example.com NAPTR servfail\n" + std::string(kThreeSrv) + "sip.example.com A 192.0.2.1\n",
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "udp 192.0.2.1:5060, tcp 192.0.2.1:5060"},
    {"NaptrTimesOut",
     name(),
     "example.com NAPTR timeout\n",
     kPlain,
     {"example.com NAPTR"},
     "no name server answered"},
    {"SrvFails",
     name(kTcp),
     "_sip._tcp.example.com SRV servfail\nexample.com A 192.0.2.9\n",
     kPlain,
     {"_sip._tcp.example.com SRV", kDomainStage},
     "tcp 192.0.2.9:5060"},
    {"OneSrvTimesOut",
     name(),
     "_sip._udp.example.com SRV timeout\n_sip._tcp.example.com SRV 0 0 5060 sip.example.com\n" +
         std::string(kServer),
     kPlain,
     {"example.com NAPTR", kPlainSrvStage, kHostStage},
     "tcp 192.0.2.1:5060, tcp [2001:db8::1]:5060"},
    {"SrvByNaptrFails",
     name(),
     "example.com NAPTR 10 10 s SIPS+D2T _sips._tcp.example.com\n"
     "_sips._tcp.example.com SRV servfail\nexample.com A 192.0.2.9\n",
     kAll,
     {"example.com NAPTR", "_sips._tcp.example.com SRV"},
     "the name servers refuse or fail"},
    {"OneFamilyFails",
     name({}, 5060),
     "example.com AAAA servfail\nexample.com A 192.0.2.9\n",
     kPlain,
     {kDomainStage},
     "udp 192.0.2.9:5060"},
    {"AddressesTimeOut",
     name({}, 5060),
     "example.com AAAA timeout\nexample.com A timeout\n",
     kPlain,
     {kDomainStage},
     "no name server answered"},
    {"AddressesFail",
     name({}, 5060),
     "example.com AAAA servfail\nexample.com A servfail\n",
     kPlain,
     {kDomainStage},
     "the name servers refuse or fail"},
    // Never sent to, whoever says so.
    {"AddressesOfNobody",
     name({}, 5060),
     "example.com A 0.0.0.0\nexample.com A 0.1.2.3\nexample.com A 127.0.0.1\n"
     "example.com A 127.9.9.9\nexample.com A 169.254.169.254\nexample.com A 224.0.1.75\n"
     "example.com A 255.255.255.255\nexample.com AAAA ::1\nexample.com AAAA ::\n"
     "example.com AAAA ::ffff:127.0.0.1\nexample.com AAAA ::ffff:192.0.2.1\n"
     "example.com AAAA fe80::1\nexample.com AAAA ff02::1\n",
     kPlain,
     {kDomainStage},
     "the domain has only addresses that are never sent to"},
    {"OneAddressOfNobody",
     name({}, 5060),
     "example.com A 127.0.0.1\nexample.com A 192.0.2.9\n",
     kPlain,
     {kDomainStage},
     "udp 192.0.2.9:5060"},
};

class ProcedureTest : public testing::TestWithParam<Row> {};

TEST_P(ProcedureTest, AsksAndFinds) {
    const Row& row = GetParam();
    Settings settings;
    settings.transports = row.transports;
    const Walk got = run(row.where, Zone(row.zone), settings);
    EXPECT_EQ(got.stages, row.stages);
    EXPECT_EQ(got.result, row.result);
    if (got.outcome.found) {
        // RFC 5922 section 7.1: the domain that was asked for, whatever the targets are called.
        EXPECT_EQ(got.outcome.found->server_name, "example.com");
    }
}

INSTANTIATE_TEST_SUITE_P(Rows, ProcedureTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(Procedure, AsksOnlyForTheFamiliesOfTheDeployment) {
    const Zone zone("example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9\n");
    Settings settings;
    settings.v6 = false;
    EXPECT_EQ(run(name({}, 5060), zone, settings).stages,
              (std::vector<std::string>{"example.com A"}));
    settings.v4 = false;
    settings.v6 = true;
    const Walk v6 = run(name({}, 5060), zone, settings);
    EXPECT_EQ(v6.stages, (std::vector<std::string>{"example.com AAAA"}));
    EXPECT_EQ(v6.result, "udp [2001:db8::9]:5060");
}

TEST(Procedure, PutsIpv6FirstOnlyWhenAskedTo) {
    const Zone zone("example.com A 192.0.2.9\nexample.com AAAA 2001:db8::9\n");
    Settings settings;
    settings.prefer_v6 = true;
    EXPECT_EQ(run(name({}, 5060), zone, settings).result,
              "udp [2001:db8::9]:5060, udp 192.0.2.9:5060");
}

TEST(Procedure, LoopbackIsAServerWhereItIsConfigured) {
    const Zone zone("example.com A 127.0.0.1\nexample.com AAAA ::1\nexample.com A 0.0.0.0\n");
    Settings settings;
    settings.allow_loopback = true;
    const Walk got = run(name({}, 5060), zone, settings);
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
    const Walk got = run(name(kUdp), Zone(lines), Settings{});
    ASSERT_TRUE(got.outcome.found);
    const auto servers = draw(*got.outcome.found, false, first_of_all());
    EXPECT_EQ(servers.size(), 32U);
    EXPECT_EQ(servers.front().remote.text(), "192.0.3.231:5060");  // h999: the lowest priority
    EXPECT_EQ(servers.front().priority, 0U);
    EXPECT_EQ(got.dropped.records, 1000U - 32U);
}

TEST(Procedure, LivesAsLongAsItsShortestReply) {
    Procedure procedure(name({}, 5060), Settings{}, first_of_all());
    const Zone zone("example.com A 192.0.2.9\n");
    const auto questions = procedure.start();
    ASSERT_EQ(questions.size(), 2U);
    const auto reply = [&](std::size_t i, int seconds, bool stale) {
        (void)procedure.on_reply(questions[i],
                                 {std::make_shared<const Reply>(zone.ask(questions[i])),
                                  kNow + std::chrono::seconds(seconds), stale});
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
