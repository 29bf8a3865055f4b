// SPDX-License-Identifier: BSD-2-Clause
// Reading: what a parser makes of a SIP message, in terms that two parsers share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::sip::differential {

struct Reading {
    bool accepted = false;
    std::string method;  // of a response its CSeq's
    int status = 0;      // of a request 0
    std::string scheme;  // of the Request-URI, small letters
    std::string user;    // without escapes
    std::string host;    // small letters, without brackets
    std::string port;    // decimal without leading zeros
    std::string from_tag;
    std::string to_tag;
    std::string call_id;
    std::string cseq;  // decimal without leading zeros
    std::size_t vias = 0;
    std::string content_length;  // empty without one
};

// By this project's parser.
[[nodiscard]] Reading read_ours(std::string_view bytes);
// By GNU oSIP, which does not ask for the mandatory headers itself; here it does.
[[nodiscard]] Reading read_osip(std::string_view bytes);

}  // namespace portcullis::sip::differential
