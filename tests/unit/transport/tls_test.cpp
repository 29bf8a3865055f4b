// SPDX-License-Identifier: BSD-2-Clause
// SIP over TLS with real handshakes on loopback: who is let in, whom we believe, what swaps.
#include <atomic>
#include <thread>

#include "signaling/transport/errc.hpp"
#include "signaling/transport/handshake_pool.hpp"
#include "tests/unit/transport/secure_peer.hpp"

namespace portcullis::transport::testing {
namespace {

using config::VerifyClient;

class TlsVersions : public SecureTest, public ::testing::WithParamInterface<int> {};

TEST_P(TlsVersions, CarryMessagesBothWays) {
    start_secure();
    auto peer = SecurePeer::connect(here_, {.ca = pki_.ca_file(), .version = GetParam()});
    ASSERT_TRUE(run_until_open(peer)) << peer.reason;
    EXPECT_EQ(SSL_version(peer.ssl()), GetParam());
    EXPECT_EQ(peer.fingerprint(), own_.fingerprint);
    peer.send(tls_request("1") + tls_request("2").substr(0, 30));
    peer.send(tls_request("2").substr(30));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[0].source.transport, TransportKind::Tls);
    EXPECT_EQ(received_[0].source.remote, peer.endpoint());
    EXPECT_EQ(received_[0].source.tls, nullptr) << "it showed no certificate";
    layer_->send(reply_to(received_[0].source), message(tls_request("back")), record_failure());
    EXPECT_TRUE(run_until_text(peer, "Call-ID: back"));
    peer.text.clear();
    peer.send("\r\n\r\n");  // RFC 5626 section 4.4.1
    EXPECT_TRUE(run_until_text(peer, "\r\n"));
    EXPECT_EQ(layer_->counters().tls_handshakes, 1U);
    SSL_shutdown(peer.ssl());
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Both, TlsVersions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

using Tls = SecureTest;

TEST_F(Tls, OldVersionsAreRefused) {
    start_secure();
    auto peer = SecurePeer::connect(here_, {.version = TLS1_1_VERSION});
    SSL_set_cipher_list(peer.ssl(), "ALL:@SECLEVEL=0");
    EXPECT_TRUE(run_until_closed(peer));
    EXPECT_TRUE(run_until([&] { return failures(TlsFailure::Version) == 1; }));
    EXPECT_EQ(layer_->counters().tls_handshakes, 0U);
}

TEST_F(Tls, AnotherProtocolIsRefused) {
    start_secure();
    Peer peer = Peer::tcp(here_);
    peer.send("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n\r\n");
    EXPECT_TRUE(TransportTest::run_until_closed(peer));
    EXPECT_TRUE(received_.empty());
    EXPECT_EQ(failures(TlsFailure::NotTls), 1U);
}

// threats: stalled handshake.
TEST_F(Tls, AStalledHandshakeIsCutOff) {
    start_secure(TransportKind::Tls, VerifyClient::None, {.handshake_timeout = 150ms});
    Peer silent = Peer::tcp(here_);
    Peer slow = Peer::tcp(here_);
    const std::string hello("\x16\x03\x01\x3f\xff\x01", 6);  // of 16 KiB
    slow.send(hello);
    EXPECT_TRUE(run_until([&] {
        (void)::send(slow.fd(), "\0", 1, MSG_NOSIGNAL);
        return !silent.receive() && !slow.receive();
    }));
    EXPECT_EQ(failures(TlsFailure::TimedOut), 2U);
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
}

// threats: records of one byte. Each is complete; the message in them is not.
TEST_F(Tls, ASlowMessageInTinyRecordsIsCutOff) {
    start_secure(TransportKind::Tls, VerifyClient::None, {.header_timeout = 150ms});
    auto peer = SecurePeer::connect(here_);
    ASSERT_TRUE(run_until_open(peer));
    const std::string text = tls_request("1");
    std::size_t at = 0;
    EXPECT_TRUE(run_until([&] {
        io_.restart();
        io_.run_for(2ms);
        if (at < text.size() - 1) (void)SSL_write(peer.ssl(), text.data() + at++, 1);
        return !peer.step();
    }));
    EXPECT_GT(at, 5U);
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 1U);
}

TEST_F(Tls, HandshakesAtOnceAreBounded) {
    start_secure(TransportKind::Tls, VerifyClient::None, {.max_handshakes_per_source = 3});
    std::vector<Peer> stalled;
    for (int i = 0; i < 5; ++i) stalled.push_back(Peer::tcp(here_));
    EXPECT_TRUE(run_until([&] { return failures(TlsFailure::Refused) == 2; }));
    EXPECT_EQ(layer_->connection_count(), 3U);
    stalled.clear();
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
    auto peer = SecurePeer::connect(here_);
    EXPECT_TRUE(run_until_open(peer)) << "the places are free again";
    auto another = SecurePeer::connect(here_);
    EXPECT_TRUE(run_until_open(another));
}

struct ClientRow {
    const char* what;
    VerifyClient asked;
    std::optional<CertificateSpec> shown;
    TlsFailure failure;  // None: let in
};

class MutualTls : public SecureTest, public ::testing::WithParamInterface<ClientRow> {};

// RFC 5922 section 7.4.
TEST_P(MutualTls, LetsInWhoProvesWhoHeIs) {
    start_secure(TransportKind::Tls, GetParam().asked);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        PeerOptions options{.version = version};
        if (GetParam().shown) options.certificate = pki_.issue("client", *GetParam().shown);
        auto peer = SecurePeer::connect(here_, options);
        (void)run_until_open(peer);
        if (GetParam().failure != TlsFailure::None) {
            EXPECT_TRUE(run_until_closed(peer)) << GetParam().what;
            EXPECT_TRUE(run_until([&] { return failures(GetParam().failure) > 0; }))
                << GetParam().what;
            EXPECT_TRUE(received_.empty());
            continue;
        }
        ASSERT_TRUE(peer.open) << GetParam().what << ": " << peer.reason;
        received_.clear();
        peer.send(tls_request("1"));
        ASSERT_TRUE(run_until_received(1));
        const auto& tls = received_[0].source.tls;
        const bool known = GetParam().shown && GetParam().asked != VerifyClient::None;
        ASSERT_EQ(tls != nullptr, known) << GetParam().what;
        if (!known) continue;
        EXPECT_TRUE(has_domain(tls->identities, "PBX.example"));
        EXPECT_EQ(tls->identities.back(), options.certificate->fingerprint);
    }
}

