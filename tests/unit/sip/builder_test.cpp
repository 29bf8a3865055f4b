// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/builder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "signaling/sip/parser.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

MessagePtr reparse(const Message& message) {
    auto again = parse_message(std::string(message.bytes()));
    EXPECT_TRUE(again) << again.error().text() << "\n" << message.bytes();
    return again ? *again : nullptr;
}

MessageBuilder minimal(std::string_view method = "OPTIONS") {
    auto builder = MessageBuilder::request(method, "sip:b@exchange.example");
    builder.add(HeaderId::Via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
        .add(HeaderId::MaxForwards, 70)
        .add(HeaderId::From, "<sip:a@harbour.example>;tag=1")
        .add(HeaderId::To, "<sip:b@exchange.example>")
        .add(HeaderId::CallId, "c1")
        .add(HeaderId::CSeq, "1 " + std::string(method));
    return builder;
}

TEST(Builder, RequestEqualsItsParse) {
    auto builder = minimal("INVITE");
    builder.add(HeaderId::Contact, "<sip:a@192.0.2.1>")
        .add("X-Own", "  padded \t")
        .add(HeaderId::Supported, "")
        .body("application/sdp", std::string(samples::kSdp));
    const auto built = builder.finish();
    const auto parsed = reparse(*built);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*built, *parsed);
    EXPECT_EQ(built->bytes(), parsed->bytes());
    EXPECT_EQ(built->method(), Method::Invite);
    EXPECT_EQ(built->body(), samples::kSdp);
    EXPECT_EQ(built->header("x-own"), "padded");
    EXPECT_EQ(built->header(HeaderId::ContentLength), std::to_string(samples::kSdp.size()));
    EXPECT_EQ(built->essentials().top_via.branch, parsed->essentials().top_via.branch);
    EXPECT_EQ(built->essentials().from_tag, "1");
    EXPECT_EQ(built->essentials().cseq.number, 1U);
    EXPECT_EQ(built->essentials().max_forwards, 70U);
    EXPECT_EQ(built->essentials().request_uri.user, "b");
}

TEST(Builder, ParsedMessageCopiedFieldByFieldIsEqual) {
    const auto source = *parse_message(samples::invite());
    auto builder = MessageBuilder::request(source->method_text(), source->request_uri_text());
    for (std::size_t i = 0; i < source->header_count(); ++i) {
        const auto header = source->header_at(i);
        if (header.id != HeaderId::ContentType) builder.add(header.name, header.value);
    }
    builder.body(*source->header(HeaderId::ContentType), std::string(source->body()));
    EXPECT_EQ(*builder.finish(), *source);
}

TEST(Builder, UnknownMethodKeepsItsText) {
    const auto built = minimal("FROB").finish();
    EXPECT_EQ(built->method(), Method::Unknown);
    EXPECT_EQ(built->method_text(), "FROB");
    EXPECT_EQ(*built, *reparse(*built));
}

// RFC 3261 section 8.2.6.
TEST(Builder, ResponseCopiesWhatItMust) {
    auto text = samples::options(
        "Via: SIP/2.0/TCP second.example;branch=z9hG4bK2,SIP/2.0/TCP "
        "third.example;branch=z9hG4bK3\r\n"
        "Timestamp: 54\r\nSubject: no\r\n");
    const auto request = *parse_message(text);
    const auto trying = MessageBuilder::response(*request, 100).finish();
    EXPECT_EQ(trying->reason_phrase(), "Trying");
    EXPECT_EQ(trying->header(HeaderId::Timestamp), "54");
    EXPECT_EQ(trying->header(HeaderId::To), "<sip:b@exchange.example>");
    EXPECT_FALSE(trying->header(HeaderId::Subject));
    EXPECT_EQ(trying->values(HeaderId::Via), request->values(HeaderId::Via));
    EXPECT_EQ(trying->method(), Method::Options);
    EXPECT_EQ(*trying, *reparse(*trying));

    const auto final = MessageBuilder::response(*request, 404, "Nobody Here", {"t9", {}}).finish();
    EXPECT_EQ(final->status_code(), 404);
    EXPECT_EQ(final->reason_phrase(), "Nobody Here");
    EXPECT_FALSE(final->header(HeaderId::Timestamp));
    EXPECT_EQ(final->essentials().to_tag, "t9");
    EXPECT_EQ(final->essentials().from_tag, "1");
    EXPECT_EQ(final->essentials().call_id, "c1");
    EXPECT_EQ(final->essentials().cseq.number, 1U);
    EXPECT_EQ(*final, *reparse(*final));
}

// RFC 3261 section 18.2.1, RFC 3581: only the top value changes, the rest of its field stays.
TEST(Builder, ResponseNamesTheSourceInTheTopVia) {
    const auto request = *parse_message(samples::with_lines(
        "Via: SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK1 , SIP/2.0/UDP h2;branch=z9hG4bK2;rport\r\n"
        "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"));
    const auto response =
        MessageBuilder::response(*request, 200, {}, {"new", Endpoint::parse("192.0.2.7:1025")})
            .finish();
    const auto vias = response->values(HeaderId::Via);
    ASSERT_EQ(vias.size(), 2U);
    EXPECT_EQ(vias[0], "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.7;rport=1025");
    EXPECT_EQ(vias[1], "SIP/2.0/UDP h2;branch=z9hG4bK2;rport");
    EXPECT_EQ(response->essentials().top_via.rport, 1025);
    EXPECT_EQ(response->essentials().to_tag, "2") << "an existing tag stays";
    EXPECT_EQ(*response, *reparse(*response));
}

