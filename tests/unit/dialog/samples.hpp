// SPDX-License-Identifier: BSD-2-Clause
// Messages that make and use dialogs, and the dialogs made from them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "signaling/dialog/dialog.hpp"
#include "signaling/sip/parser.hpp"

namespace portcullis::dialog::testing {

inline sip::MessagePtr parse(const std::string& text) {
    auto message = sip::parse_message(text);
    EXPECT_TRUE(message) << text;
    return message ? *message : nullptr;
}

struct Lines {
    std::string uri = "sip:b@198.18.0.1";
    std::string to_tag = {};
    std::string from_tag = "from1";
    std::string contact = "Contact: <sip:a@198.18.0.2:5070>\r\n";
    std::string routes = {};
    std::string method = "INVITE";
    int cseq = 10;
    std::string from = "\"Al, \\\"A\\\"\" <sip:a@pbx.example>";
    std::string to = "<sip:b@sbc.example;user=phone>";
};

inline std::string common(const Lines& o) {
    return "Via: SIP/2.0/UDP 198.18.0.2;branch=z9hG4bK1\r\n" + o.routes + "From: " + o.from +
           (o.from_tag.empty() ? "" : ";tag=" + o.from_tag) + "\r\nTo: " + o.to +
           (o.to_tag.empty() ? "" : ";tag=" + o.to_tag) +
           "\r\nCall-ID: call-1\r\nCSeq: " + std::to_string(o.cseq) + " " + o.method + "\r\n" +
           o.contact + "\r\n";
}
inline sip::MessagePtr request(const Lines& o = {}) {
    return parse(o.method + " " + o.uri + " SIP/2.0\r\nMax-Forwards: 70\r\n" + common(o));
}
inline sip::MessagePtr response(int code, Lines o = {}) {
    if (o.to_tag.empty()) o.to_tag = "to1";
    if (o.contact == Lines{}.contact) o.contact = "Contact: <sip:b@198.18.1.2:5080>\r\n";
    return parse("SIP/2.0 " + std::to_string(code) + " X\r\n" + common(o));
}
// A response without a To tag.
inline sip::MessagePtr untagged(int code, const Lines& o = {}) {
    return parse("SIP/2.0 " + std::to_string(code) + " X\r\n" + common(o));
}

inline const std::string kTwoRoutes =
    "Record-Route: <sip:p1.example;lr>;x=1, <sip:p2.example;lr>\r\n"
    "Record-Route: <sip:p3.example;lr>\r\n";

}  // namespace portcullis::dialog::testing
