// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/redirect.hpp"

#include <gtest/gtest.h>

#include "signaling/sip/parser.hpp"

namespace portcullis::sip {
namespace {

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) (RFC 3261 section 25.1).
TEST(Redirect, QValue) {
    struct Case {
        const char* text;
        int want;  // -1: refused
    };
    for (const auto& row : {Case{"0", 0},
                            {"1", 1000},
                            {"0.5", 500},
                            {"0.25", 250},
                            {"0.333", 333},
                            {"1.000", 1000},
                            {"0.", 0},
                            {"1.", 1000},
                            {"1.001", -1},
                            {"2", -1},
                            {"0.3333", -1},
                            {"", -1},
                            {".5", -1},
                            {"-0.5", -1},
                            {"0,5", -1},
                            {"0.x", -1},
                            {"00.5", -1}}) {
        const auto q = parse_qvalue(row.text);
        EXPECT_EQ(q ? int{*q} : -1, row.want) << row.text;
    }
}

MessagePtr moved(std::string_view contacts) {
    return *parse_message(
        "SIP/2.0 302 Moved Temporarily\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
        "From: <sip:a@harbour.example>;tag=1\r\nTo: <sip:b@exchange.example>;tag=2\r\n"
        "Call-ID: c\r\nCSeq: 1 INVITE\r\n" +
        std::string(contacts) + "\r\n");
}

std::string users(const Message& response) {
    std::string out;
    for (const auto& target : redirect_targets(response)) out += target.address.uri.user;
    return out;
}

// RFC 3261 section 8.1.3.4: by q; without one the best.
TEST(Redirect, Order) {
    EXPECT_EQ(users(*moved("")), "");
    EXPECT_EQ(users(*moved("Contact: *\r\n")), "");
    EXPECT_EQ(users(*moved("Contact: <sip:a@h.example>;q=0.1, <sip:b@h.example>\r\n"
                           "m: sip:c@h.example;q=0.9, \"q, too\" <sip:d@h.example;q=1>;Q=0.9\r\n")),
              "bcda");
    EXPECT_EQ(users(*moved("Contact: <sip:a@h.example>;q=7, <sip:b@h.example>;q=0.99\r\n")), "ab");
    EXPECT_EQ(users(*moved("Contact: nonsense, <sip:b@h.example>\r\n")), "b");
    EXPECT_EQ(users(*moved("Contact: <sip:a@h.example>, <sip:a@h.example>;q=0.1\r\n")), "a");
}

TEST(Redirect, NumberOfTargetsIsBounded) {
    std::string contacts;
    for (int i = 0; i < 100; ++i) contacts += "m: <sip:" + std::to_string(i) + "@h.example>\r\n";
    EXPECT_EQ(redirect_targets(*moved(contacts)).size(), 32U);
}

}  // namespace
}  // namespace portcullis::sip
