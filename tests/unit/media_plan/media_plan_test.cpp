// SPDX-License-Identifier: BSD-2-Clause
// Descriptions to relay messages: remotes, directions, refusals, multiplexing, changes.
#include "signaling/media/media_plan.hpp"

#include <gtest/gtest.h>

#include <string>

#include "signaling/sdp/parser.hpp"

namespace portcullis::media {
namespace {

constexpr LegId kLegA{1};
constexpr LegId kLegB{2};

IpAddress ip(const char* text) { return IpAddress::parse(text).value_or(IpAddress{}); }
Endpoint endpoint(const char* text) { return Endpoint::parse(text).value_or(Endpoint{}); }

sdp::SessionDescription described(const std::string& rest) {
    auto session = sdp::parse_session("v=0\r\no=- 1 1 IN IP4 198.18.0.2\r\ns=-\r\n" + rest);
    EXPECT_TRUE(session.has_value()) << (session ? "" : session.error().text());
    return session.value_or(sdp::SessionDescription{});
}

const std::string kAddress = "c=IN IP4 198.18.0.2\r\n";
const std::string kAudio = "m=audio 4000 RTP/AVP 0\r\n";

LegRequest leg_a(const sdp::SessionDescription& offer) {
    LegRequest request;
    request.leg = kLegA;
    request.pool = "core-v4";
    request.offer = &offer;
    return request;
}

LegRequest leg_b(const sdp::SessionDescription& offer,
                 const sdp::SessionDescription* answer = nullptr) {
    LegRequest request;
    request.leg = kLegB;
    request.pool = "peer-v4";
    request.role = PeerRole::Answerer;
    request.offer = &offer;
    request.answer = answer;
    return request;
}

relay_api::StreamSpec only_stream(const Result<LegPlan>& plan) {
    EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().text());
    if (!plan || plan->spec.streams.size() != 1) return {};
    return plan->spec.streams.front();
}

struct DirectionCase {
    const char* name;
    std::string lines;
    bool receive;
    bool send;
    bool remote;
};
class PlanDirectionTest : public testing::TestWithParam<DirectionCase> {};
TEST_P(PlanDirectionTest, FollowsThePeer) {
    const auto offer = described(kAddress + kAudio + GetParam().lines);
    const auto stream = only_stream(plan_leg(leg_a(offer)));
    EXPECT_EQ(stream.receive, GetParam().receive);
    EXPECT_EQ(stream.send, GetParam().send);
    EXPECT_EQ(stream.rtp_remote.has_value(), GetParam().remote);
}
INSTANTIATE_TEST_SUITE_P(
    Rfc3264, PlanDirectionTest,
    testing::Values(DirectionCase{"sendrecv", "", true, true, true},
                    DirectionCase{"sendonly", "a=sendonly\r\n", true, false, true},
                    DirectionCase{"recvonly", "a=recvonly\r\n", false, true, true},
                    DirectionCase{"inactive", "a=inactive\r\n", false, false, true},
                    DirectionCase{"null", "c=IN IP4 0.0.0.0\r\n", true, false, false}),
    [](const auto& row) { return row.param.name; });

struct RemoteCase {
    const char* name;
    std::string sdp;
    const char* rtp;
    const char* rtcp;  // empty: the relay's own rule, port + 1
    bool mux;
};
class PlanRemoteTest : public testing::TestWithParam<RemoteCase> {};
TEST_P(PlanRemoteTest, ComesFromTheDescription) {
    const auto offer = described(GetParam().sdp);
    const auto stream = only_stream(plan_leg(leg_a(offer)));
    EXPECT_EQ(stream.rtp_remote, endpoint(GetParam().rtp));
    EXPECT_EQ(stream.rtcp_remote.has_value(), *GetParam().rtcp != '\0');
    if (stream.rtcp_remote) {
        EXPECT_EQ(stream.rtcp_remote, endpoint(GetParam().rtcp));
    }
    EXPECT_EQ(stream.rtcp_mux, GetParam().mux);
}
INSTANTIATE_TEST_SUITE_P(
    Sdp, PlanRemoteTest,
    testing::Values(
        RemoteCase{"session_address", kAddress + kAudio, "198.18.0.2:4000", "", false},
        RemoteCase{"media_address", kAddress + kAudio + "c=IN IP4 198.18.0.9\r\n",
                   "198.18.0.9:4000", "", false},
        RemoteCase{"rtcp_port", kAddress + kAudio + "a=rtcp:7000\r\n", "198.18.0.2:4000",
                   "198.18.0.2:7000", false},
        RemoteCase{"rtcp_address", kAddress + kAudio + "a=rtcp:7000 IN IP4 198.18.0.8\r\n",
                   "198.18.0.2:4000", "198.18.0.8:7000", false},
        RemoteCase{"rtcp_unusable_address", kAddress + kAudio + "a=rtcp:7000 IN IP4 127.0.0.1\r\n",
                   "198.18.0.2:4000", "198.18.0.2:7000", false},
        RemoteCase{"mux", kAddress + kAudio + "a=rtcp-mux\r\n", "198.18.0.2:4000", "", true},
        RemoteCase{"fax", kAddress + "m=image 4000 udptl t38\r\na=rtcp-mux\r\n", "198.18.0.2:4000",
                   "", false}),
    [](const auto& row) { return row.param.name; });

struct ErrorCase {
    const char* name;
    std::string sdp;
    Errc want;
};
class PlanErrorTest : public testing::TestWithParam<ErrorCase> {};
TEST_P(PlanErrorTest, IsNamed) {
    const auto offer = described(GetParam().sdp);
    const auto plan = plan_leg(leg_a(offer));
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().code, make_error_code(GetParam().want)) << plan.error().text();
}
INSTANTIATE_TEST_SUITE_P(
    Refusals, PlanErrorTest,
    testing::Values(
        ErrorCase{"host_name", "c=IN IP4 media.example.com\r\n" + kAudio, Errc::HostName},
        ErrorCase{"no_address", kAudio, Errc::NoAddress},
        ErrorCase{"loopback", "c=IN IP4 127.0.0.1\r\n" + kAudio, Errc::UnusableAddress},
        ErrorCase{"mapped_loopback", "c=IN IP6 ::ffff:127.0.0.1\r\n" + kAudio,
                  Errc::UnusableAddress},
        ErrorCase{"link_local", "c=IN IP4 169.254.1.1\r\n" + kAudio, Errc::UnusableAddress},
        ErrorCase{"multicast", "c=IN IP4 224.2.1.1/127\r\n" + kAudio, Errc::UnusableAddress},
        ErrorCase{"broadcast", "c=IN IP4 255.255.255.255\r\n" + kAudio, Errc::UnusableAddress},
        ErrorCase{"family", "c=IN IP6 fd00::2\r\n" + kAudio, Errc::FamilyMismatch},
        ErrorCase{"no_rtcp_port", kAddress + "m=audio 65535 RTP/AVP 0\r\n", Errc::UnusableAddress},
        ErrorCase{"srtp_only", kAddress + "m=audio 4000 RTP/SAVP 0\r\n", Errc::NothingAcceptable},
        ErrorCase{"msrp_only", kAddress + "m=message 4000 TCP/MSRP *\r\n", Errc::NothingAcceptable},
        ErrorCase{"no_known_payload", kAddress + "m=audio 4000 RTP/AVP 99\r\n",
                  Errc::NothingAcceptable}),
    [](const auto& row) { return row.param.name; });

