// SPDX-License-Identifier: BSD-2-Clause
// Typed access: payload types, directions, hold in all its forms, RTCP, protocols.
#include "signaling/sdp/attributes.hpp"

#include <gtest/gtest.h>

#include <string>

#include "signaling/sdp/parser.hpp"

namespace portcullis::sdp {
namespace {

const std::string kHead = "v=0\r\no=- 1 1 IN IP4 198.18.0.2\r\ns=-\r\n";

SessionDescription parsed(const std::string& rest) {
    auto session = parse_session(kHead + rest);
    EXPECT_TRUE(session.has_value()) << (session ? "" : session.error().text());
    return session.value_or(SessionDescription{});
}

struct HoldCase {
    const char* name;
    const char* session_lines;
    const char* media_lines;
    Hold hold;
    Direction effective;
    bool held;
};
class HoldTest : public testing::TestWithParam<HoldCase> {};

TEST_P(HoldTest, IsRecognised) {
    const auto& row = GetParam();
    const auto session = parsed(std::string(row.session_lines) + "t=0 0\r\n" +
                                "m=audio 4000 RTP/AVP 0\r\n" + row.media_lines);
    EXPECT_EQ(hold(session, session.media[0]), row.hold);
    EXPECT_EQ(effective_direction(session, session.media[0]), row.effective);
    EXPECT_EQ(is_hold(session), row.held);
}

constexpr const char* kAddress = "c=IN IP4 198.18.0.2\r\n";
constexpr const char* kNull = "c=IN IP4 0.0.0.0\r\n";

INSTANTIATE_TEST_SUITE_P(
    Rfc3264_8_4, HoldTest,
    testing::Values(
        HoldCase{"none", kAddress, "", Hold::None, Direction::SendRecv, false},
        HoldCase{"sendonly", kAddress, "a=sendonly\r\n", Hold::SendOnly, Direction::SendOnly, true},
        HoldCase{"inactive", kAddress, "a=inactive\r\n", Hold::Inactive, Direction::Inactive, true},
        HoldCase{"recvonly", kAddress, "a=recvonly\r\n", Hold::RecvOnly, Direction::RecvOnly,
                 false},
        HoldCase{"null_address", kNull, "", Hold::NullAddress, Direction::SendOnly, true},
        HoldCase{"null_address_in_media", kAddress, kNull, Hold::NullAddress, Direction::SendOnly,
                 true},
        HoldCase{"null_and_recvonly", kNull, "a=recvonly\r\n", Hold::NullAddress,
                 Direction::Inactive, true},
        HoldCase{"null_v6", "c=IN IP6 ::\r\n", "", Hold::NullAddress, Direction::SendOnly, true},
        HoldCase{"media_address_wins", kNull, kAddress, Hold::None, Direction::SendRecv, false},
        HoldCase{"session_level", "c=IN IP4 198.18.0.2\r\na=sendonly\r\n", "", Hold::SendOnly,
                 Direction::SendOnly, true},
        HoldCase{"media_level_wins", "c=IN IP4 198.18.0.2\r\na=sendonly\r\n", "a=sendrecv\r\n",
                 Hold::None, Direction::SendRecv, false}),
    [](const auto& row) { return row.param.name; });

TEST(Hold, OneReceivingStreamIsEnough) {
    const auto session = parsed(std::string(kAddress) +
                                "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"
                                "m=video 4002 RTP/AVP 34\r\n");
    EXPECT_FALSE(is_hold(session));
    EXPECT_FALSE(is_hold(parsed("m=audio 0 RTP/AVP 0\r\na=inactive\r\n")));
}

TEST(Direction, Reverses) {
    EXPECT_EQ(reverse(Direction::SendOnly), Direction::RecvOnly);
    EXPECT_EQ(reverse(Direction::RecvOnly), Direction::SendOnly);
    EXPECT_EQ(reverse(Direction::SendRecv), Direction::SendRecv);
    EXPECT_EQ(reverse(Direction::Inactive), Direction::Inactive);
    EXPECT_EQ(name(Direction::RecvOnly), "recvonly");
}

TEST(RtpMaps, StaticDynamicAndMalformed) {
    const auto session = parsed(
        "m=audio 4000 RTP/AVP 8 0 18 96 97 98 99 8\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:96 other/8000\r\n"
        "a=rtpmap:97 iLBC\r\na=rtpmap:98 x y/8000\r\na=rtpmap:99 AMR/4294967296\r\n"
        "a=rtpmap:300 PCMU/8000\r\na=rtpmap:100 unlisted/8000\r\n");
    const std::vector<RtpMap> want{
        {8, "PCMA", 8000, 1}, {0, "PCMU", 8000, 1}, {18, "G729", 8000, 1}, {96, "opus", 48000, 2}};
    EXPECT_EQ(rtp_maps(session.media[0]), want);
    EXPECT_TRUE(rtp_maps(parsed("m=image 4000 udptl t38\r\n").media[0]).empty());
}

TEST(Attributes, FmtpPtimeMidGroupCrypto) {
    const auto session = parsed(
        "a=group:BUNDLE a b\r\nm=audio 4000 RTP/AVP 101\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
        "a=maxptime:0\r\na=mid: a \r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n");
    const auto& media = session.media[0];
    EXPECT_EQ(fmtp(media, "101"), "0-15");
    EXPECT_EQ(fmtp(media, "10"), std::nullopt);
    EXPECT_EQ(ptime(media), 20);
    EXPECT_EQ(maxptime(media), std::nullopt);
    EXPECT_EQ(mid(media), "a");
    EXPECT_EQ(crypto(media).size(), 1U);
    const std::vector<Group> want{{"BUNDLE", {"a", "b"}}};
    EXPECT_EQ(groups(session), want);
}

struct RtcpCase {
    const char* line;
    std::optional<RtcpAttribute> want;
};
class RtcpTest : public testing::TestWithParam<RtcpCase> {};
TEST_P(RtcpTest, Rfc3605) {
    const auto session =
        parsed(std::string("m=audio 4000 RTP/AVP 0\r\n") + GetParam().line + "\r\n");
    EXPECT_EQ(rtcp(session.media[0]), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Forms, RtcpTest,
    testing::Values(RtcpCase{"a=rtcp:53020", RtcpAttribute{53020, std::nullopt}},
                    RtcpCase{"a=rtcp:53020 IN IP4 198.18.0.9",
                             RtcpAttribute{53020, IpAddress::parse("198.18.0.9")}},
                    RtcpCase{"a=rtcp:53020 IN IP6 2001:db8::1",
                             RtcpAttribute{53020, IpAddress::parse("2001:db8::1")}},
                    RtcpCase{"a=rtcp:0", std::nullopt}, RtcpCase{"a=rtcp:65536", std::nullopt},
                    RtcpCase{"a=rtcp:1 IN IP4 host.example.com", std::nullopt},
                    RtcpCase{"a=rtcp-mux", std::nullopt}, RtcpCase{"a=rtcp", std::nullopt}));

TEST(Protocols, Kinds) {
    EXPECT_EQ(protocol_kind("RTP/AVP"), ProtocolKind::Rtp);
    EXPECT_EQ(protocol_kind("rtp/avpf"), ProtocolKind::Rtp);
    EXPECT_EQ(protocol_kind("RTP/SAVP"), ProtocolKind::KeyedRtp);
    EXPECT_EQ(protocol_kind("UDP/TLS/RTP/SAVPF"), ProtocolKind::KeyedRtp);
    EXPECT_EQ(protocol_kind("UDPTL"), ProtocolKind::Udptl);
    EXPECT_EQ(protocol_kind("udp"), ProtocolKind::Udp);
    EXPECT_EQ(protocol_kind("TCP/MSRP"), ProtocolKind::Other);
    EXPECT_EQ(protocol_kind(""), ProtocolKind::Other);
}

}  // namespace
}  // namespace portcullis::sdp
