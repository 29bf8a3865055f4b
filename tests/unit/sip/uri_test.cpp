// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/uri.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

struct Good {
    const char* text;
    Scheme scheme;
    const char* user;
    const char* host;
    int port;  // -1: none
    const char* params;
    const char* headers;
};

class GoodUri : public testing::TestWithParam<Good> {};

TEST_P(GoodUri, IsTakenApartAndPrintedBack) {
    const auto& want = GetParam();
    const auto uri = parse_uri(want.text);
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->scheme, want.scheme);
    EXPECT_EQ(uri->user, want.user);
    EXPECT_EQ(uri->has_user, *want.user != '\0');
    EXPECT_EQ(uri->host, want.host);
    EXPECT_EQ(uri->port ? *uri->port : -1, want.port);
    EXPECT_EQ(uri->params.text(), want.params);
    EXPECT_EQ(uri->headers, want.headers);
    EXPECT_EQ(print(*uri), want.text);
}

// RFC 3261 section 19.1.3 forms, section 25.1 edges, RFC 3966.
INSTANTIATE_TEST_SUITE_P(
    Uris, GoodUri,
    testing::Values(
        Good{"sip:h.example", Scheme::Sip, "", "h.example", -1, "", ""},
        Good{"SIPS:a@h.example", Scheme::Sips, "a", "h.example", -1, "", ""},
        Good{"sip:a@h.example:5061;transport=tcp;lr", Scheme::Sip, "a", "h.example", 5061,
             "transport=tcp;lr", ""},
        Good{"sip:a@h.example?subject=x&priority=", Scheme::Sip, "a", "h.example", -1, "",
             "subject=x&priority="},
        Good{"sip:+1-212-555-1212:1234@gw.example;user=phone", Scheme::Sip, "+1-212-555-1212",
             "gw.example", -1, "user=phone", ""},
        Good{"sip:h.example;method=REGISTER?to=a%40b.example", Scheme::Sip, "", "h.example", -1,
             "method=REGISTER", "to=a%40b.example"},
        Good{"sip:a;day=tuesday@h.example", Scheme::Sip, "a;day=tuesday", "h.example", -1, "", ""},
        Good{"sip:a?b/c@h.example", Scheme::Sip, "a?b/c", "h.example", -1, "", ""},
        Good{"sip:1234#15551234@h.example", Scheme::Sip, "1234#15551234", "h.example", -1, "", ""},
        Good{"sip:a@h.example;lr;", Scheme::Sip, "a", "h.example", -1, "lr;", ""},
        Good{"sip:a@h.example;x=;lr", Scheme::Sip, "a", "h.example", -1, "x=;lr", ""},
        Good{"sip:a@h.example;x=?y=", Scheme::Sip, "a", "h.example", -1, "x=", "y="},
        Good{"sip:%00@192.0.2.4", Scheme::Sip, "%00", "192.0.2.4", -1, "", ""},
        Good{"sip:u@[2001:db8::1]", Scheme::Sip, "u", "[2001:db8::1]", -1, "", ""},
        Good{"sip:u@[2001:db8::1]:5070;maddr=[::1]", Scheme::Sip, "u", "[2001:db8::1]", 5070,
             "maddr=[::1]", ""},
        Good{"sip:u@host-1.a_b.example.", Scheme::Sip, "u", "host-1.a_b.example.", -1, "", ""},
        Good{"sip:u@localhost:0", Scheme::Sip, "u", "localhost", 0, "", ""},
        Good{"tel:+1-201-555-0123", Scheme::Tel, "+1-201-555-0123", "", -1, "", ""},
        Good{"tel:*69;phone-context=+1", Scheme::Tel, "*69", "", -1, "phone-context=+1", ""}));

class BadUri : public testing::TestWithParam<const char*> {};

TEST_P(BadUri, IsRefused) { EXPECT_FALSE(parse_uri(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Uris, BadUri,
    testing::Values("", "sip", "sip:", "sip:@h", "sip:a@", "sip:a@@h", "sip:a@h@i", "sip:a b@h",
                    "sip:a@h h", " sip:a@h", "sip:a@h ", "sip:a@h:", "sip:a@h:x", "sip:a@h:65536",
                    "sip:a@h:-1", "sip:a@h;;", "sip:a@h;;x", "sip:a@h;=x", "sip:a#b", "sip:a:b#@h",
                    "sip:a@h;x=#", "sip:a@h?", "sip:a@h?x", "sip:a@h?=x", "sip:a@h?x=1&",
                    "sip:a%4@h", "sip:a%zz@h", "sip:a@h;x=%4", "sip:a\"b@h", "sip:a<b@h",
                    "sip:a@[::1", "sip:a@::1", "sip:a@[1.2.3.4]", "sip:a@[::g]", "sip:a@[::1]x",
                    "sip:a@1.2.3", "sip:a@1.2.3.4.5", "sip:a@256.1.1.1", "sip:a@1.2.3.0004",
                    "sip:a@.h", "sip:a@h..i", "sip:a@h;x=a,b", "<sip:a@h>", "tel:", "tel:+",
                    "tel:+abc", "tel:12 34", "tel:+1;;", "1a:b", ":b", "a b:c", "http:", "http:a b",
                    "sip:a@h\r\n", "sip:a@h/path", "sip:a:b:c@h:1:2"));

TEST(Uri, TrailingSemicolonsAndEmptyValuesChangeNothing) {
    const auto bare = parse_uri("sip:a@h.example;");
    ASSERT_TRUE(bare);
    EXPECT_EQ(print(*bare), "sip:a@h.example");
    EXPECT_TRUE(equivalent(*bare, *parse_uri("sip:a@h.example")));
    const auto uri = parse_uri("sip:a@h.example;x=;lr;");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->params.get("x"), "");
    EXPECT_TRUE(uri->params.get("lr"));
    EXPECT_EQ(print_without(uri->params, "lr"), ";x=");
    EXPECT_TRUE(equivalent(*uri, *parse_uri("sip:a@h.example;lr;x=")));
    EXPECT_TRUE(equivalent(*parse_uri("sip:1#2@h.example"), *parse_uri("sip:1%232@h.example")));
}

TEST(Uri, OtherSchemesKeepTheirText) {
    const auto uri = parse_uri("urn:service:sos");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->scheme, Scheme::Other);
    EXPECT_EQ(uri->scheme_text, "urn");
    EXPECT_EQ(uri->opaque, "service:sos");
    EXPECT_EQ(print(*uri), "urn:service:sos");
}

TEST(Uri, PasswordAndEscapes) {
    const auto uri = parse_uri("sip:al%69ce:s%3Acret@h.example");
    ASSERT_TRUE(uri);
    EXPECT_TRUE(uri->has_password);
    EXPECT_EQ(uri->password, "s%3Acret");
    EXPECT_EQ(uri->user_text(), "alice");
    EXPECT_EQ(print(*uri), "sip:al%69ce:s%3Acret@h.example");
    EXPECT_FALSE(uri->address());
    EXPECT_EQ(parse_uri("sip:[::1]")->address(), IpAddress::parse("::1"));
}

TEST(Uri, PartsCanBeReplaced) {
    auto uri = *parse_uri("sip:a@inside.example:5070;lr");
    uri.host = "edge.example";
    uri.port.reset();
    EXPECT_EQ(print(uri), "sip:a@edge.example;lr");
}

}  // namespace
}  // namespace portcullis::sip
