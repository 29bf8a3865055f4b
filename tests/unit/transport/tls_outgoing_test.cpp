// SPDX-License-Identifier: BSD-2-Clause
// TLS connections that we open: whom we believe (RFC 5922), and which of them are shared (RFC
// 5923).
#include "signaling/transport/errc.hpp"
#include "tests/unit/transport/secure_peer.hpp"

namespace portcullis::transport::testing {
namespace {

using config::VerifyClient;

struct ServerRow {
    const char* what;
    CertificateSpec spec;
    const char* server_name;         // of the destination
    std::vector<std::string> names;  // of the trunk
    bool pin_it = false;
    bool pin_another = false;
    bool verify = true;
    TlsFailure failure = TlsFailure::None;
};

const CertificateSpec kCarrier{.common_name = "x", .names = "DNS:carrier.example"};

class TlsServers : public SecureTest, public ::testing::WithParamInterface<ServerRow> {};

TEST_P(TlsServers, AreBelievedIfTheyProveTheName) {
    const ServerRow& row = GetParam();
    start_secure();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        failures_.clear();
        const auto theirs = pki_.issue("carrier", row.spec);
        std::vector<std::string> pins;
        if (row.pin_it) pins.push_back(theirs.fingerprint);
        if (row.pin_another) pins.push_back(own_.fingerprint);
        set_terms(row.names, pins, row.verify);
        PeerListener listener;
        layer_->send(to(listener.endpoint(), row.server_name), message(tls_request("1")),
                     record_failure());
        auto peer = accept(listener, {.certificate = theirs, .version = version});
        if (row.failure == TlsFailure::None) {
            EXPECT_TRUE(run_until_text(peer, "Call-ID: 1")) << row.what << ": " << peer.reason;
            EXPECT_TRUE(failures_.empty());
            continue;
        }
        EXPECT_TRUE(run_until([&] {
            peer.step();
            return failures_.size() == 1;
        })) << row.what;
        EXPECT_EQ(failures_.at(0).code, make_error_code(Errc::HandshakeFailed));
        EXPECT_GT(failures(row.failure), 0U) << row.what << ": " << failures_.at(0).text();
        EXPECT_TRUE(run_until_closed(peer));
        EXPECT_EQ(peer.text, "") << "nothing was said to a stranger";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Certificates, TlsServers,
    ::testing::Values(
        ServerRow{"its name", kCarrier, "Carrier.example", {}},
        ServerRow{"no name wanted: the address", {.names = "IP:127.0.0.1"}, "", {}},
        ServerRow{"the address is not in it",
                  kCarrier,
                  "",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"another name",
                  kCarrier,
                  "other.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"a wildcard (7.2)",
                  {.names = "DNS:*.example"},
                  "carrier.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"a sip URI goes before DNS (7.1)",
                  {.names = "URI:sip:a.example,DNS:b.example"},
                  "b.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"CN beside other names (7.1)",
                  {.common_name = "carrier.example", .names = "DNS:b.example"},
                  "carrier.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"one of the trunk's names", kCarrier, "", {"a.example", "carrier.example"}},
        ServerRow{"none of the trunk's names",
                  kCarrier,
                  "carrier.example",
                  {"a.example"},
                  false,
                  false,
                  true,
                  TlsFailure::WrongName},
        ServerRow{"expired",
                  {.names = "DNS:carrier.example", .ends = -60},
                  "carrier.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::Expired},
        ServerRow{"not yet valid",
                  {.names = "DNS:carrier.example", .begins = 3600},
                  "carrier.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::Expired},
        ServerRow{"of another issuer",
                  {.names = "DNS:carrier.example", .foreign = true},
                  "carrier.example",
                  {},
                  false,
                  false,
                  true,
                  TlsFailure::Untrusted},
        ServerRow{"pinned", {.names = "DNS:x", .foreign = true}, "carrier.example", {}, true},
        ServerRow{"another is pinned",
                  kCarrier,
                  "carrier.example",
                  {},
                  false,
                  true,
                  true,
                  TlsFailure::WrongPin},
        ServerRow{"not verified",
                  {.names = "DNS:x", .foreign = true},
                  "carrier.example",
                  {},
                  false,
                  false,
                  false}));

using TlsOutgoing = SecureTest;

TEST_F(TlsOutgoing, SaysWhomItWantsAndShowsItsCertificate) {
    start_secure();
    PeerListener listener;
    layer_->send(to(listener.endpoint(), "carrier.example"), message(tls_request("1")),
                 record_failure());
    auto peer =
        accept(listener,
               {.certificate = pki_.issue("carrier", kCarrier), .ca = pki_.ca_file(), .ask = true});
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 1")) << peer.reason;
    EXPECT_STREQ(SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name), "carrier.example");
    EXPECT_EQ(peer.fingerprint(), own_.fingerprint);
    peer.send(tls_request("in"));
    ASSERT_TRUE(run_until_received(1));
    ASSERT_NE(received_[0].source.tls, nullptr);
    EXPECT_TRUE(has_domain(received_[0].source.tls->identities, "carrier.example"));
}

// What proved one name has proved no other (RFC 5923 section 8).
TEST_F(TlsOutgoing, ConnectionsAreSharedByName) {
    start_secure();
    PeerListener listener;
    const auto theirs = pki_.issue("both", {.names = "DNS:a.example,DNS:b.example"});
    layer_->send(to(listener.endpoint(), "a.example"), message(tls_request("1")), {});
    auto a = accept(listener, {.certificate = theirs});
    ASSERT_TRUE(run_until_text(a, "Call-ID: 1"));
    layer_->send(to(listener.endpoint(), "a.example"), message(tls_request("2")), {});
    EXPECT_TRUE(run_until_text(a, "Call-ID: 2"));
    EXPECT_EQ(layer_->connection_count(), 1U);
    layer_->send(to(listener.endpoint(), "b.example"), message(tls_request("3")), {});
    auto b = accept(listener, {.certificate = theirs});
    EXPECT_TRUE(run_until_text(b, "Call-ID: 3"));
    EXPECT_EQ(layer_->connection_count(), 2U);
    // Other terms for the same name: what the connection proved may not be enough.
    set_terms({}, {theirs.fingerprint});
    layer_->send(to(listener.endpoint(), "a.example"), message(tls_request("4")), {});
    auto c = accept(listener, {.certificate = theirs});
    EXPECT_TRUE(run_until_text(c, "Call-ID: 4"));
}

struct AliasRow {
    const char* what;
    const char* via;
    const char* wanted;
    bool reused;
};

// RFC 5923 section 5.
TEST_F(TlsOutgoing, AnAliasTakesThePeersOwnConnection) {
    const AliasRow rows[] = {{"alias", ":5071;alias", "pbx.example", true},
                             {"no alias", ":5071", "pbx.example", false},
                             {"another port", ":5072;alias", "pbx.example", false},
                             {"another name", ":5071;alias", "other.example", false}};
    for (const auto& row : rows) {
        received_.clear();
        failures_.clear();
        start_secure(TransportKind::Tls, VerifyClient::Required);
        auto peer = SecurePeer::connect(
            here_, {.certificate = pki_.issue("client", {.names = "DNS:pbx.example"})});
        ASSERT_TRUE(run_until_open(peer));
        std::string request = tls_request("1");
        request.replace(request.find("TLS 127.0.0.1:9"), 15,
                        std::string("TLS 127.0.0.1") + row.via);
        peer.send(request);
        ASSERT_TRUE(run_until_received(1));
        layer_->send(to(local(5071), row.wanted), message(tls_request("2")), record_failure());
        ASSERT_TRUE(run_until([&] {
            peer.step();
            return !failures_.empty() || peer.text.find("Call-ID: 2") != std::string::npos;
        }));
        EXPECT_EQ(failures_.empty(), row.reused) << row.what;
    }
}

struct IssuerRow {
    const char* what;
    bool own_issuers;  // those of the interface, by which the peer was judged when it connected
    enum { None, Its, Another } pin;
    bool reused;
};

// RFC 5923: what a connection that was accepted has proved must be what is asked for
// now.
TEST_F(TlsOutgoing, AnAliasIsForTheIssuersThatJudgedItsPeer) {
    const IssuerRow rows[] = {{"the interface's", true, IssuerRow::None, true},
                              {"others", false, IssuerRow::None, false},
                              {"others, but its pin", false, IssuerRow::Its, true},
                              {"another pin", true, IssuerRow::Another, false}};
    const Pki others;
    for (const auto& row : rows) {
        received_.clear();
        failures_.clear();
        start_secure(TransportKind::Tls, VerifyClient::Required);
        auto settings = profile_->settings();
        if (!row.own_issuers) settings.ca_file = others.ca_file();
        const auto asked = std::make_shared<TlsProfile>(settings);
        ASSERT_FALSE(asked->load());
        const auto theirs = pki_.issue("client", {.names = "DNS:pbx.example"});
        set_terms({}, {});
        auto terms = *terms_;
        terms.profile = asked;
        if (row.pin == IssuerRow::Its) terms.fingerprints = {theirs.fingerprint};
        if (row.pin == IssuerRow::Another) terms.fingerprints = {own_.fingerprint};
        terms_ = std::make_shared<const TlsTerms>(std::move(terms));
        auto peer = SecurePeer::connect(here_, {.certificate = theirs});
        ASSERT_TRUE(run_until_open(peer));
        std::string request = tls_request("1");
        request.replace(request.find("TLS 127.0.0.1:9"), 15, "TLS 127.0.0.1:5071;alias");
        peer.send(request);
        ASSERT_TRUE(run_until_received(1));
        layer_->send(to(local(5071), "pbx.example"), message(tls_request("2")), record_failure());
        ASSERT_TRUE(run_until([&] {
            peer.step();
            return !failures_.empty() || peer.text.find("Call-ID: 2") != std::string::npos;
        }));
        EXPECT_EQ(failures_.empty(), row.reused) << row.what;
    }
}

TEST_F(TlsOutgoing, APeerThatStopsAnsweringPingsIsDropped) {
    keepalive_ = 60ms;
    start_secure(TransportKind::Tls, VerifyClient::None, {.pong_timeout = 100ms});
    PeerListener listener;
    const auto theirs = pki_.issue("carrier", kCarrier);
    layer_->send(to(listener.endpoint(), "carrier.example"), message(tls_request("1")), {});
    auto peer = accept(listener, {.certificate = theirs});
    ASSERT_TRUE(run_until_text(peer, "Call-ID: 1"));
    for (int i = 0; i < 4; ++i) {
        peer.text.clear();
        ASSERT_TRUE(run_until_text(peer, "\r\n\r\n"));
        peer.send("\r\n");
    }
    EXPECT_EQ(layer_->connection_count(), 1U);
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_EQ(layer_->connection_count(), 0U);
}

}  // namespace
}  // namespace portcullis::transport::testing
