// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/stream_framer.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "signaling/sip/validate.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

std::vector<Frame> drain(StreamFramer& framer) {
    std::vector<Frame> frames;
    while (true) {
        frames.push_back(framer.next());
        const auto kind = frames.back().kind;
        if (kind == FrameKind::NeedMore || kind == FrameKind::Broken) return frames;
    }
}

std::string options_with_length() { return samples::options("Content-Length: 0\r\n"); }

// RFC 3261 section 18.3: whatever the segments, the messages are the same.
TEST(StreamFramer, SplitAtAnyByte) {
    const auto text = "\r\n" + samples::invite() + "\r\n\r\n" + options_with_length();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        StreamFramer framer;
        std::vector<std::string> messages;
        int pings = 0;
        for (const auto part :
             {std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}) {
            framer.push(part);
            for (auto& frame : drain(framer)) {
                ASSERT_NE(frame.kind, FrameKind::Broken) << cut;
                if (frame.kind == FrameKind::Message) messages.push_back(std::move(frame.bytes));
                if (frame.kind == FrameKind::KeepAlive) ++pings;
            }
        }
        ASSERT_EQ(messages.size(), 2U) << cut;
        EXPECT_EQ(messages[0], samples::invite()) << cut;
        EXPECT_EQ(messages[1], options_with_length()) << cut;
        EXPECT_EQ(pings, 1) << cut;
        EXPECT_EQ(framer.buffered(), 0U);
    }
}

TEST(StreamFramer, ByteByByte) {
    const auto text = samples::invite() + options_with_length();
    StreamFramer framer;
    int messages = 0;
    for (const char c : text) {
        framer.push(std::string_view(&c, 1));
        for (const auto& frame : drain(framer)) messages += frame.kind == FrameKind::Message;
    }
    EXPECT_EQ(messages, 2);
}

TEST(StreamFramer, ManyInOneSegment) {
    std::string text;
    for (int i = 0; i < 50; ++i) text += samples::invite();
    StreamFramer framer;
    framer.push(text);
    EXPECT_EQ(drain(framer).size(), 51U);
}

// RFC 5626 section 3.5.1.
TEST(StreamFramer, KeepAlives) {
    StreamFramer framer;
    framer.push("\r");
    EXPECT_EQ(framer.next().kind, FrameKind::NeedMore);
    framer.push("\n\r");
    EXPECT_EQ(framer.next().kind, FrameKind::NeedMore);
    framer.push("\n");
    EXPECT_EQ(framer.next().kind, FrameKind::KeepAlive);
    EXPECT_EQ(framer.next().kind, FrameKind::NeedMore);
    framer.push("\r\n\r\n\r\n\r\n");
    EXPECT_EQ(framer.next().kind, FrameKind::KeepAlive);
    EXPECT_EQ(framer.next().kind, FrameKind::KeepAlive);
    EXPECT_EQ(framer.next().kind, FrameKind::NeedMore);
    framer.push("\r\n" + options_with_length());
    EXPECT_EQ(framer.next().kind, FrameKind::Message);
}

struct LengthCase {
    const char* lines;
    Errc want;
};

class BrokenStream : public testing::TestWithParam<LengthCase> {};

// The error, then a last answer made of the header section, then nothing any more.
TEST_P(BrokenStream, IsAnsweredAndClosed) {
    StreamFramer framer;
    framer.push(samples::options(GetParam().lines) + "body" + options_with_length());
    const auto frame = framer.next();
    ASSERT_EQ(frame.kind, FrameKind::Broken);
    EXPECT_EQ(frame.error, GetParam().want);
    const auto judgement = judge_message(frame.bytes);
    ASSERT_TRUE(judgement.message);
    const auto response =
        make_rejection_response(*judgement.message, {status_for(frame.error), {}});
    ASSERT_TRUE(response);
    EXPECT_EQ((*response)->status_code(), GetParam().want == Errc::BodyTooLarge ? 413 : 400);
    framer.push(options_with_length());
    EXPECT_EQ(framer.next().kind, FrameKind::Broken);
    EXPECT_EQ(framer.buffered(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Lengths, BrokenStream,
    testing::Values(LengthCase{"", Errc::MissingLength},
                    LengthCase{"Content-Length: -1\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length: 4294967328\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length: 10000000000000000032\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length: 4 4\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length:\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length: 4\r\nl: 4\r\n", Errc::MalformedLength},
                    LengthCase{"l : 4\r\nContent-Length: 0\r\n", Errc::MalformedLength},
                    LengthCase{"Content-Length: 4294967295\r\n", Errc::BodyTooLarge},
                    LengthCase{"Content-Length: 65536\r\n", Errc::BodyTooLarge}));

// The framer and the parser read the same length whatever the spelling.
TEST(StreamFramer, SpellingsOfContentLength) {
    for (const auto* line : {"Content-Length: 4\r\n", "CONTENT-LENGTH:4\r\n", "l\t :  4 \r\n",
                             "Content-Length:\r\n 4\r\n", "Content-Length: 4\r\n \r\n",
                             "Content-Length: 0000004\r\n"}) {
        StreamFramer framer;
        framer.push(samples::options(line) + "body" + options_with_length());
        const auto first = framer.next();
        ASSERT_EQ(first.kind, FrameKind::Message) << line;
        EXPECT_TRUE(first.bytes.ends_with("\r\n\r\nbody")) << line;
        const auto judgement = judge_message(first.bytes);
        ASSERT_TRUE(judgement.accepted()) << line;
        EXPECT_EQ(judgement.message->body(), "body");
        EXPECT_EQ(framer.next().kind, FrameKind::Message) << line;
    }
}

// A length behind a bare LF is part of another header's value, for both of them.
TEST(StreamFramer, BareLineFeedHidesNoLength) {
    StreamFramer framer;
    framer.push(samples::options("X: y\nContent-Length: 4\r\n") + "body");
    EXPECT_EQ(framer.next().error, Errc::MissingLength);
}

TEST(StreamFramer, HeaderMemoryIsBounded) {
    Limits limits;
    limits.header_section = 1000;
    StreamFramer framer(limits);
    framer.push("OPTIONS sip:h SIP/2.0\r\n");
    std::size_t pushed = 0;
    while (framer.next().kind == FrameKind::NeedMore) {
        framer.push("X: yyyyyyyy\r\n");
        pushed += 13;
        ASSERT_LT(pushed, 2000U);
        EXPECT_LE(framer.buffered(), 1013U);
    }
    EXPECT_EQ(framer.next().error, Errc::MessageTooLarge);
    EXPECT_EQ(framer.buffered(), 0U);
}

TEST(StreamFramer, OtherProtocolsAreClosedAtOnce) {
    for (const std::string& text : {std::string("\x16\x03\x01\x02", 4), std::string("\0\0", 2),
                                    std::string("\rX"), std::string("\n\n"), std::string(" x")}) {
        StreamFramer framer;
        framer.push(text);
        EXPECT_EQ(framer.next().kind, FrameKind::Broken);
    }
}

}  // namespace
}  // namespace portcullis::sip
