// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/refer_headers.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

// RFC 3515 section 2.1.
TEST(ReferTo, Targets) {
    const std::string_view blind = "\"Desk\" <sip:desk@exchange.example>;x=1";
    const auto refer = parse_refer_to(blind);
    ASSERT_TRUE(refer);
    EXPECT_EQ(refer->address.uri.user, "desk");
    EXPECT_EQ(refer->method, Method::Invite);
    EXPECT_FALSE(refer->replaces);
    const auto bye = parse_refer_to("<sip:desk@exchange.example;method=BYE>");
    ASSERT_TRUE(bye);
    EXPECT_EQ(bye->method, Method::Bye);
    EXPECT_EQ(parse_refer_to("sip:desk@exchange.example")->address.uri.user, "desk");
    EXPECT_EQ(parse_refer_to("tel:+15550100")->address.uri.scheme, Scheme::Tel);
}

// RFC 3891 section 3: the field is escaped within the URI (RFC 3261 section 19.1.1).
TEST(ReferTo, EmbeddedReplaces) {
    const std::string_view text =
        "<sip:desk@exchange.example?Subject=x&rEplaces=c1%40h.example%3Bto-tag%3Dt1%3B"
        "from-tag%3Df1%3Bearly-only&Require=replaces>";
    const auto refer = parse_refer_to(text);
    ASSERT_TRUE(refer);
    ASSERT_TRUE(refer->replaces);
    const auto reference = parse_replaces(*refer->replaces);
    ASSERT_TRUE(reference);
    EXPECT_EQ(reference->call_id, "c1@h.example");
    EXPECT_EQ(reference->to_tag, "t1");
    EXPECT_EQ(reference->from_tag, "f1");
    EXPECT_TRUE(reference->early_only);
    EXPECT_EQ(uri_header(refer->address.uri, "require"), "replaces");
    EXPECT_EQ(uri_header(refer->address.uri, "Call-ID"), std::nullopt);
    const auto printed = print_refer_to("sip:a@b.example", *reference);
    EXPECT_EQ(printed,
              "<sip:a@b.example?Replaces=c1%40h.example%3Bto-tag%3Dt1%3Bfrom-tag%3Df1%3B"
              "early-only>");
    EXPECT_EQ(parse_refer_to(std::string_view(printed))->replaces,
              "c1@h.example;to-tag=t1;from-tag=f1;early-only");
}

TEST(ReferTo, Refused) {
    struct Case {
        const char* why;
        const char* text;
    };
    for (const auto& row : {Case{"no URI", "desk"},
                            {"empty", ""},
                            {"RFC 3261 section 20: header fields need <>",
                             "sip:a@b.example?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2"},
                            {"two Replaces",
                             "<sip:a@b.example?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&"
                             "Replaces=d%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
                            {"the second spelled with an escape",
                             "<sip:a@b.example?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&"
                             "%52eplaces=d%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
                            {"RFC 3891 6.1: no tags", "<sip:a@b.example?Replaces=c>"},
                            {"line ends in the escaped value",
                             "<sip:a@b.example?Replaces=c%0D%0AX:y%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
                            {"NUL in the escaped value",
                             "<sip:a@b.example?Replaces=c%00%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
                            {"a method that is no token", "<sip:a@b.example;method=A[B]>"}}) {
        EXPECT_FALSE(parse_refer_to(std::string_view(row.text))) << row.why;
    }
}

// RFC 3261 section 19.1.1: what hvalue may not hold.
TEST(UriHeaders, AreEscaped) {
    std::string uri = "sip:a@b.example";
    append_uri_header(uri, "Call-Info", "<http://x>;a=\"b & c\"\r\n");
    append_uri_header(uri, "X", "");
    EXPECT_EQ(uri, "sip:a@b.example?Call-Info=%3Chttp://x%3E%3Ba%3D%22b%20%26%20c%22%0D%0A&X=");
    const auto parsed = parse_uri(std::string_view(uri));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(uri_header(*parsed, "call-info"), "<http://x>;a=\"b & c\"\r\n");
    EXPECT_EQ(uri_header(*parsed, "x"), "");
}

// RFC 3892 section 3.
TEST(ReferredBy, AddressAndToken) {
    const std::string_view text = "<sip:a@b.example>;cid=\"2UWQ.1@b.example\"";
    const auto value = parse_referred_by(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->address.uri.user, "a");
    EXPECT_EQ(value->cid, "2UWQ.1@b.example");
    EXPECT_EQ(parse_referred_by("sip:a@b.example")->cid, "");
    EXPECT_FALSE(parse_referred_by(""));
    EXPECT_FALSE(parse_referred_by("<sip:a@b.example>;cid=\"\""));
}

// RFC 4538 section 7.
TEST(TargetDialog, Printing) {
    EXPECT_EQ(print_target_dialog({"c", "l", "r", false}), "c;local-tag=l;remote-tag=r");
}

}  // namespace
}  // namespace portcullis::sip
