// SPDX-License-Identifier: BSD-2-Clause
// What users' devices tell each other: User-to-User, Session-ID, P-Early-Media, Answer-Mode.
#include "signaling/headers/session_headers.hpp"

#include <gtest/gtest.h>

#include "tests/unit/headers/harness.hpp"

namespace portcullis::headers {
namespace {

using config::HeaderUse;
using config::SessionIdForm;

const Sides kUui{
    kTrusted, kUntrusted, {}, {.user_to_user = HeaderUse::Pass, .user_to_user_max = 4}};
const Sides kStrangers{kUntrusted, kUntrusted, {}, {}};

const PassCase kCases[] = {
    {"RFC 7433 4.1: hexadecimal data and known parameters", "INVITE",
     "User-to-User: 56a390f3;encoding=hex;purpose=isdn-uui;x=pbx.example",
     "User-to-User: 56a390f3;purpose=isdn-uui;encoding=hex", kUui},
    {"RFC 7433 4.1: hexadecimal unless it says otherwise", "INVITE", "User-to-User: 00ff",
     "User-to-User: 00ff", kUui},
    {"RFC 7433 4.1: half an octet is none", "INVITE", "User-to-User: 56a", "", kUui},
    {"RFC 7433 4.1: text is not hexadecimal", "INVITE", "User-to-User: pbx.example", "", kUui},
    {"longer than the limit", "INVITE", "User-to-User: 56a390f3d2", "", kUui},
    {"RFC 7433 4.1: a quoted string of another encoding", "INVITE",
     "User-to-User: \"a\\\"b\";encoding=ascii", "User-to-User: \"a\\\"b\";encoding=ascii", kUui},
    {"RFC 7433 4.4: in BYE", "BYE in dialog", "User-to-User: 00", "User-to-User: 00", kUui},
    {"RFC 7433 4.4: in responses", "603 INVITE", "User-to-User: 00", "User-to-User: 00", kUui},
    {"RFC 7433 4.2: not in other requests", "INFO in dialog", "User-to-User: 00", "", kUui},
    {"User-to-User is dropped unless it is asked for", "INVITE", "User-to-User: 00", ""},
    {"RFC 7989 5: both identifiers, in lower case", "INVITE",
     "Session-ID: AB30317F1A784DC48FF824D0D3715D86;remote=47755a9de7794ba387653f2099600ef2;x=h",
     "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2",
     kStrangers},
    {"RFC 7329: one identifier", "INVITE", "Session-ID: ab30317f1a784dc48ff824d0d3715d86",
     "Session-ID: ab30317f1a784dc48ff824d0d3715d86", kStrangers},
    {"RFC 7989 5: nothing but 32 digits", "INVITE", "Session-ID: pbx.example", "", kStrangers},
    {"RFC 7989 5: nil names no session", "INVITE", "Session-ID: 00000000000000000000000000000000",
     "", kStrangers},
    {"a side that is told none",
     "INVITE",
     "Session-ID: ab30317f1a784dc48ff824d0d3715d86",
     "",
     {kTrusted, kTrusted, {}, {.session_id = SessionIdForm::Drop}}},
    {"without an identifier of our own there is none",
     "INVITE",
     "Session-ID: ab30317f1a784dc48ff824d0d3715d86",
     "",
     {kTrusted, kTrusted, {}, {.session_id = SessionIdForm::Regenerate}}},
    {"RFC 5009 8: the words it defines", "183 INVITE",
     "P-Early-Media: SendRecv, gated, pbx.example", "P-Early-Media: sendrecv, gated"},
    {"RFC 5009 6: not from outside the trust domain",
     "183 INVITE",
     "P-Early-Media: sendrecv",
     "",
     {kUntrusted, kTrusted, {}, {}}},
    {"RFC 5009 6: not to outside, unless it is set",
     "INVITE",
     "P-Early-Media: supported",
     "P-Early-Media: supported",
     {kTrusted, kUntrusted, {}, {.early_media = HeaderUse::Pass}}},
    {"RFC 5373 4: Auto and Manual", "INVITE",
     "Answer-Mode: auto;require;x=h\nPriv-Answer-Mode: Sideways", "Answer-Mode: Auto;require"},
};

class Session : public testing::TestWithParam<PassCase> {};
TEST_P(Session, Crosses) { check(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Rows, Session, testing::ValuesIn(kCases));

// RFC 7989 section 7: an intermediary may put identifiers of its own in place of both.
TEST(SessionId, IsMadeAnewWhereEitherSideAsksForIt) {
    const auto message = make_message(
        "INVITE", "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=" + std::string(32, '1'));
    PassContext context;
    context.session_id = std::string(32, 'c');
    context.peer_session_id = std::string(32, 'd');
    const auto want = "Session-ID: " + std::string(32, 'c') + ";remote=" + std::string(32, 'd');
    Sides sides{kTrusted, kTrusted, {}, {.session_id = SessionIdForm::Regenerate}};
    EXPECT_EQ(in_lines(crossed(*message, sides, context)), want);
    std::swap(sides.from, sides.to);
    EXPECT_EQ(in_lines(crossed(*message, sides, context)), want);
    context.peer_session_id.clear();
    EXPECT_EQ(in_lines(crossed(*message, sides, context)),
              "Session-ID: " + std::string(32, 'c') + ";remote=" + std::string(32, '0'));
    EXPECT_EQ(session_id_of(*message), "ab30317f1a784dc48ff824d0d3715d86");
}

}  // namespace
}  // namespace portcullis::headers
