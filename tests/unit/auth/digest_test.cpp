// SPDX-License-Identifier: BSD-2-Clause
// The computation, against the RFCs' examples and values computed by another implementation.
#include "signaling/auth/digest.hpp"

#include <gtest/gtest.h>

namespace portcullis::auth::testing {
namespace {

struct Row {
    const char* name;
    Algorithm algorithm;
    const char* username;
    const char* realm;
    const char* password;
    const char* nonce;
    const char* nc;
    const char* cnonce;
    Qop qop;
    const char* method;
    const char* uri;
    const char* body;
    const char* response;
};

constexpr const char* kNonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr const char* kCnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

class Response : public ::testing::TestWithParam<Row> {};

TEST_P(Response, IsAsComputedElsewhere) {
    const Row& row = GetParam();
    const auto key = password_hash(row.algorithm.hash, row.username, row.realm, row.password);
    EXPECT_EQ(digest_response({.algorithm = row.algorithm,
                               .qop = row.qop,
                               .password_hash = key,
                               .nonce = row.nonce,
                               .nc = row.nc,
                               .cnonce = row.cnonce,
                               .method = row.method,
                               .uri = row.uri,
                               .body = row.body}),
              row.response);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Response,
    ::testing::Values(
        // RFC 7616 section 3.9.1
        Row{"Rfc7616Md5",
            {Hash::Md5, false},
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
            kNonce,
            "00000001",
            kCnonce,
            Qop::Auth,
            "GET",
            "/dir/index.html",
            "",
            "8ca523f5e9506fed4657c9700eebdbec"},
        Row{"Rfc7616Sha256",
            {Hash::Sha256, false},
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
            kNonce,
            "00000001",
            kCnonce,
            Qop::Auth,
            "GET",
            "/dir/index.html",
            "",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
        Row{"Sha512_256",
            {Hash::Sha512_256, false},
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
            kNonce,
            "00000001",
            kCnonce,
            Qop::Auth,
            "GET",
            "/dir/index.html",
            "",
            "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0"},
        // RFC 2617 section 3.5
        Row{"Rfc2617",
            {Hash::Md5, false},
            "Mufasa",
            "testrealm@host.com",
            "Circle Of Life",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "00000001",
            "0a4f113b",
            Qop::Auth,
            "GET",
            "/dir/index.html",
            "",
            "6629fae49393a05397450978507c4ef1"},
        // RFC 2069 section 2.4, by its erratum 749
        Row{"Rfc2069",
            {Hash::Md5, false},
            "Mufasa",
            "testrealm@host.com",
            "CircleOfLife",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "",
            "",
            Qop::None,
            "GET",
            "/dir/index.html",
            "",
            "1949323746fe6a43ef61f9606e7febea"},
        Row{"AuthInt",
            {Hash::Sha256, false},
            "bob",
            "biloxi.com",
            "zanzibar",
            "abc",
            "00000002",
            "xyz",
            Qop::AuthInt,
            "INVITE",
            "sip:bob@biloxi.com",
            "v=0\r\n",
            "a90e6216f1b58a58c150d060cc9bbb16f2fd3f84af877dcad76c9f15beb4c7d2"},
        Row{"Session",
            {Hash::Md5, true},
            "bob",
            "biloxi.com",
            "zanzibar",
            "abc",
            "00000002",
            "xyz",
            Qop::Auth,
            "INVITE",
            "sip:bob@biloxi.com",
            "",
            "d82164dd19f261210ee93901e4546e8b"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Algorithm, NamesGoBothWays) {
    for (const char* const name :
         {"MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"}) {
        const auto algorithm = parse_algorithm(name);
        ASSERT_TRUE(algorithm) << name;
        EXPECT_EQ(name_of(*algorithm), name);
    }
    EXPECT_EQ(parse_algorithm("md5"), (Algorithm{Hash::Md5, false}));
    EXPECT_FALSE(parse_algorithm("SHA-512"));
    EXPECT_FALSE(parse_algorithm(""));
}

TEST(Compare, IsTrueForTheSameTextOnly) {
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace portcullis::auth::testing
