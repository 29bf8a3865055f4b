// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/message.hpp"

#include <gtest/gtest.h>

#include "signaling/sip/errc.hpp"
#include "signaling/sip/parser.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

MessagePtr parse(std::string bytes) {
    auto message = parse_message(std::move(bytes));
    EXPECT_TRUE(message) << message.error().text();
    return message ? *message : nullptr;
}

TEST(Message, RequestIsTakenApart) {
    const auto text = samples::invite();
    const auto message = parse(text);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->is_request());
    EXPECT_EQ(message->method(), Method::Invite);
    EXPECT_EQ(message->method_text(), "INVITE");
    EXPECT_EQ(message->request_uri_text(), "sip:+15550100@sbc.exchange.example:5060;user=phone");
    EXPECT_EQ(message->status_code(), 0);
    EXPECT_EQ(message->body(), samples::kSdp);
    EXPECT_EQ(message->bytes(), text);
    EXPECT_EQ(message->header_count(), 14U);
    EXPECT_EQ(message->header_at(2).name, "From");
    EXPECT_EQ(message->header(HeaderId::UserAgent), "Harbour PBX 4.2");
    EXPECT_EQ(message->header("user-agent"), "Harbour PBX 4.2");
    EXPECT_FALSE(message->header(HeaderId::Subject));
    EXPECT_FALSE(message->header(HeaderId::Unknown));
    EXPECT_EQ(message->values(HeaderId::Supported),
              (std::vector<std::string_view>{"100rel", "timer", "replaces"}));
    EXPECT_TRUE(message->lists(HeaderId::Supported, "TIMER"));

    const auto& essentials = message->essentials();
    EXPECT_EQ(essentials.via_count, 1U);
    EXPECT_EQ(essentials.top_via.branch, "z9hG4bK-7c01d9-1-0");
    EXPECT_TRUE(essentials.top_via.has_rport);
    EXPECT_EQ(essentials.call_id, "7c01d9e0-5a31-4f6b@192.0.2.21");
    EXPECT_EQ(essentials.from_tag, "7c01d9f81a");
    EXPECT_EQ(essentials.to_tag, "");
    EXPECT_EQ(essentials.cseq.number, 314U);
    EXPECT_EQ(essentials.max_forwards, 70U);
    EXPECT_EQ(essentials.request_uri.port, 5060);
    EXPECT_EQ(essentials.from.display_text(), "Ada Harbour");
    EXPECT_EQ(essentials.to.uri.user, "+15550100");
}

TEST(Message, ResponseTakesItsMethodFromCSeq) {
    const auto message =
        parse("SIP/2.0 486 Busy  Here\r\n" + std::string(samples::kMandatory) + "l:0\r\n\r\n");
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->is_response());
    EXPECT_EQ(message->status_code(), 486);
    EXPECT_EQ(message->reason_phrase(), "Busy  Here");
    EXPECT_EQ(message->method(), Method::Options);
    EXPECT_EQ(message->method_text(), "OPTIONS");
    EXPECT_EQ(message->request_uri_text(), "");
}

