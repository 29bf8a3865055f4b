// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/name_addr.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

struct Good {
    const char* text;
    const char* display;
    const char* uri;
    bool bracketed;
    const char* tag;
    const char* printed;
};

class GoodNameAddr : public testing::TestWithParam<Good> {};

TEST_P(GoodNameAddr, IsTakenApart) {
    const auto& want = GetParam();
    const auto value = parse_name_addr(want.text);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->display_text(), want.display);
    EXPECT_EQ(value->uri_text, want.uri);
    EXPECT_EQ(value->bracketed, want.bracketed);
    EXPECT_EQ(value->tag, want.tag);
    EXPECT_EQ(print(*value), want.printed);
}

// RFC 3261 sections 20.10, 20.20, 25.1.
INSTANTIATE_TEST_SUITE_P(
    Values, GoodNameAddr,
    testing::Values(
        Good{"sip:a@h", "", "sip:a@h", false, "", "<sip:a@h>"},
        Good{"sip:a@h;tag=x", "", "sip:a@h", false, "x", "<sip:a@h>;tag=x"},
        Good{"sip:a@h ; TAG = x", "", "sip:a@h", false, "x", "<sip:a@h>;TAG=x"},
        Good{"<sip:a@h;lr>", "", "sip:a@h;lr", true, "", "<sip:a@h;lr>"},
        Good{"<sip:a@h;tag=in>;tag=out", "", "sip:a@h;tag=in", true, "out",
             "<sip:a@h;tag=in>;tag=out"},
        Good{"A. G. Bell <sip:a@h>", "A. G. Bell", "sip:a@h", true, "", "A. G. Bell <sip:a@h>"},
        Good{"\"Bell, A\"<sip:a@h>;tag=1", "Bell, A", "sip:a@h", true, "1",
             "\"Bell, A\" <sip:a@h>;tag=1"},
        Good{"\"q\\\"<;tag=no>\\\\\" <sip:a@h>", "q\"<;tag=no>\\", "sip:a@h", true, "",
             "\"q\\\"<;tag=no>\\\\\" <sip:a@h>"},
        Good{"\"\" <sip:a@h>", "", "sip:a@h", true, "", "\"\" <sip:a@h>"},
        Good{"<tel:+15550100>;x;y=\"a;tag=b\"", "", "tel:+15550100", true, "",
             "<tel:+15550100>;x;y=\"a;tag=b\""},
        Good{"<sip:a,b?c@h?x=1>", "", "sip:a,b?c@h?x=1", true, "", "<sip:a,b?c@h?x=1>"},
        Good{"\xc3\x85sa <sip:a@h>", "\xc3\x85sa", "sip:a@h", true, "", "\xc3\x85sa <sip:a@h>"},
        Good{"<urn:service:sos>", "", "urn:service:sos", true, "", "<urn:service:sos>"}));

class BadNameAddr : public testing::TestWithParam<const char*> {};

TEST_P(BadNameAddr, IsRefused) { EXPECT_FALSE(parse_name_addr(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Values, BadNameAddr,
                         testing::Values("", "*", "\"a\"", "\"a <sip:a@h>", "\"a\" sip:a@h",
                                         "\"a\"b <sip:a@h>", "Bell, A <sip:a@h>", "<sip:a@h", "<>",
                                         "< sip:a@h>", "<sip:a@h >", "a@h", "<sip:a@h>;",
                                         "<sip:a@h>;;", "<sip:a@h>;tag",
                                         "<sip:a@h>;tag=", "<sip:a@h>;tag=\"q\"",
                                         "<sip:a@h>;tag=1;tag=2", "<sip:a@h>;tag=1;Tag=1",
                                         "<sip:a@h>x", "<sip:a@h>, <sip:b@h>", "sip:a@h, sip:b@h",
                                         "sip:a@h?x=1", "sip:a,b@h", "a>b <sip:a@h>",
                                         "<sip:a@h>;x=\"open", "<<sip:a@h>>"));

}  // namespace
}  // namespace portcullis::sip
