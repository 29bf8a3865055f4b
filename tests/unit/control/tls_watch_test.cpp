// SPDX-License-Identifier: BSD-2-Clause
// Our certificates on their way through a configuration: refused, swapped, expiring.
#include "signaling/control/tls_watch.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/transport/pki.hpp"

namespace portcullis::control {
namespace {

using transport::TlsProfiles;
using transport::testing::Pki;
using namespace std::chrono_literals;
using Clock = std::chrono::system_clock;

TEST(TlsAlarm, IsAtThirtySevenAndOneDay) {
    constexpr auto kNone = std::numeric_limits<std::int64_t>::max();
    const struct {
        Clock::duration left;
        std::int64_t days;
        std::int64_t level;
    } rows[] = {{24h * 400, 400, kNone},
                {24h * 30, 30, kNone},
                {24h * 30 - 1s, 29, 30},
                {24h * 7, 7, 30},
                {24h * 7 - 1s, 6, 7},
                {24h, 1, 7},
                {24h - 1s, 0, 1},
                {0s, 0, 1},
                {-1s, -1, 0}};
    const auto now = Clock::now();
    for (const auto& row : rows) {
        EXPECT_EQ(days_left(now + row.left, now), row.days);
        EXPECT_EQ(alarm_level(row.days), row.level) << row.days;
    }
}

class TlsConfiguration : public ::testing::Test {
 protected:
    TlsConfiguration() : own_(pki_.issue("own", {.common_name = "sbc"})) {
        document_.tls_profiles = {pki_.profile("outside", own_)};
        document_.realms.push_back({.name = "peer"});
        config::SipInterfaceConfig interface;
        interface.name = "peer-tls";
        interface.realm = "peer";
        interface.transports = {TransportKind::Tls};
        interface.tls_profile = "outside";
        document_.sip_interfaces = {interface};
        config::TrunkConfig trunk;
        trunk.name = "carrier";
        trunk.realm = "peer";
        trunk.gateways.resize(1);
        trunk.gateways[0].uri = {gateway_, TransportKind::Tls};
        document_.trunks = {trunk};
    }
    [[nodiscard]] transport::TlsTermsPtr terms(const std::string& trunk = {}) const {
        const auto loaded = TlsProfiles::load(document_);
        return loaded.profiles->terms({.interface = "peer-tls",
                                       .transport = TransportKind::Tls,
                                       .remote = trunk.empty() ? gateway_ : Endpoint{},
                                       .flow = {},
                                       .server_name = {},
                                       .connect_timeout = {},
                                       .trunk = trunk});
    }

    Pki pki_;
    transport::testing::CertificateFiles own_;
    config::Document document_;
    Endpoint gateway_ = *Endpoint::parse("198.18.1.2:5061");
};

TEST_F(TlsConfiguration, ProblemsPointAtTheirField) {
    EXPECT_TRUE(TlsProfiles::load(document_).problems.empty());
    auto unused = document_.tls_profiles[0];
    unused.name = "unused";
    unused.enabled = false;
    unused.certificate_file = "/nowhere";
    document_.tls_profiles.push_back(unused);
    EXPECT_TRUE(TlsProfiles::load(document_).problems.empty());
    document_.tls_profiles[0].private_key_file = "/nowhere";
    document_.trunks[0].tls.ca_file = own_.key;
    const auto loaded = TlsProfiles::load(document_);
    ASSERT_EQ(loaded.problems.size(), 2U);
    EXPECT_EQ(loaded.problems[0].pointer, "/tls_profiles/0/private_key_file");
    EXPECT_EQ(loaded.problems[1].pointer, "/trunks/0/tls/ca_file");
    ASSERT_NE(loaded.profiles->find("outside"), nullptr) << "its files may be mended";
    EXPECT_EQ(loaded.profiles->find("outside")->current(), nullptr);
}

TEST_F(TlsConfiguration, TermsAreTheTrunksElseTheInterfaces) {
    auto found = terms();
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found, found);
    EXPECT_TRUE(found->verify_chain && found->verify_name);
    EXPECT_EQ(found->profile->settings().name, "outside");
    const std::string plain_key = found->key;
    EXPECT_EQ(terms("carrier")->key, plain_key) << "by trunk or by address";
    EXPECT_EQ(terms("stranger"), nullptr);

    document_.trunks[0].tls.names = {"carrier.example"};
    found = terms("carrier");
    EXPECT_EQ(found->names, std::vector<std::string>{"carrier.example"});
    EXPECT_NE(found->key, plain_key) << "what was proved before may not be enough";

    document_.trunks[0].tls.names.clear();
    document_.trunks[0].tls.fingerprints = {std::string(64, 'A')};
    found = terms("carrier");
    EXPECT_EQ(found->fingerprints, std::vector<std::string>{std::string(64, 'a')});
    EXPECT_FALSE(found->verify_chain || found->verify_name) << "the pin is enough";

    document_.trunks[0].tls.ca_file = pki_.ca_file();
    found = terms("carrier");
    EXPECT_TRUE(found->verify_chain) << "unless an issuer is pinned as well";
    EXPECT_EQ(found->profile->settings().name, "outside@carrier");

    document_.trunks[0].tls = {};
    document_.tls_profiles[0].verify_server = false;
    EXPECT_FALSE(terms()->verify_chain || terms()->verify_name);
}

TEST_F(TlsConfiguration, TheWatchSwapsAndCounts) {
    const auto loaded = TlsProfiles::load(document_);
    boost::asio::io_context io;
    TlsWatch watch(io, [&] { return loaded.profiles; });
    const auto now = Clock::now();
    watch.look(now);
    ASSERT_EQ(watch.figures().size(), 1U);
    EXPECT_EQ(watch.figures()[0].fingerprint, own_.fingerprint);
    EXPECT_GT(watch.figures()[0].not_after, Clock::to_time_t(now));
    EXPECT_EQ(watch.figures()[0].swapped + watch.figures()[0].refused, 0U);

    const auto renewed = pki_.issue("own", {.common_name = "sbc"});
    watch.look(now);
    EXPECT_EQ(watch.figures()[0].swapped, 1U);
    EXPECT_EQ(watch.figures()[0].fingerprint, renewed.fingerprint);

    std::ofstream(own_.certificate) << "broken";
    watch.look(now);
    watch.look(now);
    EXPECT_EQ(watch.figures()[0].refused, 1U) << "told once";
    EXPECT_EQ(watch.figures()[0].fingerprint, renewed.fingerprint);
}

TEST(TlsWatchAlone, HasNothingToTell) {
    boost::asio::io_context io;
    TlsWatch watch(io, [] { return nullptr; });
    watch.start();
    EXPECT_TRUE(watch.figures().empty());
}

}  // namespace
}  // namespace portcullis::control
