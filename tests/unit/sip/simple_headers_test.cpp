// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/simple_headers.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

struct NumberCase {
    const char* text;
    std::int64_t want;  // -1: refused
};

// RFC 3261 section 20.22.
TEST(SimpleHeaders, MaxForwards) {
    for (const auto& row : {NumberCase{"0", 0},
                            {"70", 70},
                            {" 0070 ", 70},
                            {"255", 255},
                            {"256", -1},
                            {"-1", -1},
                            {"+1", -1},
                            {"", -1},
                            {"7 0", -1},
                            {"99999999999999999999", -1}}) {
        const auto value = parse_max_forwards(row.text);
        EXPECT_EQ(value ? std::int64_t{*value} : -1, row.want) << row.text;
    }
}

// RFC 3261 section 20.19; RFC 3262 section 7.1.
TEST(SimpleHeaders, DeltaSecondsAndRseq) {
    for (const auto& row : {NumberCase{"0", 0},
                            {"3600", 3600},
                            {"4294967295", 4294967295},
                            {"4294967296", 4294967295},
                            {"99999999999999999999", 4294967295},
                            {"-1", -1},
                            {"", -1},
                            {"1;x", -1}}) {
        const auto value = parse_delta_seconds(row.text);
        EXPECT_EQ(value ? std::int64_t{*value} : -1, row.want) << row.text;
    }
    for (const auto& row : {NumberCase{"1", 1}, {"0", -1}, {"4294967296", -1}}) {
        const auto value = parse_rseq(row.text);
        EXPECT_EQ(value ? std::int64_t{*value} : -1, row.want) << row.text;
    }
}

// RFC 3261 section 20.16 and 8.1.1.5.
TEST(SimpleHeaders, CSeq) {
    for (const auto& row : {NumberCase{"0 INVITE", 0},
                            {"4711 \t INVITE", 4711},
                            {"2147483647 INVITE", 2147483647},
                            {"2147483648 INVITE", -1},
                            {"1INVITE", -1},
                            {"INVITE", -1},
                            {"1", -1},
                            {"1 ", -1},
                            {"1 IN VITE", -1},
                            {"-1 INVITE", -1},
                            {"0x1 INVITE", -1}}) {
        const auto value = parse_cseq(row.text);
        EXPECT_EQ(value ? std::int64_t{value->number} : -1, row.want) << row.text;
        if (value) {
            EXPECT_EQ(value->method, Method::Invite);
        }
    }
    EXPECT_EQ(print(CSeq{7, Method::Bye, "BYE"}), "7 BYE");
}

// RFC 3261 section 20.33.
TEST(SimpleHeaders, RetryAfter) {
    const auto full = parse_retry_after("120 (I'm in a (long) meeting);duration=3600;x");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->seconds, 120U);
    EXPECT_EQ(full->comment, "I'm in a (long) meeting");
    EXPECT_EQ(full->duration, 3600U);
    EXPECT_EQ(parse_retry_after("5")->seconds, 5U);
    EXPECT_EQ(parse_retry_after("949302838503028349304023988")->seconds, 4294967295U);
    for (const auto* bad : {"", "x", "5 (open", "5 x", "5;", "-5", "5 (\\"}) {
        EXPECT_FALSE(parse_retry_after(bad)) << bad;
    }
}

// RFC 3326.
TEST(SimpleHeaders, Reason) {
    const auto value = parse_reason("Q.850 ;cause=16 ;text=\"Terminated, done\"");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->protocol, "Q.850");
    EXPECT_EQ(value->cause, 16U);
    EXPECT_EQ(value->text, "\"Terminated, done\"");
    EXPECT_FALSE(parse_reason("SIP")->cause);
    EXPECT_FALSE(parse_reason("SIP;cause=x"));
    EXPECT_FALSE(parse_reason(";cause=1"));
    EXPECT_EQ(print_reason("SIP", 200, "Call completed elsewhere"),
              "SIP;cause=200;text=\"Call completed elsewhere\"");
    EXPECT_EQ(print_reason("Q.850", 16), "Q.850;cause=16");
}

// RFC 3262 section 7.2.
TEST(SimpleHeaders, RAck) {
    const auto value = parse_rack("776656 1 INVITE");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->rseq, 776656U);
    EXPECT_EQ(value->cseq.number, 1U);
    EXPECT_EQ(value->cseq.method, Method::Invite);
    EXPECT_EQ(print(*value), "776656 1 INVITE");
    for (const auto* bad : {"", "1", "1 1", "0 1 INVITE", "1 1INVITE"}) {
        EXPECT_FALSE(parse_rack(bad)) << bad;
    }
}

// RFC 3891 section 6.1; RFC 4538 section 7.
TEST(SimpleHeaders, DialogReferences) {
    const auto value = parse_replaces("98732@h ;from-tag=r33;to-tag=ae28 ;early-only");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->call_id, "98732@h");
    EXPECT_EQ(value->to_tag, "ae28");
    EXPECT_EQ(value->from_tag, "r33");
    EXPECT_TRUE(value->early_only);
    EXPECT_EQ(print_replaces(*value), "98732@h;to-tag=ae28;from-tag=r33;early-only");
    for (const auto* bad :
         {"", "c", "c;to-tag=1", "c;from-tag=1", ";to-tag=1;from-tag=2",
          "c;to-tag=1;to-tag=2;from-tag=3", "c;to-tag;from-tag=3", "a b;to-tag=1;from-tag=2"}) {
        EXPECT_FALSE(parse_replaces(bad)) << bad;
    }
    const auto target = parse_target_dialog("c;local-tag=l;remote-tag=r");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->to_tag, "l");
    EXPECT_EQ(target->from_tag, "r");
}

TEST(SimpleHeaders, SessionExpiresWarningMediaType) {
    const auto session = parse_session_expires("1800;refresher=uas");
    ASSERT_TRUE(session);
    EXPECT_EQ(session->seconds, 1800U);
    EXPECT_EQ(session->refresher, "uas");
    EXPECT_FALSE(parse_session_expires("x"));
    EXPECT_EQ(print_warning(370, "sbc.example", "Not \"enough\""),
              "370 sbc.example \"Not \\\"enough\\\"\"");
    const auto type = parse_media_type("Application / SDP ; charset=\"utf-8\"");
    ASSERT_TRUE(type);
    EXPECT_TRUE(type->is("application", "sdp"));
    EXPECT_EQ(type->params.text_of("charset"), "utf-8");
    for (const auto* bad : {"", "text", "text/", "/plain", "text/plain;", "text/a b"}) {
        EXPECT_FALSE(parse_media_type(bad)) << bad;
    }
}

}  // namespace
}  // namespace portcullis::sip