// RFC 3261 section 9.1 and 17.1.1.3: a CANCEL or ACK carries the top Via alone.
TEST(Builder, CopyAndCopyFirst) {
    const auto request =
        *parse_message(samples::options("v: SIP/2.0/UDP h2;branch=z9hG4bK2\r\nRoute: "
                                        "<sip:p1;lr>,<sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n"));
    auto builder = MessageBuilder::request(Method::Cancel, request->request_uri_text());
    builder.copy_first(*request, HeaderId::Via)
        .copy(*request, HeaderId::Route)
        .copy(*request, HeaderId::From)
        .copy(*request, HeaderId::To)
        .copy(*request, HeaderId::CallId)
        .copy(*request, HeaderId::Subject)
        .add(HeaderId::CSeq, "1 CANCEL");
    const auto cancel = builder.finish();
    EXPECT_EQ(cancel->essentials().via_count, 1U);
    EXPECT_EQ(cancel->values(HeaderId::Route).size(), 3U);
    EXPECT_EQ(cancel->count(HeaderId::Route), 2U);
    EXPECT_FALSE(cancel->has(HeaderId::Subject));
    EXPECT_EQ(*cancel, *reparse(*cancel));
}

struct InjectionCase {
    const char* name;
    std::string value;
    std::string want;
};

TEST(Builder, NothingBreaksOutOfAValue) {
    const std::string nul("a\0b", 3);
    for (const auto& row :
         {InjectionCase{"crlf", "a\r\nX-Evil: 1", "a  X-Evil: 1"},
          InjectionCase{"blank line", "a\r\n\r\nBYE", "a    BYE"},
          InjectionCase{"lf", "a\nb", "a b"}, InjectionCase{"cr", "a\rb", "a b"},
          InjectionCase{"nul", nul, "a b"}, InjectionCase{"trailing", "a\r\n", "a"},
          InjectionCase{"bell", "a\x07", "a"},
          InjectionCase{"quoted nul", "\"\\" + std::string(1, '\0') + "\"", "\"\\ \""}}) {
        auto builder = minimal();
        builder.add(HeaderId::Subject, row.value).add("X-Own", row.value);
        const auto built = builder.finish();
        EXPECT_EQ(built->header(HeaderId::Subject), row.want) << row.name;
        EXPECT_EQ(built->header("X-Own"), row.want) << row.name;
        EXPECT_FALSE(built->header("X-Evil")) << row.name;
        EXPECT_EQ(*built, *reparse(*built)) << row.name;
    }
}

TEST(Builder, NamesStartLineAndLengthAreGuarded) {
    auto builder = minimal();
    builder.add("X Evil", "1").add("X-Evil\r\nY", "1").add("", "1").add("X-Evil:", "1");
    builder.add("Content-Length", "99").add(HeaderId::ContentLength, 99).add("l", "99");
    builder.add(HeaderId::Unknown, "1");
    const auto built = builder.finish();
    EXPECT_EQ(built->header_count(), 7U);
    EXPECT_EQ(built->header(HeaderId::ContentLength), "0");
    EXPECT_EQ(*built, *reparse(*built));

    auto evil = MessageBuilder::request("BYE\r\n", "sip:a@h SIP/2.0\r\nX: y");
    EXPECT_EQ(evil.finish()->bytes().substr(0, 30), "BYE sip:a@hSIP/2.0X:y SIP/2.0\r");

    const auto request = *parse_message(samples::options());
    const auto response =
        MessageBuilder::response(*request, 404, "No\r\nX-Evil: 1", {"t\r\nX-Evil: 1", {}}).finish();
    EXPECT_FALSE(response->header("X-Evil"));
    EXPECT_EQ(response->essentials().to_tag, "") << "a tag that is no token is left out";
    EXPECT_EQ(*response, *reparse(*response));
}

// A message may be read by several threads; who asks first decodes.
TEST(Builder, EssentialsAreReadByManyThreads) {
    for (int round = 0; round < 50; ++round) {
        const auto built = minimal().finish();
        std::vector<std::thread> threads;
        std::atomic<int> good = 0;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                if (built->essentials().via_count == 1 && !built->essentials().call_id.empty()) {
                    ++good;
                }
            });
        }
        for (auto& thread : threads) thread.join();
        EXPECT_EQ(good, 4);
    }
}

// Whatever was reserved, nothing but what was written is in the message.
TEST(Builder, LongMessagesHoldNothingElse) {
    std::string vias = std::string(samples::kMandatory);
    for (int i = 0; i < 60; ++i) {
        vias += "Via: SIP/2.0/UDP hop" + std::to_string(i) + ".example;branch=z9hG4bK-" +
                std::string(static_cast<std::size_t>(i), 'x') + "\r\n";
        const auto request = *parse_message(samples::with_lines(vias));
        const auto source = Endpoint::parse("192.0.2.1:5060");
        const auto response = MessageBuilder::response(*request, 200, {}, {"tag", source}).finish();
        EXPECT_EQ(*response, *reparse(*response));
        EXPECT_LE(response->bytes().size(), vias.size() + 100);
        auto builder = minimal();
        builder.copy(*request, HeaderId::Via).add("X-Long", vias);
        const auto built = builder.finish();
        EXPECT_EQ(*built, *reparse(*built));
        EXPECT_LE(built->bytes().size(), 2 * vias.size() + 400);
    }
}

TEST(Builder, EssentialsOfAnUnfinishedMessageAreEmpty) {
    const auto built = MessageBuilder::request(Method::Bye, "sip:a@h").finish();
    EXPECT_EQ(built->method(), Method::Bye);
    EXPECT_EQ(built->essentials().via_count, 0U);
    EXPECT_TRUE(built->essentials().call_id.empty());
}

}  // namespace
}  // namespace portcullis::sip
