// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/sipfrag.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

struct Case {
    std::string_view body;
    int status;  // 0: refused
    std::string_view reason;
};

// RFC 3420 section 2, RFC 3515 section 2.4.4.
TEST(SipFrag, StatusLine) {
    for (const auto& row : {Case{"SIP/2.0 100 Trying\r\n", 100, "Trying"},
                            {"SIP/2.0 100 Trying", 100, "Trying"},
                            {"sip/2.0 486 Busy Here\n", 486, "Busy Here"},
                            {"SIP/2.0 503\r\n", 503, ""},
                            {"SIP/2.0 200 OK\r\nContact: <sip:a@b.example>\r\n\r\n", 200, "OK"},
                            {"SIP/2.0 699 \xc3\xa9", 699, "\xc3\xa9"},
                            {"", 0, ""},
                            {"SIP/2.0\r\n", 0, ""},
                            {"SIP/2.0 99 x", 0, ""},
                            {"SIP/2.0 700 x", 0, ""},
                            {"SIP/2.0 2000 x", 0, ""},
                            {"SIP/2.0 20x OK", 0, ""},
                            {"SIP/3.0 200 OK", 0, ""},
                            {std::string_view("SIP/2.0 200 O\0K", 15), 0, ""},
                            {"SIP/2.0 200 O\rK", 0, ""},
                            {"INVITE sip:a@b.example SIP/2.0\r\n", 0, ""},
                            {"\r\nSIP/2.0 200 OK", 0, ""}}) {
        const auto frag = parse_sipfrag(row.body);
        EXPECT_EQ(frag ? frag->status : 0, row.status) << row.body;
        if (frag) {
            EXPECT_EQ(frag->reason, row.reason) << row.body;
        }
    }
}

TEST(SipFrag, Print) {
    EXPECT_EQ(print_sipfrag(180), "SIP/2.0 180 Ringing\r\n");
    EXPECT_EQ(print_sipfrag(503, "No\r\nway"), "SIP/2.0 503 No  way\r\n");
}

}  // namespace
}  // namespace portcullis::sip
