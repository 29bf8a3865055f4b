// SPDX-License-Identifier: BSD-2-Clause
// Header values of WWW-Authenticate and Authorization, as peers write them and as they must not.
#include "signaling/auth/auth_value.hpp"

#include <gtest/gtest.h>

#include "signaling/auth/challenge.hpp"
#include "signaling/auth/credentials.hpp"

namespace portcullis::auth::testing {
namespace {

struct ValueRow {
    const char* name;
    const char* text;
    bool good;
};

class AuthValueText : public ::testing::TestWithParam<ValueRow> {};

TEST_P(AuthValueText, IsReadOrRefused) {
    EXPECT_EQ(parse_auth_value(GetParam().text).has_value(), GetParam().good);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AuthValueText,
    ::testing::Values(ValueRow{"Plain", "Digest realm=\"a\", nonce=\"b\"", true},
                      ValueRow{"NoSpaceAfterComma", "Digest realm=\"a\",nonce=\"b\"", true},
                      ValueRow{"SpacesAround", "Digest  realm = \"a\" ,\tnonce = b ", true},
                      ValueRow{"CommaInside", "Digest realm=\"a, b=c\", nonce=\"b\"", true},
                      ValueRow{"EscapedQuote", R"(Digest realm="a\"b", nonce="c")", true},
                      ValueRow{"EmptyElement", "Digest realm=\"a\",, nonce=\"b\",", true},
                      ValueRow{"EmptyQuoted", "Digest opaque=\"\"", true},
                      ValueRow{"SchemeOnly", "Negotiate", true}, ValueRow{"Nothing", "", false},
                      ValueRow{"NoScheme", "=a", false},
                      ValueRow{"OpenQuote", "Digest realm=\"a, nonce=b", false},
                      ValueRow{"BehindQuote", "Digest realm=\"a\"b", false},
                      ValueRow{"NoValue", "Digest realm", false},
                      ValueRow{"EmptyValue", "Digest realm=", false},
                      ValueRow{"NoName", "Digest =\"a\"", false},
                      ValueRow{"Twice", "Digest realm=\"a\", REALM=\"b\"", false},
                      ValueRow{"Base64", "Basic QWxhZGRpbjpvcGVu", false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(AuthValue, FindsWithoutCaseAndWithoutQuotes) {
    const auto value = parse_auth_value(R"(digest Realm="a \"b\", c", ALGORITHM=MD5)");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->scheme, "digest");
    EXPECT_EQ(value->find("realm"), R"(a "b", c)");
    EXPECT_EQ(value->find("algorithm"), "MD5");
    EXPECT_EQ(value->find("nonce"), std::nullopt);
}

TEST(AuthValue, ParametersHaveALimit) {
    std::string text = "Digest a0=1";
    for (int i = 1; i < 32; ++i) text += ", a" + std::to_string(i) + "=1";
    EXPECT_TRUE(parse_auth_value(text));
    EXPECT_FALSE(parse_auth_value(text + ", a32=1"));
}

TEST(Challenge, IsReadAndWritten) {
    const auto read = parse_challenge(
        "Digest realm=\"atlanta.com\", domain=\"sip:boxesbybob.com\", qop=\"auth,auth-int\", "
        "nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=TRUE, algorithm=sha-256");
    ASSERT_TRUE(read && *read);
    const Challenge& challenge = **read;
    EXPECT_EQ(challenge.realm, "atlanta.com");
    EXPECT_EQ(challenge.nonce, "f84f1cec41e6cbe5aea9c8e88d359");
    EXPECT_EQ(challenge.opaque, "");
    EXPECT_TRUE(challenge.stale && challenge.qop_auth && challenge.qop_auth_int);
    EXPECT_EQ(challenge.algorithm, (Algorithm{Hash::Sha256, false}));
    EXPECT_EQ(print(challenge),
              "Digest realm=\"atlanta.com\", nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", "
              "opaque=\"\", algorithm=SHA-256, stale=true, qop=\"auth,auth-int\"");
}

TEST(Challenge, WhatNobodyKnowsIsPassedOverAndWhatIsBrokenIsRefused) {
    for (const char* const unknown :
         {"Basic realm=\"a\"", "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-3",
          "Digest realm=\"a\", nonce=\"b\", qop=\"auth-conf\""}) {
        const auto read = parse_challenge(unknown);
        EXPECT_TRUE(read && !*read) << unknown;
    }
    EXPECT_FALSE(parse_challenge("Digest realm=\"a\""));
    EXPECT_FALSE(parse_challenge("Digest nonce=\"a\""));
}

// RFC 3261 section 20.7, with the quirks of the field: qop and algorithm in quotes.
TEST(Credentials, AreReadAsPeersWriteThem) {
    const auto read = parse_credentials(
        "Digest username=\"bob\",realm=\"biloxi.com\",nonce=\"n\",uri=\"sip:bob@biloxi.com\","
        "qop=\"auth\",nc=0000000A,cnonce=\"0a4f113b\",algorithm=\"MD5\","
        "response=\"6629FAE49393A05397450978507C4EF1\",opaque=\"5c\"");
    ASSERT_TRUE(read && *read);
    const Credentials& credentials = **read;
    EXPECT_EQ(credentials.username, "bob");
    EXPECT_EQ(credentials.uri, "sip:bob@biloxi.com");
    EXPECT_EQ(credentials.qop, Qop::Auth);
    EXPECT_EQ(credentials.nonce_count(), 10U);
    EXPECT_EQ(credentials.nc, "0000000A") << "it is hashed as written";
    EXPECT_EQ(credentials.opaque, "5c");
    const auto again = parse_credentials(print(credentials));
    ASSERT_TRUE(again && *again);
    EXPECT_EQ(print(**again), print(credentials));
}

TEST(Credentials, ThatLackSomethingAreRefused) {
    const std::string all =
        "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"0\"";
    EXPECT_TRUE(parse_credentials(all));
    for (const char* const name : {"username", "realm", "nonce", "uri", "response"}) {
        std::string without = all;
        without.replace(without.find(name), 3, "xxx");
        EXPECT_FALSE(parse_credentials(without)) << name;
    }
    for (const char* const tail :
         {", qop=auth", ", qop=auth, nc=00000001", ", qop=auth, cnonce=\"c\"",
          ", qop=auth, cnonce=\"c\", nc=1", ", qop=auth, cnonce=\"c\", nc=0000000g",
          ", qop=auth, cnonce=\"c\", nc=-0000001"}) {
        EXPECT_FALSE(parse_credentials(all + tail)) << tail;
    }
    const auto unknown = parse_credentials(all + ", qop=auth-conf, nc=00000001, cnonce=\"c\"");
    EXPECT_TRUE(unknown && !*unknown);
    const auto empty = parse_credentials(all + ", qop=auth, nc=00000001, cnonce=\"\"");
    ASSERT_TRUE(empty && *empty);
    EXPECT_TRUE(parse_credentials(print(**empty))) << "an empty cnonce is still one";
}

}  // namespace
}  // namespace portcullis::auth::testing