// threats: a certificate that is large for its own sake.
CertificateSpec bomb() {
    CertificateSpec out{.common_name = "x"};
    for (int i = 0; i < 3000; ++i) {
        out.names += (i == 0 ? "DNS:n" : ",DNS:n") + std::to_string(i) + ".example";
    }
    return out;
}

const CertificateSpec kGood{.common_name = "x", .names = "DNS:pbx.example"};
INSTANTIATE_TEST_SUITE_P(
    Clients, MutualTls,
    ::testing::Values(
        ClientRow{"none asked, none shown", VerifyClient::None, {}, TlsFailure::None},
        ClientRow{"none asked, one shown", VerifyClient::None, kGood, TlsFailure::None},
        ClientRow{"optional, none shown", VerifyClient::Optional, {}, TlsFailure::None},
        ClientRow{"optional, a good one", VerifyClient::Optional, kGood, TlsFailure::None},
        ClientRow{"optional, a bad one", VerifyClient::Optional,
                  CertificateSpec{.common_name = "x", .names = "DNS:pbx.example", .foreign = true},
                  TlsFailure::Untrusted},
        ClientRow{"required, a good one", VerifyClient::Required, kGood, TlsFailure::None},
        ClientRow{"required, none", VerifyClient::Required, {}, TlsFailure::NoCertificate},
        ClientRow{"required, expired", VerifyClient::Required,
                  CertificateSpec{.common_name = "x", .names = "DNS:pbx.example", .ends = -60},
                  TlsFailure::Expired},
        ClientRow{"required, a bomb", VerifyClient::Required, bomb(), TlsFailure::Untrusted},
        ClientRow{"required, foreign", VerifyClient::Required,
                  CertificateSpec{.common_name = "x", .names = "DNS:pbx.example", .foreign = true},
                  TlsFailure::Untrusted}));