// CVE-2020-28361: a space before the colon must not make another header of it.
TEST(Message, SpaceBeforeColonIsTheSameHeader) {
    const auto message =
        parse(samples::options("X-Hdr : secret\r\nP-Asserted-Identity\t : <sip:x@y.example>\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->header("X-Hdr"), "secret");
    EXPECT_EQ(message->header(HeaderId::PAssertedIdentity), "<sip:x@y.example>");
    EXPECT_EQ(message->header_at(6).name, "X-Hdr");
}

TEST(Message, KnownAndUnknownHeadersByName) {
    const auto message =
        parse(samples::options("x-one: 1\r\nX-ONE: 2\r\nk: a\r\nSupported: b\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->header("X-One"), "1");
    EXPECT_EQ(message->header("Supported"), "a");
    EXPECT_EQ(message->header("k"), "a");
    EXPECT_EQ(message->count(HeaderId::Supported), 2U);
    EXPECT_EQ(message->values(HeaderId::Supported), (std::vector<std::string_view>{"a", "b"}));
    EXPECT_TRUE(message->values(HeaderId::Unknown).empty());
}

TEST(Message, CommasOfOtherHeadersDoNotSplit) {
    const auto message =
        parse(samples::options("Date: Sat, 13 Nov 2010 23:29:00 GMT\r\nAuthorization: Digest "
                               "username=\"a\", nonce=\"b\"\r\n"
                               "Warning: 370 h \"a, b\", 399 h \"c\"\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->values(HeaderId::Date).size(), 1U);
    EXPECT_EQ(message->values(HeaderId::Authorization).size(), 1U);
    EXPECT_EQ(message->values(HeaderId::Warning).size(), 2U);
}

TEST(Message, NoAccessorGivesALineBreak) {
    const auto message = parse(samples::options(
        "Subject: one\r\n two\r\n\tthree \r\n \r\nX-Fold:\r\n  first\r\n second\r\n"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->header(HeaderId::Subject), "one two three");
    EXPECT_EQ(message->header("X-Fold"), "first second");
    for (std::size_t i = 0; i < message->header_count(); ++i) {
        const auto header = message->header_at(i);
        EXPECT_EQ(header.value.find_first_of("\r\n"), std::string_view::npos) << header.name;
    }
}

struct LengthCase {
    const char* header;
    const char* body;
    const char* want;  // nullptr: refused
};

// RFC 3261 section 18.3.
TEST(Message, ContentLengthRules) {
    for (const auto& row :
         {LengthCase{"", "abc", "abc"}, LengthCase{"Content-Length: 3\r\n", "abc", "abc"},
          LengthCase{"Content-Length: 2\r\n", "abc", "ab"}, LengthCase{"l:0\r\n", "abc", ""},
          LengthCase{"Content-Length:\r\n 0003 \r\n", "abc", "abc"},
          LengthCase{"Content-Length: 4\r\n", "abc", nullptr},
          LengthCase{"Content-Length: -1\r\n", "abc", nullptr},
          LengthCase{"Content-Length: 4294967299\r\n", "abc", nullptr},
          LengthCase{"Content-Length: 0x3\r\n", "abc", nullptr},
          LengthCase{"Content-Length: 3, 3\r\n", "abc", nullptr},
          LengthCase{"Content-Length:\r\n", "abc", nullptr},
          LengthCase{"Content-Length: 3\r\nl: 3\r\n", "abc", nullptr}}) {
        const auto message = parse_message(samples::options(row.header) + row.body);
        ASSERT_EQ(message.has_value(), row.want != nullptr) << row.header;
        if (message) {
            EXPECT_EQ((*message)->body(), row.want) << row.header;
        }
    }
}

struct LimitCase {
    const char* name;
    Limits limits;
    Errc want;
};

TEST(Message, LimitsAreHeld) {
    const auto text = samples::invite();
    Limits message;
    message.message = text.size() - 1;
    Limits section;
    section.header_section = 300;
    Limits header;
    header.header = 60;
    Limits headers;
    headers.headers = 13;
    Limits uri;
    uri.uri = 40;
    Limits body;
    body.body = samples::kSdp.size() - 1;
    Limits vias;
    vias.vias = 0;
    for (const auto& row :
         {LimitCase{"message", message, Errc::MessageTooLarge},
          LimitCase{"section", section, Errc::MessageTooLarge},
          LimitCase{"header", header, Errc::MessageTooLarge},
          LimitCase{"headers", headers, Errc::MessageTooLarge},
          LimitCase{"uri", uri, Errc::UriTooLong}, LimitCase{"body", body, Errc::BodyTooLarge},
          LimitCase{"vias", vias, Errc::TooManyVias}}) {
        const auto result = parse_message(text, row.limits);
        ASSERT_FALSE(result) << row.name;
        EXPECT_EQ(result.error().code, make_error_code(row.want)) << row.name;
    }
    Limits exact;
    exact.message = text.size();
    exact.headers = 14;
    exact.body = samples::kSdp.size();
    exact.vias = 1;
    EXPECT_TRUE(parse_message(text, exact));
}

TEST(Message, ViewsOutliveTheCallersPointer) {
    MessagePtr other;
    std::string_view branch;
    {
        const auto message = parse(samples::invite());
        branch = message->essentials().top_via.branch;
        other = message;
    }
    EXPECT_EQ(branch, "z9hG4bK-7c01d9-1-0");
}

}  // namespace
}  // namespace portcullis::sip
