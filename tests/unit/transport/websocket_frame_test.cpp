// SPDX-License-Identifier: BSD-2-Clause
// Frames of RFC 6455 as bytes, good and bad.
#include "signaling/transport/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::transport {
namespace {

using Kind = WebsocketEvent::Kind;
using namespace std::string_literals;

constexpr std::size_t kLimit = 70000;

// A client's frame as section 5.2 draws it, with the mask 1 2 3 4.
std::string frame(unsigned char first, const std::string& payload, bool masked = true) {
    std::string out(1, static_cast<char>(first));
    const auto bit = static_cast<unsigned char>(masked ? 0x80 : 0);
    if (payload.size() < 126) {
        out += static_cast<char>(bit | payload.size());
    } else if (payload.size() < 65536) {
        out += static_cast<char>(bit | 126);
        out += static_cast<char>(payload.size() >> 8);
        out += static_cast<char>(payload.size() & 0xff);
    } else {
        out += static_cast<char>(bit | 127);
        for (int i = 7; i >= 0; --i) out += static_cast<char>(payload.size() >> (8 * i) & 0xff);
    }
    if (!masked) return out + payload;
    const std::string mask = "\1\2\3\4"s;
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out += static_cast<char>(payload[i] ^ mask[i % 4]);
    }
    return out;
}

struct Row {
    const char* name;
    std::string bytes;
    Kind kind;
    std::string payload;  // of a message, ping or pong
    std::uint16_t code;
};

const Row kRows[] = {
    {"Text", frame(0x81, "hello"), Kind::Message, "hello", 0},
    {"Binary", frame(0x82, "\xff\xfe"), Kind::Message, "\xff\xfe", 0},
    {"Empty", frame(0x81, ""), Kind::Message, "", 0},
    {"Length125", frame(0x81, std::string(125, 'a')), Kind::Message, std::string(125, 'a'), 0},
    {"Length126", frame(0x81, std::string(126, 'a')), Kind::Message, std::string(126, 'a'), 0},
    {"Length65535", frame(0x81, std::string(65535, 'a')), Kind::Message, std::string(65535, 'a'),
     0},
    {"Length65536", frame(0x81, std::string(65536, 'a')), Kind::Message, std::string(65536, 'a'),
     0},
    {"Fragments", frame(0x01, "he") + frame(0x00, "ll") + frame(0x80, "o"), Kind::Message, "hello",
     0},
    {"FragmentsOfOneCharacter", frame(0x01, "\xc3") + frame(0x80, "\xa4"), Kind::Message,
     "\xc3\xa4", 0},
    {"Ping", frame(0x89, "x"), Kind::Ping, "x", 0},
    {"PingBetweenFragments", frame(0x01, "he") + frame(0x89, "x"), Kind::Ping, "x", 0},
    {"Pong", frame(0x8a, ""), Kind::Pong, "", 0},
    {"Close", frame(0x88, "\x03\xe8"s), Kind::Close, "", 1000},
    {"CloseWithWords", frame(0x88, "\x03\xe9"s + "bye"), Kind::Close, "", 1001},
    {"CloseWithout", frame(0x88, ""), Kind::Close, "", 0},
    // Section 5.1.
    {"Unmasked", frame(0x81, "hello", false), Kind::Violation, "", 1002},
    // Section 5.2.
    {"Reserved1", frame(0xc1, "hello"), Kind::Violation, "", 1002},
    {"Reserved3", frame(0x91, "hello"), Kind::Violation, "", 1002},
    {"Opcode3", frame(0x83, "hello"), Kind::Violation, "", 1002},
    {"Opcode11", frame(0x8b, "hello"), Kind::Violation, "", 1002},
    {"LongLengthOfFew", "\x81\xfe\x00\x05"s, Kind::NeedMore, "", 0},
    {"LongLengthOfFewWhole", "\x81\xfe\x00\x05\1\2\3\4hello"s, Kind::Violation, "", 1002},
    {"LongerLengthOfFew", "\x81\xff\0\0\0\0\0\0\x01\x00\1\2\3\4"s, Kind::Violation, "", 1002},
    {"LengthBeyondSigned", "\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4"s, Kind::Violation, "", 1002},
    {"Huge", "\x81\xff\0\0\0\1\0\0\0\0\1\2\3\4"s, Kind::Violation, "", 1009},
    {"HugeInFragments", frame(0x01, std::string(60000, 'a')) + frame(0x80, std::string(20000, 'a')),
     Kind::Violation, "", 1009},
    // Section 5.4.
    {"ContinuationOfNothing", frame(0x80, "x"), Kind::Violation, "", 1002},
    {"TextWithinFragments", frame(0x01, "he") + frame(0x81, "llo"), Kind::Violation, "", 1002},
    // Section 5.5.
    {"PingInFragments", frame(0x09, "x"), Kind::Violation, "", 1002},
    {"PingTooLong", frame(0x89, std::string(126, 'a')), Kind::Violation, "", 1002},
    {"CloseHalfCode", frame(0x88, "\x03"s), Kind::Violation, "", 1002},
    {"CloseReservedCode", frame(0x88, "\x03\xed"s), Kind::Violation, "", 1002},
    {"CloseCodeZero", frame(0x88, "\0\0"s), Kind::Violation, "", 1002},
    {"CloseWordsNotUtf8", frame(0x88, "\x03\xe8\xff"s), Kind::Violation, "", 1007},
    // Section 8.1.
    {"TextNotUtf8", frame(0x81, "\xc3\x28"), Kind::Violation, "", 1007},
    {"TextSurrogate", frame(0x81, "\xed\xa0\x80"), Kind::Violation, "", 1007},
    {"TextOverlong", frame(0x81, "\xc0\xaf"), Kind::Violation, "", 1007},
    {"TextCutOff", frame(0x81, "\xe2\x82"), Kind::Violation, "", 1007},
    {"TextBeyondUnicode", frame(0x81, "\xf4\x90\x80\x80"), Kind::Violation, "", 1007},
    {"NothingYet", "\x81"s, Kind::NeedMore, "", 0},
    {"PayloadMissing", frame(0x81, "hello").substr(0, 10), Kind::NeedMore, "", 0},
};