TEST_F(Tls, RenegotiationIsNotDone) {
    start_secure();
    auto peer = SecurePeer::connect(here_, {.version = TLS1_2_VERSION});
    ASSERT_TRUE(run_until_open(peer));
    peer.send(tls_request("1"));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(SSL_renegotiate(peer.ssl()), 1);
    (void)SSL_do_handshake(peer.ssl());
    EXPECT_TRUE(run_until_closed(peer)) << "the peer is told no_renegotiation";
    EXPECT_EQ(layer_->counters().tls_handshakes, 1U);
}

// Field notes: renewal must not cost a connection.
TEST_F(Tls, ARenewedCertificateIsForNewConnections) {
    start_secure();
    auto before = SecurePeer::connect(here_);
    ASSERT_TRUE(run_until_open(before));
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(profile_->poll(now).swap, TlsProfile::Swap::Unchanged);

    // The certificate comes first, its key a moment later: meanwhile they do not fit.
    const auto renewed = pki_.issue("renewed", {.common_name = "sbc", .names = "DNS:sbc.example"});
    std::filesystem::rename(renewed.certificate, own_.certificate);
    const auto half = profile_->poll(now);
    EXPECT_EQ(half.swap, TlsProfile::Swap::Refused);
    EXPECT_NE(half.problem.message.find(own_.key + " is not the key"), std::string::npos)
        << half.problem.message;
    auto meanwhile = SecurePeer::connect(here_);
    ASSERT_TRUE(run_until_open(meanwhile));
    EXPECT_EQ(meanwhile.fingerprint(), own_.fingerprint);

    std::filesystem::rename(renewed.key, own_.key);
    EXPECT_EQ(profile_->poll(now).swap, TlsProfile::Swap::Swapped);
    auto after = SecurePeer::connect(here_);
    ASSERT_TRUE(run_until_open(after));
    EXPECT_EQ(after.fingerprint(), renewed.fingerprint);
    before.send(tls_request("still"));
    after.send(tls_request("new"));
    EXPECT_TRUE(run_until_received(2));
    EXPECT_TRUE(before.step());
}

TEST_F(Tls, AnExpiredRenewalTakesNoValidOnesPlace) {
    start_secure();
    (void)pki_.issue("own", {.common_name = "sbc", .ends = -60});
    EXPECT_EQ(profile_->poll(std::chrono::system_clock::now()).swap, TlsProfile::Swap::Refused);
    EXPECT_EQ(profile_->current()->certificate()->fingerprint, own_.fingerprint);
}

// RSA signatures on other threads; nothing else of a connection is.
TEST_F(Tls, HandshakesMayRunOnAnotherThread) {
    HandshakePool pool(2);
    std::atomic<int> jobs{0};
    handlers_.offload = [&](std::function<void()> job) {
        ++jobs;
        pool.post(std::move(job));
    };
    start_secure();
    std::vector<SecurePeer> peers;
    for (int i = 0; i < 20; ++i) peers.push_back(SecurePeer::connect(here_));
    ASSERT_TRUE(run_until([&] {
        bool all = true;
        for (auto& peer : peers) {
            peer.step();
            all = all && peer.open;
        }
        return all;
    }));
    EXPECT_GE(jobs, 20);
    for (auto& peer : peers) peer.send(tls_request("1"));
    EXPECT_TRUE(run_until_received(20));
    // Some end while their handshake is on its way.
    std::vector<Peer> stalled;
    for (int i = 0; i < 20; ++i) {
        stalled.push_back(Peer::tcp(here_));
        stalled.back().send(std::string("\x16\x03\x01\x00\x05hello", 10));
    }
    settle();
    stalled.clear();
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 20; }));
    layer_.reset();
    pool.stop();
}

class AlpnTls : public SecureTest {
    void adjust(config::TlsProfileConfig& settings) override { settings.alpn = true; }
};

TEST_F(AlpnTls, TheProtocolNameIsSip) {
    start_secure();
    const struct {
        std::string offered;
        bool welcome;
    } rows[] = {{std::string("\x03sip", 4), true},
                {std::string("\x02h2\x03sip", 7), true},
                {"", true},
                {std::string("\x02h2", 3), false}};
    for (const auto& row : rows) {
        auto peer = SecurePeer::connect(here_, {.alpn = row.offered});
        EXPECT_EQ(run_until([&] { return !peer.step() || peer.open; }) && peer.open, row.welcome);
    }
    EXPECT_EQ(failures(TlsFailure::Cipher), 1U);
}