TEST(Plan, RefusedStreamsKeepTheOthersIndices) {
    const auto offer = described(kAddress +
                                 "m=audio 4000 RTP/SAVP 0\r\nm=video 0 RTP/AVP 34\r\n"
                                 "m=audio 4004 RTP/AVP 99\r\nm=audio 4006 RTP/AVP 8 18 101\r\n"
                                 "a=rtpmap:101 telephone-event/8000\r\nm=message 9 TCP/MSRP *\r\n");
    const auto plan = plan_leg(leg_a(offer));
    ASSERT_TRUE(plan.has_value());
    const std::vector<StreamRefusal> want{StreamRefusal::KeyedMedia, StreamRefusal::ByPeer,
                                          StreamRefusal::NoFormats, StreamRefusal::None,
                                          StreamRefusal::Protocol};
    EXPECT_EQ(plan->refusals, want);
    const auto stream = only_stream(plan);
    EXPECT_EQ(stream.stream, 3);
    const std::vector<relay_api::PayloadSpec> payloads{
        {8, 8000, "PCMA"}, {18, 8000, "G729"}, {101, 8000, "telephone-event"}};
    EXPECT_EQ(stream.payloads, payloads);
}

TEST(Plan, AnOfferWithoutStreamsIsASessionWithoutMedia) {
    const auto offer = described(kAddress + "m=audio 0 RTP/AVP 0\r\n");
    const auto plan = plan_leg(leg_a(offer));
    ASSERT_TRUE(plan.has_value());
    EXPECT_TRUE(plan->spec.streams.empty());
}

