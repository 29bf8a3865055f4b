// SPDX-License-Identifier: BSD-2-Clause
// Identity and Date (RFC 8224): passed only where what they sign is still true.
#include "signaling/headers/signature.hpp"

#include <gtest/gtest.h>

#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

std::string base64url(std::string_view text) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        held = (held << 8U) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) out += kDigits[(held >> (bits - 6)) & 63U];
    }
    if (bits > 0) out += kDigits[(held << (6 - bits)) & 63U];
    return out;
}

std::string passport(std::string_view claims) {
    return base64url(R"({"alg":"ES256","ppt":"shaken","typ":"passport"})") + "." +
           base64url(claims) + ".c2lnbmF0dXJl";
}

const std::string kClaims =
    R"({"attest":"A","dest":{"tn":["4930222"]},"iat":1,"orig":{"tn":"4940111"},"origid":"x"})";
const std::string kParams = ";info=<https://cert.example/a.cer>;alg=ES256;ppt=\"shaken\"";
const std::string kGood = passport(kClaims) + kParams;

struct SignatureCase {
    const char* name;
    std::string identity;
    bool passes;
    std::string calling{};
    std::string called{};
};

std::ostream& operator<<(std::ostream& out, const SignatureCase& row) { return out << row.name; }

const SignatureCase kCases[] = {
    {"RFC 8224 4: both numbers are unchanged", kGood, true},
    {"RFC 8224 8.3: written otherwise, the same numbers", kGood, true, "49-40(111)", "4930222"},
    {"RFC 8224 8.3: another caller", kGood, false, "+4940112", {}},
    {"RFC 8224 8.3: another target", kGood, false, {}, "030222"},
    {"RFC 8224 8.3: a caller without a number", kGood, false, "alice", {}},
    {"RFC 8225 5.2.1: it signs another caller",
     passport(R"({"dest":{"tn":["4930222"]},"iat":1,"orig":{"tn":"4940999"}})") + kParams, false},
    {"RFC 8225 5.2.1: it signs URIs, whose hosts change",
     passport(R"({"dest":{"uri":["sip:b@far.example"]},"iat":1,"orig":{"uri":"sip:a@b"}})") +
         kParams,
     false},
    {"RFC 8225 5.2.2: it signs media keys, which change",
     passport(R"({"dest":{"tn":["4930222"]},"iat":1,"mky":[],"orig":{"tn":"4940111"}})") + kParams,
     false},
    {"RFC 8225 7: the compact form, which the verifier fills in", "..c2lnbmF0dXJl" + kParams, true},
    {"RFC 8225 7: the compact form over a changed number",
     "..c2lnbmF0dXJl" + kParams,
     false,
     {},
     "030222"},
    {"RFC 8224 4.1: nobody knows the certificate", passport(kClaims) + ";alg=ES256", false},
    {"RFC 8224 4.1: no signature", base64url("{}") + "." + base64url(kClaims) + kParams, false},
    {"not base64url", "a!b." + base64url(kClaims) + ".x" + kParams, false},
    {"not JSON", passport("sip:pbx.example") + kParams, false},
    {"RFC 4474: the form before", "\"c2lnbmF0dXJl\"" + kParams, false},
};

class Signature : public testing::TestWithParam<SignatureCase> {};
TEST_P(Signature, IsJudged) {
    const auto& row = GetParam();
    const auto message = make_message(
        "INVITE", "Identity: " + row.identity + "\nDate: Sun, 21 Jun 2015 19:12:25 GMT");
    ASSERT_NE(message, nullptr);
    PassContext context;
    context.calling = row.calling;
    context.called = row.called;
    const auto passed = in_lines(crossed(*message, {}, context));
    // RFC 8224 4.1: Date goes where the signature goes.
    EXPECT_EQ(passed, row.passes
                          ? "Identity: " + row.identity + "\nDate: Sun, 21 Jun 2015 19:12:25 GMT"
                          : "");
}
INSTANTIATE_TEST_SUITE_P(Rows, Signature, testing::ValuesIn(kCases));

TEST(Signatures, FollowPolicyAndPrivacy) {
    const auto message = make_message("INVITE", "Identity: " + kGood);
    EXPECT_EQ(crossed(*message, {kTrusted, kUntrusted, {}, {}}).size(), 0U);
    EXPECT_EQ(crossed(*message, {kUntrusted, kTrusted, {}, {}}).size(), 0U);
    const Sides told{kTrusted, kUntrusted, {}, {.signature = config::HeaderUse::Pass}};
    EXPECT_EQ(crossed(*message, told).size(), 1U);
    // A hidden caller's number is in the signed text.
    EXPECT_EQ(crossed(*make_message("INVITE", "Privacy: id\nIdentity: " + kGood), told).size(), 0U);
    EXPECT_EQ(in_lines(crossed(*make_message("INVITE", "Date: Sun, 21 Jun 2015 19:12:25 GMT"), {})),
              "");
}

TEST(Date, HasOneForm) {
    EXPECT_TRUE(is_sip_date("Sun, 21 Jun 2015 19:12:25 GMT"));  // RFC 3261 25.1
    EXPECT_FALSE(is_sip_date("Sun, 21 Jun 2015 19:12:25 pbx"));
    EXPECT_FALSE(is_sip_date("Sun, 21 Jun 2015 19:12:25 GMT pbx.example"));
    EXPECT_FALSE(is_sip_date(""));
}

}  // namespace
}  // namespace portcullis::headers
