// SPDX-License-Identifier: BSD-2-Clause
// Anchoring: our addresses and ports, stable o= versions, rejected lines, holds, families.
#include "signaling/sdp/rewrite.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/field_codec.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/errc.hpp"
#include "signaling/sdp/parser.hpp"

namespace portcullis::sdp {
namespace {

IpAddress ip(const char* text) { return IpAddress::parse(text).value_or(IpAddress{}); }

SessionDescription parsed(const std::string& body) {
    auto session = parse_session(body);
    EXPECT_TRUE(session.has_value()) << (session ? "" : session.error().text()) << "\n" << body;
    return session.value_or(SessionDescription{});
}

SessionDescription offer_of(const std::string& rest) {
    return parsed("v=0\r\no=pbx 77 3 IN IP4 198.18.0.2\r\ns=call\r\nc=IN IP4 198.18.0.2\r\n" +
                  rest);
}

LocalStream local(std::uint16_t stream, const char* address, std::uint16_t port, bool mux = false) {
    const auto rtcp = static_cast<std::uint16_t>(mux ? port : port + 1);
    return {stream, {ip(address), port}, {ip(address), rtcp}, mux};
}

// The part after o=, which alone is fixed.
std::string tail(const std::string& body) { return body.substr(body.find("s=")); }

std::string origin(const std::string& body) {
    const auto at = body.find("o=");
    return body.substr(at, body.find("\r\n", at) - at);
}

std::string anchored(const SessionDescription& from, const std::vector<LocalStream>& streams,
                     SdpWriterState& writer, Role role = Role::Offer,
                     const SessionDescription* offer = nullptr) {
    const auto body = anchor({role, &from, streams, offer, ip("198.18.1.1")}, writer);
    EXPECT_TRUE(body.has_value());
    return body.value_or("");
}

std::string anchored(const SessionDescription& from, const std::vector<LocalStream>& streams,
                     Role role = Role::Offer, const SessionDescription* offer = nullptr) {
    SdpWriterState writer;
    return anchored(from, streams, writer, role, offer);
}

TEST(Anchor, WritesTheRelayAndKeepsTheCodecs) {
    const auto from = offer_of(
        "b=AS:128\r\nt=3034423619 3042462419\r\nm=audio 4000 RTP/AVP 8 0 96 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;stereo=0\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp:4007\r\n"
        "a=candidate:1 1 UDP 1 198.18.0.2 4000 typ host\r\na=unknown:x\r\n");
    EXPECT_EQ(tail(anchored(from, {local(0, "198.18.1.1", 20000)})),
              "s=-\r\nc=IN IP4 198.18.1.1\r\nb=AS:128\r\nt=0 0\r\n"
              "m=audio 20000 RTP/AVP 8 0 96 101\r\n"
              "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\n"
              "a=rtpmap:101 telephone-event/8000\r\na=fmtp:96 useinbandfec=1; stereo=0\r\n"
              "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\na=rtcp:20001\r\n");
}

TEST(Anchor, KeepsOrderAndNumberOfRejectedLines) {
    const auto from = offer_of(
        "m=video 0 RTP/AVP 34\r\nm=audio 4000 RTP/AVP 0\r\nm=application 5000 TCP/MSRP *\r\n"
        "m=audio 4002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:key\r\n"
        "m=image 4004 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n");
    // The plan gave a port to a line that cannot cross: it is refused all the same.
    const auto body = anchored(from, {local(1, "198.18.1.1", 20000), local(3, "198.18.1.1", 20004),
                                      local(4, "198.18.1.1", 20008)});
    EXPECT_EQ(tail(body),
              "s=-\r\nc=IN IP4 198.18.1.1\r\nt=0 0\r\nm=video 0 RTP/AVP 34\r\n"
              "m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\na=rtcp:20001\r\n"
              "m=application 0 udp *\r\nm=audio 0 RTP/SAVP 0\r\n"
              "m=image 20008 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n");
}

TEST(Anchor, AnswerRepeatsTheOffersOwnWordsOnRejectedLines) {
    const auto offer = offer_of("m=message 5000 TCP/MSRP xyz\r\nm=image 4000 UDPTL t38\r\n");
    const auto answer = offer_of("m=application 0 udp *\r\nm=image 4004 udptl t38\r\n");
    const auto body = anchored(answer, {local(1, "198.18.1.1", 20000)}, Role::Answer, &offer);
    EXPECT_NE(body.find("m=message 0 TCP/MSRP xyz\r\n"), std::string::npos) << body;
    EXPECT_NE(body.find("m=image 20000 UDPTL t38\r\n"), std::string::npos) << body;
}

TEST(Anchor, AllRejectedUsesTheFallbackAddress) {
    const auto body = anchored(offer_of("m=audio 0 RTP/AVP 0\r\n"), {});
    EXPECT_EQ(tail(body), "s=-\r\nc=IN IP4 198.18.1.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n");
}

TEST(Anchor, RefusesContradictoryPorts) {
    const auto from = offer_of("m=audio 4000 RTP/AVP 0\r\n");
    SdpWriterState writer;
    for (const auto& streams :
         {std::vector{local(1, "198.18.1.1", 20000)},
          std::vector{local(0, "198.18.1.1", 20000), local(0, "198.18.1.1", 20002)}}) {
        const auto body = anchor({Role::Offer, &from, streams, nullptr, {}}, writer);
        ASSERT_FALSE(body.has_value());
        EXPECT_EQ(body.error().code, make_error_code(Errc::Unanchorable));
    }
    EXPECT_EQ(writer.version(), 0U);
}

TEST(Anchor, CrossesFamilies) {
    const auto from = parsed(
        "v=0\r\no=- 1 1 IN IP6 fd00:18::2\r\ns=-\r\nc=IN IP6 fd00:18::2\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP6 fd00:18::2\r\n");
    const auto to_v4 = anchored(from, {local(0, "198.18.1.1", 20000)});
    EXPECT_NE(to_v4.find("c=IN IP4 198.18.1.1\r\n"), std::string::npos);
    EXPECT_TRUE(origin(to_v4).ends_with(" IN IP4 198.18.1.1"));
    EXPECT_EQ(to_v4.find("IP6"), std::string::npos);
    const auto to_v6 =
        anchored(offer_of("m=audio 4000 RTP/AVP 0\r\n"), {local(0, "fd00:18:1::1", 20000)});
    EXPECT_NE(to_v6.find("c=IN IP6 fd00:18:1::1\r\n"), std::string::npos);
    EXPECT_EQ(to_v6.find("IP4"), std::string::npos);
}

TEST(Anchor, StreamsOnDifferentAddresses) {
    const auto body = anchored(offer_of("m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 34\r\n"),
                               {local(1, "198.18.1.9", 30000), local(0, "198.18.1.1", 20000)});
    const auto session = parsed(body);
    EXPECT_EQ(connection(session, session.media[0])->address, "198.18.1.1");
    EXPECT_EQ(connection(session, session.media[1])->address, "198.18.1.9");
}

struct DirectionCase {
    const char* name;
    const char* session_line;
    const char* media_line;
    Direction want;
};
class AnchorDirectionTest : public testing::TestWithParam<DirectionCase> {};
TEST_P(AnchorDirectionTest, IsWrittenPerStream) {
    const auto from = offer_of(std::string(GetParam().session_line) + "m=audio 4000 RTP/AVP 0\r\n" +
                               GetParam().media_line);
    const auto session = parsed(anchored(from, {local(0, "198.18.1.1", 20000)}));
    EXPECT_EQ(direction(session, session.media[0]), GetParam().want);
    EXPECT_EQ(connection(session, session.media[0])->address, "198.18.1.1");
}
INSTANTIATE_TEST_SUITE_P(
    Rfc3264_8_4, AnchorDirectionTest,
    testing::Values(DirectionCase{"sendrecv", "", "", Direction::SendRecv},
                    DirectionCase{"session_sendonly", "a=sendonly\r\n", "", Direction::SendOnly},
                    DirectionCase{"recvonly", "", "a=recvonly\r\n", Direction::RecvOnly},
                    DirectionCase{"inactive", "", "a=inactive\r\n", Direction::Inactive},
                    DirectionCase{"null_address", "", "c=IN IP4 0.0.0.0\r\n", Direction::SendOnly},
                    DirectionCase{"null_recvonly", "a=recvonly\r\n", "c=IN IP4 0.0.0.0\r\n",
                                  Direction::Inactive}),
    [](const auto& row) { return row.param.name; });

TEST(Anchor, RtcpMuxIsOfferedOnWishAndAnsweredWhenInForce) {
    const auto with = offer_of("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n");
    const auto without = offer_of("m=audio 4000 RTP/AVP 0\r\n");
    const auto plain = std::vector{local(0, "198.18.1.1", 20000)};
    const auto mux = std::vector{local(0, "198.18.1.1", 20000, true)};
    const auto says = [](const std::string& body) {
        return body.find("a=rtcp-mux\r\n") != std::string::npos;
    };
    EXPECT_TRUE(says(anchored(with, plain)));
    EXPECT_NE(anchored(with, plain).find("a=rtcp:20001\r\n"), std::string::npos);
    EXPECT_FALSE(says(anchored(without, plain)));
    EXPECT_TRUE(says(anchored(without, mux, Role::Answer)));
    EXPECT_EQ(anchored(without, mux, Role::Answer).find("a=rtcp:"), std::string::npos);
    EXPECT_FALSE(says(anchored(with, plain, Role::Answer)));
}

TEST(Origin, VersionGrowsByOneOnlyWithAChange) {
    SdpWriterState writer;
    const auto audio = offer_of("m=audio 4000 RTP/AVP 0\r\n");
    const auto held = offer_of("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
    // The other side's own version and ports are none of ours.
    auto refreshed = audio;
    refreshed.origin.session_version = "4";
    refreshed.media[0].port = 4100;
    const auto streams = std::vector{local(0, "198.18.1.1", 20000)};
    const auto first = anchored(audio, streams, writer);
    EXPECT_EQ(writer.version(), 1U);
    EXPECT_EQ(anchored(refreshed, streams, writer), first);
    EXPECT_EQ(writer.last(), first);
    const auto second = anchored(held, streams, writer);
    EXPECT_EQ(writer.version(), 2U);
    const auto third = anchored(audio, streams, writer);
    EXPECT_EQ(writer.version(), 3U);
    EXPECT_EQ(tail(third), tail(first));
    // RFC 3264 section 8: o= is identical but for the version.
    const auto id = std::to_string(writer.session_id());
    EXPECT_EQ(origin(first), "o=- " + id + " 1 IN IP4 198.18.1.1");
    EXPECT_EQ(origin(second), "o=- " + id + " 2 IN IP4 198.18.1.1");
    EXPECT_EQ(origin(third), "o=- " + id + " 3 IN IP4 198.18.1.1");
}

TEST(Origin, AddressStaysWhenTheRelayMoves) {
    SdpWriterState writer;
    const auto audio = offer_of("m=audio 4000 RTP/AVP 0\r\n");
    (void)anchored(audio, {local(0, "198.18.1.1", 20000)}, writer);
    const auto moved = anchored(audio, {local(0, "198.18.1.9", 20000)}, writer);
    EXPECT_TRUE(origin(moved).ends_with(" 2 IN IP4 198.18.1.1"));
    EXPECT_NE(moved.find("c=IN IP4 198.18.1.9\r\n"), std::string::npos);
}

TEST(Origin, SurvivesTheCheckpoint) {
    SdpWriterState writer;
    const auto audio = offer_of("m=audio 4000 RTP/AVP 0\r\n");
    const auto streams = std::vector{local(0, "198.18.1.1", 20000)};
    const auto first = anchored(audio, streams, writer);
    auto again = codec::from_bytes<SdpWriterState>(codec::to_bytes(writer));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->last(), first);
    EXPECT_EQ(anchored(audio, streams, *again), first);
}

TEST(Origin, IdsDifferBetweenLegs) {
    SdpWriterState a;
    SdpWriterState b;
    (void)a.write("s=-\r\n", ip("198.18.1.1"));
    (void)b.write("s=-\r\n", ip("198.18.1.1"));
    EXPECT_NE(a.session_id(), b.session_id());
}

}  // namespace
}  // namespace portcullis::sdp
