// SPDX-License-Identifier: BSD-2-Clause
// The scanner against the parser: for every message that parses, both see the same fields.
#include "signaling/shard/message_scanner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "signaling/sip/parser.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::shard {
namespace {

void expect_agreement(const std::string& raw) {
    const auto parsed = sip::parse_message(raw);
    ASSERT_TRUE(parsed) << parsed.error().text() << "\n" << raw;
    const sip::Message& message = **parsed;
    const Scan found = scan(raw);
    const auto& facts = message.essentials();
    EXPECT_EQ(found.is_response, message.is_response()) << raw;
    if (message.is_request()) {
        EXPECT_EQ(found.method, message.method_text()) << raw;
    }
    EXPECT_EQ(found.top_branch, facts.top_via.branch) << raw;
    EXPECT_EQ(found.call_id, facts.call_id) << raw;
    EXPECT_EQ(found.to_tag, facts.to_tag) << raw;
    EXPECT_EQ(found.to_uri, facts.to.uri_text) << raw;
}

struct Shape {
    const char* name;
    const char* raw;
};

class ShapeTest : public testing::TestWithParam<Shape> {};

TEST_P(ShapeTest, SeesWhatTheParserSees) { expect_agreement(GetParam().raw); }

#define REST "From: <sip:a@x>;tag=f1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\r\n"
INSTANTIATE_TEST_SUITE_P(
    Shapes, ShapeTest,
    testing::Values(
        Shape{"plain",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKabc\r\nCall-ID: c@h\r\n"
              "To: <sip:b@y>;tag=t1\r\n" REST},
        Shape{"compact_7.3.3",
              "INVITE sip:b@y SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKabc\r\ni: c@h\r\n"
              "t: sip:b@y;tag=t1\r\n" REST},
        Shape{"folded_7.3.1",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n ;branch\r\n\t=z9hG4bKabc\r\n"
              "Call-ID:\r\n c@h\r\nTo: \"B\"\r\n <sip:b@y>\r\n ; tag=t1\r\n" REST},
        Shape{
            "blank_before_colon_7.3.1",
            "INVITE sip:b@y SIP/2.0\r\nVia : SIP/2.0/UDP h;branch=z9hG4bKabc\r\nCALL-ID\t: c@h\r\n"
            "to  :  <sip:b@y>;tag=t1\r\n" REST},
        Shape{"via_list_20.42",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP "
              "g;branch=z9hG4bK2\r\nVia: SIP/2.0/UDP e;branch=z9hG4bK3\r\nCall-ID: c@h\r\n"
              "To: <sip:b@y>\r\n" REST},
        Shape{"quoted_tag_is_no_tag",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: c@h\r\n"
              "To: \"x;tag=no <sip:q> \\\"\" <sip:b@y;tag=uri>;x=\"a;tag=n\";tag=t1\r\n" REST},
        Shape{"tag_in_uri_is_no_tag",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: c@h\r\n"
              "To: <sip:b@y;tag=uri>\r\n" REST},
        Shape{"leading_crlf_7.5",
              "\r\n\r\nINVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
              "Call-ID: c@h\r\nTo: <sip:b@y>\r\n" REST},
        Shape{
            "no_branch_rfc2543",
            "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nCall-ID: c@h\r\nTo: sip:b@y\r\n" REST},
        Shape{"response",
              "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;rport=5;branch=z9hG4bK1\r\nCall-ID: c@h\r\n"
              "To: <sip:b@y>;tag=t1\r\n" REST},
        Shape{"headers_in_the_body_do_not_count",
              "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: c@h\r\n"
              "To: <sip:b@y>\r\nContent-Length: 21\r\n" REST "To: <sip:x>;tag=body\r"}),
    [](const auto& shape) {
        std::string name = shape.param.name;
        for (char& c : name) {
            if (c == '.') c = '_';
        }
        return name;
    });

// Random mixtures of the shapes above.
TEST(MessageScanner, AgreesWithTheParserOnRandomMessages) {
    std::mt19937 random(3261);
    const auto pick = [&random](const std::vector<std::string>& from) -> const std::string& {
        return from[random() % from.size()];
    };
    const std::vector<std::string> vias{"Via: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bKa;rport",
                                        "v:SIP/2.0/TCP [fd00::1];x=\"b;branch=no\";branch=z9hG4bKb",
                                        "VIA :  SIP / 2.0 / UDP h\r\n  ; Branch = z9hG4bKc",
                                        "Via: SIP/2.0/UDP a;branch=1,SIP/2.0/UDP b;branch=2"};
    const std::vector<std::string> tos{"To: <sip:b@y>", "t: sip:b@y;tag=77",
                                       "To: \"a, b\" <sip:b@y;transport=udp>;tag=x;y=z",
                                       "TO : B\r\n <sips:b@y>\r\n\t;TAG=q", "To: tel:+1;tag=5"};
    const std::vector<std::string> ids{"Call-ID: 1@a", "i:2", "call-id :\r\n 3@b"};
    const std::vector<std::string> extras{
        "", "Subject: To: <sip:z>;tag=no\r\n", "X-Via: SIP/2.0/UDP q;branch=no\r\n",
        "Replaces: c;to-tag=1;from-tag=2;early-only\r\n", "Contact: <sip:a@b;tag=no>\r\n"};
    for (int i = 0; i < 5000; ++i) {
        std::vector<std::string> lines{pick(vias) + "\r\n",         pick(tos) + "\r\n",
                                       pick(ids) + "\r\n",          pick(extras),
                                       "From: <sip:a@x>;tag=f\r\n", "CSeq: 9 INVITE\r\n"};
        std::shuffle(lines.begin(), lines.end(), random);
        std::string raw = "INVITE sip:b@y SIP/2.0\r\n";
        for (const auto& line : lines) raw += line;
        expect_agreement(raw + "\r\n");
    }
}

TEST(MessageScanner, SurvivesAnyBytes) {
    std::mt19937 random(99);
    const std::string base =
        "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCall-ID: c@h\r\n"
        "To: \"q\" <sip:b@y>;tag=\"t\r\nReplaces: a;to-tag=b\r\n\r\n";
    for (int i = 0; i < 50'000; ++i) {
        std::string raw = base;
        for (int n = 0; n < 5; ++n) raw[random() % raw.size()] = static_cast<char>(random());
        raw.resize(random() % (raw.size() + 1));
        const Scan found = scan(raw);
        for (const auto view : {found.method, found.top_branch, found.call_id, found.to_tag}) {
            ASSERT_LE(view.size(), raw.size());
        }
    }
}

}  // namespace
}  // namespace portcullis::shard
