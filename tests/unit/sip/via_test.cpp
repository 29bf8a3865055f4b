// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/via.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

struct Good {
    const char* text;
    const char* transport;
    const char* host;
    int port;  // -1: none
    const char* branch;
    bool cookie;
    const char* received;
    bool has_rport;
    int rport;  // -1: none
    const char* printed;
};

class GoodVia : public testing::TestWithParam<Good> {};

TEST_P(GoodVia, IsTakenApart) {
    const auto& want = GetParam();
    const auto via = parse_via(want.text);
    ASSERT_TRUE(via);
    EXPECT_EQ(via->transport, want.transport);
    EXPECT_EQ(via->host, want.host);
    EXPECT_EQ(via->port ? *via->port : -1, want.port);
    EXPECT_EQ(via->branch, want.branch);
    EXPECT_EQ(via->has_cookie(), want.cookie);
    EXPECT_EQ(via->received, want.received);
    EXPECT_EQ(via->has_rport, want.has_rport);
    EXPECT_EQ(via->rport ? *via->rport : -1, want.rport);
    EXPECT_EQ(print(*via), want.printed);
}

// RFC 3261 section 20.42, RFC 3581 section 3, RFC 5118 section 4.5.
INSTANTIATE_TEST_SUITE_P(
    Values, GoodVia,
    testing::Values(
        Good{"SIP/2.0/UDP h.example", "UDP", "h.example", -1, "", false, "", false, -1,
             "SIP/2.0/UDP h.example"},
        Good{"SIP/2.0/UDP h:4000;ttl=16;maddr=224.2.0.1 ;branch=z9hG4bKa7.1", "UDP", "h", 4000,
             "z9hG4bKa7.1", true, "", false, -1,
             "SIP/2.0/UDP h:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7.1"},
        Good{"SIP / 2.0 / TLS first.example: 4000 ;branch=x", "TLS", "first.example", 4000, "x",
             false, "", false, -1, "SIP/2.0/TLS first.example:4000;branch=x"},
        Good{"SIP/2.0/UDP 192.0.2.1 ;rport;branch=z9hG4bK1", "UDP", "192.0.2.1", -1, "z9hG4bK1",
             true, "", true, -1, "SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1"},
        Good{"SIP/2.0/UDP 192.0.2.1;received=192.0.2.9;rport=9988", "UDP", "192.0.2.1", -1, "",
             false, "192.0.2.9", true, 9988, "SIP/2.0/UDP 192.0.2.1;received=192.0.2.9;rport=9988"},
        Good{"SIP/2.0/TCP [2001:db8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bK2", "TCP",
             "[2001:db8::9:1]", 5070, "z9hG4bK2", true, "[2001:db8::9:255]", false, -1,
             "SIP/2.0/TCP [2001:db8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bK2"},
        Good{"SIP/2.0/UDP h;branch=z9hG4bK", "UDP", "h", -1, "z9hG4bK", false, "", false, -1,
             "SIP/2.0/UDP h;branch=z9hG4bK"},
        Good{"SIP/2.0/UDP h;branch=z9hG4bK/a=b:c", "UDP", "h", -1, "z9hG4bK/a=b:c", true, "", false,
             -1, "SIP/2.0/UDP h;branch=z9hG4bK/a=b:c"},
        Good{"SIP/2.0/QUIC h;x=\"a;b\"", "QUIC", "h", -1, "", false, "", false, -1,
             "SIP/2.0/QUIC h;x=\"a;b\""}));

class BadVia : public testing::TestWithParam<const char*> {};

TEST_P(BadVia, IsRefused) { EXPECT_FALSE(parse_via(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Values, BadVia,
    testing::Values("", "SIP", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 h", "/2.0/UDP h",
                    "SIP/2.0/UDPh.example", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP h;",
                    "SIP/2.0/UDP h;;branch=x", "SIP/2.0/UDP h;branch", "SIP/2.0/UDP h;branch=",
                    "SIP/2.0/UDP h;branch=\"q\"", "SIP/2.0/UDP h;branch=a;branch=a",
                    "SIP/2.0/UDP h;rport=", "SIP/2.0/UDP h;rport=x", "SIP/2.0/UDP h;rport=70000",
                    "SIP/2.0/UDP h;received=no.name.here", "SIP/2.0/UDP h:", "SIP/2.0/UDP h:99999",
                    "SIP/2.0/UDP 2001:db8::1", "SIP/2.0/UDP [::1", "SIP/2.0/UDP a b",
                    "SIP/2.0/UDP h, SIP/2.0/UDP i"));

struct ReceivedCase {
    const char* via;
    const char* source;
    const char* want;
};

class ReceivedVia : public testing::TestWithParam<ReceivedCase> {};

TEST_P(ReceivedVia, NamesTheSource) {
    const auto via = parse_via(GetParam().via);
    const auto source = Endpoint::parse(GetParam().source);
    ASSERT_TRUE(via && source);
    std::string out;
    append_received(out, *via, *source);
    EXPECT_EQ(out, GetParam().want);
}

// RFC 3261 section 18.2.1; RFC 3581 section 4.
INSTANTIATE_TEST_SUITE_P(
    Rules, ReceivedVia,
    testing::Values(ReceivedCase{"SIP/2.0/UDP 192.0.2.1;branch=b", "192.0.2.1:5060",
                                 "SIP/2.0/UDP 192.0.2.1;branch=b"},
                    ReceivedCase{"SIP/2.0/UDP 10.0.0.1:5060;branch=b", "192.0.2.1:1024",
                                 "SIP/2.0/UDP 10.0.0.1:5060;branch=b;received=192.0.2.1"},
                    ReceivedCase{"SIP/2.0/UDP h.example;branch=b", "192.0.2.1:5060",
                                 "SIP/2.0/UDP h.example;branch=b;received=192.0.2.1"},
                    ReceivedCase{"SIP/2.0/UDP 192.0.2.1;rport;branch=b", "192.0.2.1:1024",
                                 "SIP/2.0/UDP 192.0.2.1;branch=b;received=192.0.2.1;rport=1024"},
                    ReceivedCase{"SIP/2.0/UDP 192.0.2.1;received=9.9.9.9;rport=7;branch=b",
                                 "192.0.2.1:1024",
                                 "SIP/2.0/UDP 192.0.2.1;branch=b;received=192.0.2.1;rport=1024"},
                    ReceivedCase{"SIP/2.0/UDP 192.0.2.1;received=9.9.9.9;branch=b",
                                 "192.0.2.1:1024", "SIP/2.0/UDP 192.0.2.1;branch=b"},
                    ReceivedCase{"SIP/2.0/UDP [2001:DB8::1];branch=b", "[2001:db8::1]:5060",
                                 "SIP/2.0/UDP [2001:DB8::1];branch=b"},
                    ReceivedCase{"SIP/2.0/UDP [2001:db8::1];branch=b", "[2001:db8::2]:5060",
                                 "SIP/2.0/UDP [2001:db8::1];branch=b;received=2001:db8::2"}));

}  // namespace
}  // namespace portcullis::sip
