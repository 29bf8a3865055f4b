// SPDX-License-Identifier: BSD-2-Clause
// What remains of an established call's INVITE still says who calls.
#include <gtest/gtest.h>

#include <string>

#include "signaling/b2bua/caller_text.hpp"
#include "signaling/headers/caller.hpp"
#include "signaling/sip/parser.hpp"

namespace portcullis::b2bua {
namespace {

const std::string kInvite =
    "INVITE sip:4930123@198.18.0.1:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.18.0.2:5070;branch=z9hG4bK1\r\n"
    "Via: SIP/2.0/UDP 198.18.0.9;branch=z9hG4bK0\r\n"
    "Record-Route: <sip:198.18.0.9;lr>\r\n"
    "f: \"Alice\" <sip:+49301@198.18.0.2>;tag=a1\r\n"
    "To: <sip:4930123@198.18.0.1>\r\n"
    "Call-ID: one@198.18.0.2\r\n"
    "CSeq: 7 INVITE\r\n"
    "Contact: <sip:alice@198.18.0.2:5070>\r\n"
    "Max-Forwards: 12\r\n"
    "P-Asserted-Identity: \"A. Smith\" <sip:+49302@example.com>\r\n"
    "Privacy: id\r\n"
    "Subject: nothing of the caller\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 4\r\n\r\nv=0\n";

TEST(CallerText, KeepsWhoCallsAndIsAMessageAgain) {
    const auto invite = sip::parse_message(kInvite);
    ASSERT_TRUE(invite);
    const auto text = caller_text(**invite);
    const auto kept = sip::parse_message(text);
    ASSERT_TRUE(kept) << kept.error().text() << "\n" << text;
    const auto& facts = (*kept)->essentials();
    EXPECT_EQ(facts.request_uri.host, "198.18.0.1");
    EXPECT_EQ(facts.from.display_text(), "Alice");
    EXPECT_EQ(facts.from_tag, "a1");
    EXPECT_EQ(facts.cseq.number, 7U);
    EXPECT_EQ(facts.max_forwards, 12U);
    EXPECT_EQ(facts.via_count, 1U);
    EXPECT_EQ((*kept)->header(sip::HeaderId::Privacy), "id");
    for (const auto id : {sip::HeaderId::From, sip::HeaderId::PAssertedIdentity}) {
        EXPECT_EQ((*kept)->header(id), (*invite)->header(id));
    }
    EXPECT_FALSE((*kept)->has(sip::HeaderId::Contact));
    EXPECT_FALSE((*kept)->has(sip::HeaderId::RecordRoute));
    EXPECT_FALSE((*kept)->has(sip::HeaderId::Subject));
    EXPECT_TRUE((*kept)->body().empty());
}

}  // namespace
}  // namespace portcullis::b2bua