class WebsocketFrames : public ::testing::TestWithParam<Row> {};

TEST_P(WebsocketFrames, AreReadInWholeAndByByte) {
    const Row& row = GetParam();
    for (const std::size_t step : {row.bytes.size(), std::size_t{1}}) {
        WebsocketDecoder decoder(true, kLimit);
        WebsocketEvent event;
        for (std::size_t at = 0; at < row.bytes.size() && event.kind == Kind::NeedMore;
             at += step) {
            decoder.push(row.bytes.substr(at, step));
            event = decoder.next();
        }
        EXPECT_EQ(event.kind, row.kind) << event.payload;
        EXPECT_EQ(event.code, row.code);
        EXPECT_EQ(row.kind == Kind::Violation ? "" : event.payload, row.payload);
        if (row.kind == Kind::NeedMore || row.kind == Kind::Message) {
            EXPECT_EQ(decoder.is_amid(), row.kind == Kind::NeedMore);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Rows, WebsocketFrames, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(WebsocketFrame, WhatIsEncodedIsDecoded) {
    const std::array<char, 4> mask{'\x11', '\x22', '\x33', '\x44'};
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U}) {
        const std::string payload(size, 'p');
        for (const bool client : {true, false}) {
            std::string wire;
            encode_frame(Opcode::Text, payload, client ? &mask : nullptr, wire);
            WebsocketDecoder decoder(client, kLimit);
            decoder.push(wire);
            const auto event = decoder.next();
            EXPECT_EQ(event.kind, Kind::Message);
            EXPECT_EQ(event.payload, payload);
            EXPECT_EQ(decoder.next().kind, Kind::NeedMore);
        }
    }
}

TEST(WebsocketFrame, NothingIsReadBehindTheEnd) {
    WebsocketDecoder decoder(true, kLimit);
    decoder.push(frame(0x88, "") + frame(0x81, "late"));
    EXPECT_EQ(decoder.next().kind, Kind::Close);
    EXPECT_EQ(decoder.next().kind, Kind::NeedMore);
}

}  // namespace
}  // namespace portcullis::transport
