// SPDX-License-Identifier: BSD-2-Clause
// Messages that several tests of the SIP library start from.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::sip::samples {

inline constexpr std::string_view kSdp =
    "v=0\r\n"
    "o=tone 7 7 IN IP4 192.0.2.21\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.21\r\n"
    "t=0 0\r\n"
    "m=audio 41000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\n"
    "a=ptime:20\r\n"
    "a=sendrecv\r\n";

// An ordinary INVITE of about 900 bytes.
inline std::string invite() {
    std::string text =
        "INVITE sip:+15550100@sbc.exchange.example:5060;user=phone SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bK-7c01d9-1-0;rport\r\n"
        "Max-Forwards: 70\r\n"
        "From: \"Ada Harbour\" <sip:+15550199@harbour.example>;tag=7c01d9f81a\r\n"
        "To: <sip:+15550100@sbc.exchange.example>\r\n"
        "Call-ID: 7c01d9e0-5a31-4f6b@192.0.2.21\r\n"
        "CSeq: 314 INVITE\r\n"
        "Contact: <sip:+15550199@192.0.2.21:5060;transport=udp>\r\n"
        "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK\r\n"
        "Supported: 100rel, timer, replaces\r\n"
        "Session-Expires: 1800;refresher=uac\r\n"
        "User-Agent: Harbour PBX 4.2\r\n"
        "P-Asserted-Identity: <sip:+15550199@harbour.example>\r\n"
        "Content-Type: application/sdp\r\n"
        "Content-Length: ";
    text += std::to_string(kSdp.size());
    text += "\r\n\r\n";
    text += kSdp;
    return text;
}

// A request of `lines` (each with its CRLF) between a valid start line and the blank line.
inline std::string with_lines(std::string_view lines) {
    return "OPTIONS sip:exchange.example SIP/2.0\r\n" + std::string(lines) + "\r\n";
}

// The mandatory headers of an OPTIONS.
inline constexpr std::string_view kMandatory =
    "Via: SIP/2.0/UDP 192.0.2.21;branch=z9hG4bK1\r\n"
    "From: <sip:a@harbour.example>;tag=1\r\n"
    "To: <sip:b@exchange.example>\r\n"
    "Call-ID: c1\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\n";

inline std::string options(std::string_view more = {}) {
    return with_lines(std::string(kMandatory) + std::string(more));
}

}  // namespace portcullis::sip::samples