TEST(Plan, SignalingAddressDoesNotNeedATrueSdp) {
    for (const char* line : {"c=IN IP6 fd00::5\r\n"}) {
        const auto offer = described(line + kAudio);
        auto request = leg_a(offer);
        request.advice.policy = nat::LatchPolicy::SignalingAddress;
        request.signaling_source = ip("203.0.113.7");
        request.signaling_prefix = 28;
        const auto stream = only_stream(plan_leg(request));
        EXPECT_FALSE(stream.rtp_remote.has_value()) << line;
        EXPECT_TRUE(stream.send) << line;
        EXPECT_EQ(stream.latch, relay_api::LatchPolicy::SignalingAddress);
        EXPECT_EQ(stream.latch_address, ip("203.0.113.7"));
        EXPECT_EQ(stream.latch_prefix, 28);
    }
}

TEST(Plan, AwaitedAnswerHasPortsButNoRemote) {
    const auto offer = described(kAddress + kAudio + "a=rtcp-mux\r\n");
    const auto stream = only_stream(plan_leg(leg_b(offer)));
    EXPECT_FALSE(stream.rtp_remote.has_value());
    EXPECT_FALSE(stream.rtcp_mux) << "a port of its own until the answer agrees";
    EXPECT_EQ(stream.payloads.size(), 1U);
}

TEST(Plan, AnswerGivesRemotesAndMultiplexing) {
    const auto offer = described(kAddress + kAudio + "a=rtcp-mux\r\n");
    const auto plain_offer = described(kAddress + kAudio);
    const auto answer =
        described("c=IN IP4 198.18.1.2\r\nm=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\n");
    const auto stream = only_stream(plan_leg(leg_b(offer, &answer)));
    EXPECT_EQ(stream.rtp_remote, endpoint("198.18.1.2:6000"));
    EXPECT_TRUE(stream.rtcp_mux);
    // RFC 5761 section 5.1.1: never without an offer of it.
    EXPECT_FALSE(only_stream(plan_leg(leg_b(plain_offer, &answer))).rtcp_mux);
}

TEST(Plan, AnswersRejectionLeavesBothLegs) {
    const auto offer = described(kAddress + kAudio + "m=video 4002 RTP/AVP 34\r\n");
    const auto answer =
        described("c=IN IP4 198.18.1.2\r\nm=audio 6000 RTP/AVP 0\r\nm=video 0 RTP/AVP 34\r\n");
    auto a = leg_a(offer);
    a.answer = &answer;
    EXPECT_EQ(only_stream(plan_leg(a)).rtp_remote, endpoint("198.18.0.2:4000"));
    EXPECT_EQ(only_stream(plan_leg(leg_b(offer, &answer))).rtp_remote, endpoint("198.18.1.2:6000"));
    const auto short_answer = described("c=IN IP4 198.18.1.2\r\nm=audio 6000 RTP/AVP 0\r\n");
    const auto wrong = plan_leg(leg_b(offer, &short_answer));
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().code, make_error_code(Errc::ShapeMismatch));
}

TEST(Plan, ReofferKeepsTheAnswerersRemotesUntilItAnswers) {
    const auto offer = described(kAddress + kAudio + "a=rtcp-mux\r\n");
    const auto answer =
        described("c=IN IP4 198.18.1.2\r\nm=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\n");
    const auto current = plan_leg(leg_b(offer, &answer));
    ASSERT_TRUE(current.has_value());
    const auto again = described(kAddress + kAudio + "m=video 4002 RTP/AVP 34\r\n");
    auto request = leg_b(again);
    request.current = &current->spec;
    const auto staged = plan_leg(request);
    ASSERT_TRUE(staged.has_value());
    ASSERT_EQ(staged->spec.streams.size(), 2U);
    EXPECT_EQ(staged->spec.streams[0].rtp_remote, endpoint("198.18.1.2:6000"));
    EXPECT_FALSE(staged->spec.streams[0].rtcp_mux) << "no longer offered";
    EXPECT_FALSE(staged->spec.streams[1].rtp_remote.has_value());
}

