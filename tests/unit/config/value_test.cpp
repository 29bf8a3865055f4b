// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/value_codec.hpp"

#include <gtest/gtest.h>

#include "policy/config/dns_config.hpp"
#include "policy/config/text_types.hpp"

namespace portcullis::config {
namespace {

struct UriCase {
    const char* text;
    const char* canonical;  // nullptr: refused
};

class GatewayUriTest : public testing::TestWithParam<UriCase> {};

// RFC 3261 section 19.1: the subset that names an address.
TEST_P(GatewayUriTest, ReadsAndPrints) {
    const auto uri = ValueCodec<GatewayUri>::parse(Scalar(std::string(GetParam().text)));
    ASSERT_EQ(uri.has_value(), GetParam().canonical != nullptr);
    if (uri) {
        EXPECT_EQ(uri->text(), GetParam().canonical);
    } else {
        EXPECT_FALSE(uri.error().message.empty());
        EXPECT_FALSE(uri.error().hint.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Uris, GatewayUriTest,
    testing::Values(
        UriCase{"sip:198.18.0.2", "sip:198.18.0.2:5060;transport=udp"},
        UriCase{"SIP:198.18.0.2:5070", "sip:198.18.0.2:5070;transport=udp"},
        UriCase{"sip:198.18.0.2;Transport=TCP", "sip:198.18.0.2:5060;transport=tcp"},
        UriCase{"sip:[fd00::2]", "sip:[fd00::2]:5060;transport=udp"},
        UriCase{"sip:[fd00::2]:5080;transport=tcp", "sip:[fd00::2]:5080;transport=tcp"},
        UriCase{"sip:127.0.0.1:5070", "sip:127.0.0.1:5070;transport=udp"}, UriCase{"sip:", nullptr},
        UriCase{"sip:fd00::2", nullptr}, UriCase{"sip:198.18.0.2:", nullptr},
        UriCase{"sip:198.18.0.2:99999", nullptr}, UriCase{"sip:0.0.0.0", nullptr},
        UriCase{"sip:[::ffff:198.18.0.2]:5060", nullptr},
        // A host name keeps what RFC 3263 section 4 distinguishes: given, or left to DNS.
        UriCase{"sip:pbx", "sip:pbx"}, UriCase{"sip:dead.beef.example", "sip:dead.beef.example"},
        UriCase{"sip:Trunk.Example.COM.", "sip:trunk.example.com"},
        UriCase{"sip:trunk.example.com:5070", "sip:trunk.example.com:5070"},
        UriCase{"sip:trunk.example.com;transport=TCP", "sip:trunk.example.com;transport=tcp"},
        UriCase{"sip:trunk.example.com:5070;transport=udp",
                "sip:trunk.example.com:5070;transport=udp"},
        UriCase{"sip:trunk.example.com:0", nullptr}, UriCase{"sip:trunk.example.com:", nullptr},
        UriCase{"sip:trunk.example.com:sip", nullptr}, UriCase{"sip:-a.example", nullptr},
        UriCase{"sip:a..example", nullptr}, UriCase{"sip:198.18.0.300", nullptr},
        UriCase{"sip:trunk_1.example", nullptr}, UriCase{"sip:[trunk.example]", nullptr},
        UriCase{"sip:[fd00::2", nullptr}, UriCase{"sip:[fd00::2]5060", nullptr},
        UriCase{"sip:198.18.0.2;transport=tls", "sip:198.18.0.2:5061;transport=tls"},
        UriCase{"sip:198.18.0.2:443;transport=wss", "sip:198.18.0.2:443;transport=wss"},
        UriCase{"sip:198.18.0.2;transport=ws", "sip:198.18.0.2:80;transport=ws"},
        UriCase{"sip:198.18.0.2;transport=sctp", nullptr},
        UriCase{"sip:198.18.0.2;transport=", nullptr},
        UriCase{"sip:198.18.0.2;transport=udp;transport=tcp", nullptr},
        UriCase{"sip:198.18.0.2?Subject=x", nullptr}, UriCase{"sip:1@198.18.0.2", nullptr},
        UriCase{"tel:+4930", nullptr},
        // sips: is TLS on the way to the gateway (RFC 3261 26.2.2), whose port is 5061 (19.1.2).
        UriCase{"sips:198.18.0.2", "sips:198.18.0.2:5061;transport=tls"},
        UriCase{"sips:trunk.example.com", "sips:trunk.example.com"},
        UriCase{"sips:198.18.0.2;transport=udp", nullptr}));

struct HostCase {
    const char* text;
    bool valid;
};

class HostTest : public testing::TestWithParam<HostCase> {};

// RFC 3261 section 25.1: host = hostname / IPv4address / IPv6reference.
TEST_P(HostTest, IsJudged) {
    EXPECT_EQ(!kHostType.check(GetParam().text).has_value(), GetParam().valid) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, HostTest,
    testing::Values(HostCase{"example.com", true}, HostCase{"example.com.", true},
                    HostCase{"a", true}, HostCase{"sbc-1.example", true},
                    HostCase{"198.18.0.1", true}, HostCase{"[fd00::1]", true},
                    HostCase{"fd00::1", false}, HostCase{"[::ffff:198.18.0.1]", false},
                    HostCase{"198.18.0", false}, HostCase{"198.18.0.300", false},
                    HostCase{"-a.example", false}, HostCase{"a-.example", false},
                    HostCase{"a..example", false}, HostCase{".example", false},
                    HostCase{".", false}, HostCase{"a_b", false}, HostCase{"a b", false},
                    HostCase{"sip:a", false}, HostCase{"a:5060", false}));

TEST(Cidr, HintsNameThePrefixThatWasMeant) {
    const auto v4 = ValueCodec<Cidr>::parse(Scalar(std::string("198.18.7.9/21")));
    ASSERT_FALSE(v4);
    EXPECT_EQ(v4.error().hint, "write 198.18.0.0/21, or 198.18.7.9 for the address alone");
    const auto v6 = ValueCodec<Cidr>::parse(Scalar(std::string("fd00:18::9/64")));
    ASSERT_FALSE(v6);
    EXPECT_EQ(v6.error().hint, "write fd00:18::/64, or fd00:18::9 for the address alone");
}

// RFC 4291 section 2.5.5.2: no packet carries this form, so nothing would ever match it.
TEST(MappedAddress, IsRefusedWithItsIpv4Spelling) {
    const auto address = ValueCodec<IpAddress>::parse(Scalar(std::string("::ffff:203.0.113.9")));
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().hint, "write 203.0.113.9");
    const auto prefix = ValueCodec<Cidr>::parse(Scalar(std::string("::ffff:203.0.113.0/120")));
    ASSERT_FALSE(prefix);
    EXPECT_EQ(prefix.error().hint, "write 203.0.113.0/24");
    const auto alone = ValueCodec<Cidr>::parse(Scalar(std::string("::ffff:cb00:7109")));
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().hint, "write 203.0.113.9/32");
    const auto uri = ValueCodec<GatewayUri>::parse(Scalar(std::string("sip:[::ffff:203.0.113.9]")));
    ASSERT_FALSE(uri);
    EXPECT_EQ(uri.error().hint, "write 203.0.113.9");
    EXPECT_EQ(kHostType.check("[::ffff:203.0.113.9]")->hint, "write 203.0.113.9");
    EXPECT_TRUE(ValueCodec<Cidr>::parse(Scalar(std::string("::/0"))));
}

TEST(GatewayUri, SaysWhatItsHostIs) {
    const auto parse = [](const char* text) {
        return ValueCodec<GatewayUri>::parse(Scalar(std::string(text))).value_or(GatewayUri{});
    };
    const GatewayUri name = parse("sip:trunk.example.com:5070;transport=tcp");
    EXPECT_TRUE(name.is_name());
    EXPECT_EQ(name.name, "trunk.example.com");
    EXPECT_EQ(name.port, 5070);
    EXPECT_EQ(name.named_transport, TransportKind::Tcp);
    EXPECT_TRUE(name.endpoint.address.is_unspecified());
    const GatewayUri bare = parse("sip:trunk.example.com");
    EXPECT_EQ(bare.port, std::nullopt);
    EXPECT_EQ(bare.named_transport, std::nullopt);
    const GatewayUri address = parse("sip:198.18.0.2");
    EXPECT_FALSE(address.is_name());
    EXPECT_EQ(address.endpoint, Endpoint::parse("198.18.0.2:5060"));
    EXPECT_EQ(address, (GatewayUri{*Endpoint::parse("198.18.0.2:5060"), TransportKind::Udp}));
}

TEST(DnsServer, HasPort53UnlessItIsWritten) {
    const auto print = [](const char* text) {
        const auto server = ValueCodec<DnsServer>::parse(Scalar(std::string(text)));
        return server ? std::get<std::string>(ValueCodec<DnsServer>::print(*server))
                      : "refused: " + server.error().hint;
    };
    EXPECT_EQ(print("198.18.0.53"), "198.18.0.53");
    EXPECT_EQ(print("198.18.0.53:53"), "198.18.0.53");
    EXPECT_EQ(print("198.18.0.53:5353"), "198.18.0.53:5353");
    EXPECT_EQ(print("fd00::53"), "fd00::53");
    EXPECT_EQ(print("[fd00::53]:5353"), "[fd00::53]:5353");
    EXPECT_EQ(print("127.0.0.53"), "127.0.0.53");  // systemd-resolved and other local caches
    for (const char* bad : {"ns.example.com", "198.18.0.53:0", "0.0.0.0", "224.0.0.251:5353", ""}) {
        EXPECT_TRUE(print(bad).starts_with("refused: ")) << bad;
    }
}

}  // namespace
}  // namespace portcullis::config
