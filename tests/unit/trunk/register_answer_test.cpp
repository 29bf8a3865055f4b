// SPDX-License-Identifier: BSD-2-Clause
// What is read out of a response to REGISTER.
#include "signaling/trunk/register_answer.hpp"

#include <gtest/gtest.h>

#include "signaling/sip/parser.hpp"

namespace portcullis::trunk {
namespace {

constexpr std::string_view kContact = "sip:4930@198.18.1.1:5060";

RegisterAnswer read(const std::string& status, const std::string& headers,
                    std::string_view contact = kContact) {
    const auto message = sip::parse_message(
        "SIP/2.0 " + status +
        "\r\nVia: SIP/2.0/UDP 198.18.1.1:5060;branch=z9hG4bK00aaaaaaaaaaaaaaaaaaaa\r\n"
        "From: <sip:4930@carrier.example.com>;tag=a\r\nTo: <sip:4930@carrier.example.com>;tag=b\r\n"
        "Call-ID: c\r\nCSeq: 1 REGISTER\r\n" +
        headers + "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(message);
    return message ? read_register_answer(**message, contact) : RegisterAnswer{};
}

struct Expiry {
    const char* name;
    const char* headers;
    std::optional<std::uint32_t> contact;
    std::optional<std::uint32_t> header;
};

// RFC 3261 section 10.2.4: the 200 lists every binding of the address of record.
const Expiry kExpiries[] = {
    {"None", "", {}, {}},
    {"OfTheHeader", "Expires: 600\r\n", {}, 600},
    {"OfOurContact", "Contact: <sip:4930@198.18.1.1:5060>;expires=300\r\n", 300, {}},
    {"OfOursAmongOthers",
     "Contact: <sip:other@198.18.9.9>;expires=20, <sip:4930@198.18.1.1:5060>;expires=300\r\n"
     "Contact: <sip:4930@198.18.1.9:5060>;expires=10\r\nExpires: 600\r\n",
     300, 600},
    {"OfOthersOnly", "Contact: <sip:other@198.18.9.9>;expires=20\r\nExpires: 600\r\n", {}, 600},
    {"WithQValueAndInstance",
     "Contact: <sip:4930@198.18.1.1:5060>;q=0.5;expires=\"300\";+sip.instance=\"<urn:x>\"\r\n",
     300,
     {}},
    {"WithAnAddedParameter", "Contact: <sip:4930@198.18.1.1:5060;ob>;expires=300\r\n", 300, {}},
    {"WithoutTime", "Contact: <sip:4930@198.18.1.1:5060>\r\n", {}, {}},
    {"NoNumber", "Contact: <sip:4930@198.18.1.1:5060>;expires=soon\r\nExpires: later\r\n", {}, {}},
    {"Star", "Contact: *\r\n", {}, {}},
    {"Malformed", "Contact: <sip:4930@198.18.1.1:5060\r\n", {}, {}},
};

class Expiries : public ::testing::TestWithParam<Expiry> {};

TEST_P(Expiries, AreRead) {
    const auto answer = read("200 OK", GetParam().headers);
    EXPECT_EQ(answer.contact_expires, GetParam().contact);
    EXPECT_EQ(answer.expires, GetParam().header);
}

INSTANTIATE_TEST_SUITE_P(RegisterAnswer, Expiries, ::testing::ValuesIn(kExpiries),
                         [](const auto& row) { return row.param.name; });

TEST(RegisterAnswer, FindsTheContactOfManyNumbers) {
    const auto answer = read("200 OK", "Contact: <sip:198.18.1.1:5060;bnc>;expires=300\r\n",
                             "sip:198.18.1.1:5060;bnc");
    EXPECT_EQ(answer.contact_expires, 300U);
}

// RFC 3608, RFC 7315; Path (RFC 3327) is for those before us.
TEST(RegisterAnswer, KeepsRoutesAndIdentitiesInOrder) {
    const auto answer =
        read("200 OK",
             "Service-Route: <sip:orig@edge.example.com;lr>, <sip:core.example.com;lr>\r\n"
             "Service-Route: <sip:last.example.com;lr>\r\n"
             "Path: <sip:not.ours.example.com;lr>\r\n"
             "P-Associated-URI: <sip:4930@carrier.example.com>, <tel:+4930>\r\n");
    EXPECT_EQ(answer.service_route,
              (std::vector<std::string>{"<sip:orig@edge.example.com;lr>",
                                        "<sip:core.example.com;lr>", "<sip:last.example.com;lr>"}));
    EXPECT_EQ(answer.associated_uris,
              (std::vector<std::string>{"<sip:4930@carrier.example.com>", "<tel:+4930>"}));
}

TEST(RegisterAnswer, KeepsChallengesApart) {
    const auto answer = read("407 Proxy Authentication Required",
                             "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n"
                             "Proxy-Authenticate: Digest realm=\"b\", nonce=\"2\"\r\n"
                             "Proxy-Authenticate: Digest realm=\"c\", nonce=\"3\"\r\n");
    EXPECT_EQ(answer.code, 407);
    EXPECT_EQ(answer.www_challenges.size(), 1U);
    EXPECT_EQ(answer.proxy_challenges.size(), 2U);
}

TEST(RegisterAnswer, ReadsWhatItIsToWaitFor) {
    EXPECT_EQ(read("423 Interval Too Brief", "Min-Expires: 1800\r\n").min_expires, 1800U);
    EXPECT_EQ(read("503 Busy", "Retry-After: 20 (soon);duration=5\r\n").retry_after, 20U);
    EXPECT_FALSE(read("503 Busy", "Retry-After: tomorrow\r\n").retry_after);
}

}  // namespace
}  // namespace portcullis::trunk
