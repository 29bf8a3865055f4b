// SPDX-License-Identifier: BSD-2-Clause
// SessionReader answers as parse_session() does, however often it is asked.
#include "signaling/sdp/session_reader.hpp"

#include <gtest/gtest.h>

namespace portcullis::sdp {
namespace {

std::string session_of(int port, std::size_t padding = 0) {
    return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio " +
           std::to_string(port) + " RTP/AVP 0\r\n" +
           (padding > 0 ? "a=fmtp:0 " + std::string(padding, 'x') + "\r\n" : "");
}

TEST(SessionReader, ReadsWhatTheParserReads) {
    SessionReader reader;
    for (int round = 0; round < 3; ++round) {
        for (int port = 10000; port < 10400; port += 2) {
            const auto body = session_of(port);
            const auto read = reader.read(body);
            ASSERT_TRUE(read) << body;
            EXPECT_EQ(*read, *parse_session(body));
        }
    }
}

TEST(SessionReader, SharesWhatItKnows) {
    SessionReader reader;
    const auto first = reader.read(session_of(4000));
    EXPECT_EQ(&*first, &*reader.read(session_of(4000)));
    const auto large = session_of(4000, 4090);
    EXPECT_NE(&*reader.read(large), &*reader.read(large)) << "too large to be kept";
}

TEST(SessionReader, RemembersWhyABodyIsNone) {
    SessionReader reader;
    for (const std::string body : {"", "v=1\r\n", "v=0\r\n"}) {
        for (int round = 0; round < 2; ++round) {
            const auto read = reader.read(body);
            ASSERT_FALSE(read) << body;
            EXPECT_EQ(read.error().text(), parse_session(body).error().text());
        }
    }
}

}  // namespace
}  // namespace portcullis::sdp