struct FileRow {
    const char* what;
    void (*spoil)(Pki&, config::TlsProfileConfig&);
    const char* field;
    const char* words;
};

// What Prepare refuses, in words that name the file.
TEST(TlsFiles, AreJudgedWithTheirNames) {
    const FileRow rows[] = {
        {"no certificate", [](Pki&, auto& p) { p.certificate_file = "/nowhere/a.pem"; },
         "certificate_file", "/nowhere/a.pem cannot be read: No such file"},
        {"no key", [](Pki&, auto& p) { p.private_key_file = "/nowhere/a.key"; }, "private_key_file",
         "/nowhere/a.key cannot be read"},
        {"no issuers", [](Pki&, auto& p) { p.ca_file = "/nowhere/ca.pem"; }, "ca_file",
         "/nowhere/ca.pem cannot be read"},
        {"a folder", [](Pki&, auto& p) { p.certificate_file = "/tmp"; }, "certificate_file",
         "/tmp cannot be read"},
        {"a key for a certificate", [](Pki&, auto& p) { p.certificate_file = p.private_key_file; },
         "certificate_file", "holds no usable PEM certificate chain"},
        {"a certificate for a key", [](Pki&, auto& p) { p.private_key_file = p.certificate_file; },
         "private_key_file", "holds no PEM private key"},
        {"another's key", [](Pki& pki, auto& p) { p.private_key_file = pki.issue("b", {}).key; },
         "private_key_file", "is not the key of the certificate in "},
        {"issuers that are none", [](Pki&, auto& p) { p.ca_file = p.private_key_file; }, "ca_file",
         "holds no PEM certificates"},
        {"no such cipher", [](Pki&, auto& p) { p.ciphers = "NOTHING"; }, "ciphers", "NOTHING"},
        {"no such suite", [](Pki&, auto& p) { p.ciphersuites = "TLS_NOTHING"; }, "ciphersuites",
         "TLS_NOTHING"},
    };
    for (const auto& row : rows) {
        Pki pki;
        auto settings = pki.profile("a", pki.issue("a", {}));
        row.spoil(pki, settings);
        const auto made = TlsContext::load(settings);
        ASSERT_FALSE(made) << row.what;
        EXPECT_EQ(made.error().field, row.field) << row.what;
        EXPECT_NE(made.error().message.find(row.words), std::string::npos) << made.error().message;
    }
}

struct DomainRow {
    CertificateSpec spec;
    std::vector<std::string> domains;
};

// RFC 5922 section 7.1.
TEST(TlsDomains, AreThoseOfTheRfc) {
    const DomainRow rows[] = {
        {{.common_name = "CN.example"}, {"cn.example"}},
        {{.common_name = "cn.example", .names = "DNS:A.example"}, {"a.example"}},
        {{.names = "DNS:a.example,URI:sip:B.example,DNS:c.example"}, {"b.example"}},
        {{.names = "DNS:a.example,URI:sips:b.example"}, {"a.example"}},
        {{.names = "DNS:a.example,URI:sip:user@b.example"}, {"a.example"}},
        {{.names = "URI:sip:b.example:5061;transport=tls"}, {"b.example"}},
        {{.common_name = "cn.example", .names = "email:a@b.example"}, {}},
        {{.names = "IP:192.0.2.1,DNS:a.example"}, {"a.example", "192.0.2.1"}},
        {{.names = "IP:fd00::1"}, {"fd00::1"}},
        {{.names = "DNS:*.example"}, {"*.example"}},
    };
    const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    for (const auto& row : rows) {
        const auto certificate = Pki::make(row.spec, *key, nullptr, *key, false);
        EXPECT_EQ(domains_of(*certificate), row.domains) << row.spec.names;
    }
    // Section 7.2.
    EXPECT_TRUE(has_domain({"a.example"}, "A.Example."));
    EXPECT_FALSE(has_domain({"*.example"}, "a.example"));
    EXPECT_FALSE(has_domain({"*.example"}, "*.example"));
    EXPECT_FALSE(has_domain({".example"}, "a.example"));
    EXPECT_FALSE(has_domain({"a.example"}, ""));
    EXPECT_TRUE(has_domain({"fd00::1"}, "[FD00:0::1]"));
}

}  // namespace
}  // namespace portcullis::transport::testing