TEST(Plan, LinksBothWaysForCommonStreams) {
    const auto offer = described(kAddress + kAudio + "m=video 4002 RTP/AVP 34\r\n");
    const auto answer =
        described("c=IN IP4 198.18.1.2\r\nm=audio 6000 RTP/AVP 0\r\nm=video 0 RTP/AVP 34\r\n");
    const auto a = plan_leg(leg_a(offer));
    const auto b = plan_leg(leg_b(offer, &answer));
    ASSERT_TRUE(a && b);
    const auto install = plan_install(SessionId{7}, 1, Milliseconds{30000}, a->spec, b->spec);
    const std::vector<relay_api::Link> want{{kLegA, 0, kLegB, 0}, {kLegB, 0, kLegA, 0}};
    EXPECT_EQ(install.links, want);
    EXPECT_EQ(install.legs.size(), 2U);
    EXPECT_EQ(install.media_timeout, Milliseconds{30000});
}

TEST(Plan, ReinstallAsksForThePortsItHad) {
    const auto offer = described(kAddress + kAudio);
    const auto a = plan_leg(leg_a(offer));
    const auto b = plan_leg(leg_b(offer));
    ASSERT_TRUE(a && b);
    const auto install = plan_install(SessionId{7}, 3, Milliseconds{0}, a->spec, b->spec);
    const std::vector<relay_api::StreamPorts> ports{
        {kLegB, 0, endpoint("198.18.1.1:20010"), endpoint("198.18.1.1:20011"), std::nullopt},
        {kLegA, 0, endpoint("198.18.0.1:20000"), endpoint("198.18.0.1:20001"), std::nullopt}};
    auto again = install;
    ask_for_ports(again, ports);
    EXPECT_EQ(again.legs[0].streams[0].requested_port, 20000);
    EXPECT_EQ(again.legs[1].streams[0].requested_port, 20010);
    EXPECT_FALSE(media_changed(install.legs[0], again.legs[0]));
}

TEST(Plan, ChangeIsWhatTheRelayWouldNotice) {
    const auto base = plan_leg(leg_a(described(kAddress + kAudio)));
    ASSERT_TRUE(base.has_value());
    const auto changed = [&base](const std::string& sdp) {
        const auto next = described(sdp);
        const auto plan = plan_leg(leg_a(next));
        EXPECT_TRUE(plan.has_value());
        return plan && media_changed(base->spec, plan->spec);
    };
    EXPECT_FALSE(changed(kAddress + kAudio));
    EXPECT_FALSE(changed(kAddress + kAudio + "a=ptime:30\r\na=x\r\n"));
    EXPECT_TRUE(changed(kAddress + "m=audio 4002 RTP/AVP 0\r\n"));
    EXPECT_TRUE(changed("c=IN IP4 198.18.0.9\r\n" + kAudio));
    EXPECT_TRUE(changed(kAddress + kAudio + "a=sendonly\r\n"));
    EXPECT_TRUE(changed(kAddress + kAudio + "a=rtcp-mux\r\n"));
    EXPECT_TRUE(changed(kAddress + kAudio + "m=video 4002 RTP/AVP 34\r\n"));
    EXPECT_TRUE(changed(kAddress + "m=audio 4000 RTP/AVP 8\r\n"));
}

TEST(Plan, LocalStreamsApplyTheAdvertisedAddress) {
    const auto plan = plan_leg(leg_a(described(kAddress + kAudio)));
    ASSERT_TRUE(plan.has_value());
    const std::vector<relay_api::StreamPorts> ports{
        {kLegB, 0, endpoint("198.18.1.1:20010"), endpoint("198.18.1.1:20011"), std::nullopt},
        {kLegA, 1, endpoint("10.0.0.1:20002"), endpoint("10.0.0.1:20003"), std::nullopt},
        {kLegA, 0, endpoint("10.0.0.1:20000"), endpoint("10.0.0.1:20001"), ip("203.0.113.1")}};
    const auto local = local_streams(plan->spec, ports);
    ASSERT_EQ(local.size(), 1U);
    EXPECT_EQ(local[0].rtp, endpoint("203.0.113.1:20000"));
    EXPECT_EQ(local[0].rtcp, endpoint("203.0.113.1:20001"));
}

}  // namespace
}  // namespace portcullis::media
