// SPDX-License-Identifier: BSD-2-Clause
// Messages and the two sides they cross between, for the tests of the pass-list.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "signaling/headers/pass.hpp"
#include "signaling/sip/parser.hpp"

namespace portcullis::headers {

inline constexpr std::string_view kDomain = "sbc.example";

// `lines` separated by "\n", without the last one.
inline sip::MessagePtr message_of(std::string_view start, std::string_view cseq, bool in_dialog,
                                  std::string_view lines, std::string_view from) {
    std::string text(start);
    text += "\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx\r\nMax-Forwards: 70\r\nFrom: ";
    text += from;
    text += ";tag=a\r\nTo: <sip:+4930222@far.example>";
    text += in_dialog ? ";tag=b\r\n" : "\r\n";
    text += "Call-ID: c1\r\nCSeq: 1 " + std::string(cseq) + "\r\n";
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        text += std::string(lines.substr(0, end)) + "\r\n";
        lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    }
    auto parsed = sip::parse_message(text + "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed ? *parsed : nullptr;
}

inline constexpr std::string_view kCaller = "\"Alice\" <sip:+4940111@pbx.example>";

// `kind` as written: "INVITE" is an initial one, "INVITE in dialog" a re-INVITE, "180 INVITE" a
// response.
inline sip::MessagePtr make_message(std::string_view kind, std::string_view lines,
                                    std::string_view from = kCaller) {
    const auto space = kind.find(' ');
    const auto first = kind.substr(0, space);
    if (first[0] >= '1' && first[0] <= '6') {
        return message_of("SIP/2.0 " + std::string(first) + " x", kind.substr(space + 1), true,
                          lines, from);
    }
    return message_of(std::string(first) + " sip:+4930222@far.example SIP/2.0", first,
                      kind.ends_with("in dialog"), lines, from);
}

// Two sides of a call, trusted or not, with their settings.
struct Sides {
    config::Trust from_trust = config::Trust::Trusted;
    config::Trust to_trust = config::Trust::Trusted;
    config::IdentityConfig from{};
    config::IdentityConfig to{};
};

inline HeaderList crossed(const sip::Message& message, const Sides& sides,
                          PassContext context = {}) {
    const auto from = policy::make_identity_rules(sides.from_trust, sides.from);
    const auto to = policy::make_identity_rules(sides.to_trust, sides.to);
    context.domain = kDomain;
    context.from = &from;
    context.to = &to;
    context.from_realm = "core";
    return pass(message, context);
}

// "Name: value" a line.
inline std::string in_lines(const HeaderList& list) {
    std::string out;
    for (const auto& [name, value] : list) {
        out += (out.empty() ? "" : "\n") + name + ": " + value;
    }
    return out;
}

// One row: a message between two sides, and all that crosses.
struct PassCase {
    const char* name;  // with the clause it shows
    const char* kind;
    const char* lines;
    const char* want;
    Sides sides{};
};

inline std::ostream& operator<<(std::ostream& out, const PassCase& row) { return out << row.name; }

inline void check(const PassCase& row) {
    const auto message = make_message(row.kind, row.lines);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(in_lines(crossed(*message, row.sides)), row.want) << row.name;
}

inline constexpr auto kTrusted = config::Trust::Trusted;
inline constexpr auto kUntrusted = config::Trust::Untrusted;

}  // namespace portcullis::headers
